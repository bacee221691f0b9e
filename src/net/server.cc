#include "net/server.h"

#include "framing/event_json.h"

namespace encke {

std::chrono::milliseconds jittered_retry(RandomSource& random, std::size_t clients) {
  // At least a second; then 2,000 clients a second, and at least over four seconds.
  const std::uint64_t spread = 4000 + clients / 2;
  return std::chrono::milliseconds(1000 + random_below(random, spread));
}

Transport transport_of(const Hold& hold, bool held) {
  if (!hold.stream) {
    if (hold.framing == &kJsonpFraming) return Transport::kJsonp;
    return held ? Transport::kLongpoll : Transport::kPoll;
  }
  if (hold.framing == &kSseFraming) return Transport::kSse;
  if (hold.framing == &kXhrFraming) return Transport::kXhr;
  if (hold.framing == &kNdjsonFraming) return Transport::kNdjson;
  if (hold.framing == &kIframeFraming) return Transport::kIframe;
  if (hold.framing == &kMultipartFraming) return Transport::kMultipart;
  if (hold.framing == &kMixedFraming) return Transport::kMixed;
  if (hold.framing == &kHtmlFraming) return Transport::kHtml;
  return Transport::kText;
}

TimePoint first_commit(const Batch& batch, TimePoint since) {
  for (const EventPtr& event : batch.events) {
    const TimePoint committed = event->committed.load(std::memory_order_relaxed);
    if (committed != TimePoint()) return committed < since ? TimePoint() : committed;
  }
  return {};
}

void shorten(Batch& batch, std::size_t max_bytes) {
  if (max_bytes == 0) return;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < batch.events.size(); ++i) {
    bytes += event_json(*batch.events[i]).size();
    const auto cursor = event_cursor(*batch.events[i]);
    if (bytes < max_bytes || !cursor || i + 1 == batch.events.size()) continue;
    batch.events.resize(i + 1);
    batch.next = *cursor;
    batch.closed = false;
    return;
  }
}

EventPtr make_bye(std::chrono::milliseconds retry) {
  auto bye = make_ref<Event>();
  bye->kind = EventKind::kBye;
  bye->retry = retry;
  return bye;
}

EventPtr stream_bye(Ending ending, RandomSource& random, std::size_t clients) {
  if (ending == Ending::kDraining) return make_bye(jittered_retry(random, clients));
  if (ending != Ending::kSuperseded) return {};
  return make_bye(std::chrono::milliseconds(30'000 + random_below(random, 30'000)));
}

Duration jittered(RandomSource& random, std::chrono::milliseconds span) {
  const auto quarter = static_cast<std::uint64_t>(span.count()) / 4;
  return span - std::chrono::milliseconds(random_below(random, quarter + 1));
}

}  // namespace encke
