// sends.cc: how many sends are answered a second, and how soon, while so many writers send as fast
// as they are answered. A send is answered when it is kept: durable, if the server has a disk.
#include <algorithm>
#include <vector>

#include "measure.h"
#include "receipts.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kWarmUp = 1s;
constexpr auto kMeasured = 5s;

double milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace

nlohmann::ordered_json measure_sends(const Options& options, const Peer& peer,
                                     const ServerProcess& server) {
  Receipts nobody_reads(0, options.writers);
  Crowd crowd(peer, options.port, 0, options.writers, nobody_reads);
  crowd.open();
  settle(crowd, server, 300ms);

  std::vector<Clock::time_point> asked(static_cast<std::size_t>(options.writers));
  std::vector<Clock::duration> taken;
  const auto send_next = [&](int writer) {
    asked[static_cast<std::size_t>(writer)] = Clock::now();
    crowd.publish(writer, writer);
  };
  crowd.on_published([&](int writer) {
    taken.push_back(Clock::now() - asked[static_cast<std::size_t>(writer)]);
    send_next(writer);
  });
  for (int writer = 0; writer < options.writers; ++writer) send_next(writer);
  crowd.run_until([] { return false; }, kWarmUp);
  taken.clear();
  const auto cpu = server.cpu_time();
  const auto start = Clock::now();
  crowd.run_until([] { return false; }, kMeasured);
  const std::chrono::duration<double> seconds = Clock::now() - start;
  const std::chrono::duration<double, std::micro> spent = server.cpu_time() - cpu;

  std::ranges::sort(taken);
  const auto sends = static_cast<double>(taken.size());
  return {{"writers", options.writers},
          {"per_second", sends / seconds.count()},
          {"p50_ms", milliseconds(taken[taken.size() / 2])},
          {"p99_ms", milliseconds(taken[taken.size() * 99 / 100])},
          {"us_per_send", spent.count() / sends}};
}

}  // namespace bench
