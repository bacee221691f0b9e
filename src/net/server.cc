#include "net/server.h"

namespace encke {

std::chrono::milliseconds jittered_retry(RandomSource& random, std::size_t clients) {
  // At least a second; then 2,000 clients a second, and at least over four seconds.
  const std::uint64_t spread = 4000 + clients / 2;
  return std::chrono::milliseconds(1000 + random_below(random, spread));
}

EventPtr make_bye(std::chrono::milliseconds retry) {
  auto bye = make_ref<Event>();
  bye->kind = EventKind::kBye;
  bye->retry = retry;
  return bye;
}

Duration jittered_heartbeat(RandomSource& random, std::chrono::milliseconds heartbeat) {
  const auto quarter = static_cast<std::uint64_t>(heartbeat.count()) / 4;
  return heartbeat - std::chrono::milliseconds(random_below(random, quarter + 1));
}

}  // namespace encke
