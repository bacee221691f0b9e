#include "limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "sockets.h"
#include "transports.h"

namespace race {
namespace {

constexpr int kLanes = static_cast<int>(kTransports.size());
// For the servers' pipes, the feeder, who looks at the page, and connections that just end.
constexpr int kSpareDescriptors = 500;
// The reader's end of a connection, and both of the relay's.
constexpr int kDescriptorsThroughRelay = 3;

bool has_descriptors(int wanted) {
  return static_cast<std::size_t>(wanted + kSpareDescriptors) <= raise_file_limit();
}

Trouble trouble_with_descriptors(int readers, int wanted) {
  if (readers == 0 || has_descriptors(wanted)) return std::nullopt;
  return fmt::format(
      "{} readers need {} file descriptors, and this process may have {} (ulimit -n)", readers,
      wanted + kSpareDescriptors, raise_file_limit());
}

}  // namespace

Trouble trouble_with_rate(double rate) {
  if (rate == 0 || (rate >= kLeastRate && rate <= kMostRate)) return std::nullopt;
  return fmt::format("rate must be 0, or from {} to {}", kLeastRate, kMostRate);
}

Trouble trouble_with_page(int readers, std::string_view hold) {
  if (readers > kMostReaders) {
    return fmt::format("readers must be at most {}; more are for --report", kMostReaders);
  }
  if (hold == "thread" && kLanes * readers > kMostThreads) {
    return fmt::format(
        "with hold=thread, readers must be at most {}: each has a thread in its lane",
        kMostThreads / kLanes);
  }
  return trouble_with_descriptors(readers, kLanes * kDescriptorsThroughRelay * readers);
}

bool fit_side_by_side(int readers, std::string_view hold) {
  if (readers > kMostReaders) return false;
  if (hold == "thread" && kLanes * readers > kMostThreads) return false;
  return has_descriptors(kLanes * readers);
}

Trouble trouble_with_report(int readers, int sweep, std::string_view hold) {
  if (hold == "thread" && readers > kMostThreads) {
    return fmt::format("with --hold thread, --readers must be at most {}: each has a thread",
                       kMostThreads);
  }
  // One lane at a time if need be, and the readers are on the servers' own ports.
  const int most = std::max(readers, sweep);
  return trouble_with_descriptors(most, most);
}

}  // namespace race
