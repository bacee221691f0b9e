#include "net/event_stream.h"

#include <algorithm>

#include "net/server.h"

namespace encke {
namespace {

// A stream that has grown long enough is taken up again at once, but not by all at the same moment.
EventPtr bye_when_used_up(RandomSource& random) {
  return make_bye(std::chrono::milliseconds(500 + random_below(random, 1000)));
}

// The shorter of two spans, of which zero is none.
std::chrono::milliseconds shorter(std::chrono::milliseconds a, std::chrono::milliseconds b) {
  if (a.count() == 0 || b.count() == 0) return std::max(a, b);
  return std::min(a, b);
}

}  // namespace

void EventStream::open(const Hold& hold, const NetOptions& options, RandomSource& random,
                       TimePoint now, std::string& part) {
  heartbeat_ = jittered(random, shorter(options.heartbeat, hold.stream->beat));
  if (hold.stream->max_time.count() != 0) ends_at_ = now + jittered(random, hold.stream->max_time);
  last_sent_ = now;
  hold.framing->open(hold.stream->retry, hold.options(), part);
  sent_ = part.size();
}

EventStream::Next EventStream::take(Batch& batch, Hold& hold, const NetOptions& options,
                                    RandomSource& random, std::size_t clients, TimePoint now,
                                    std::string& part) {
  const Framing& framing = *hold.framing;
  const std::size_t before = part.size();
  taken_ = 0;
  bool whole = true;
  for (const EventPtr& event : batch.events) {
    framing.event(*event, part);
    if (!sent_event_ && framing.after_first != nullptr) framing.after_first(part);
    sent_event_ = true;
    ++taken_;
    const std::size_t size = part.size() - before;
    const bool full = (options.max_output != 0 && size >= options.max_output) ||
                      (hold.stream->max_bytes != 0 && sent_ + size >= hold.stream->max_bytes);
    // What has no position is told with what comes before it, or it would never be.
    if (full && taken_ < batch.events.size() && event->kind < EventKind::kNouser) {
      batch.next = event->position;
      batch.closed = false;
      whole = false;
      break;
    }
  }
  hold.since = batch.next;
  sent_ += part.size() - before;
  last_sent_ = now;
  if (whole && (batch.closed || batch.ending != Ending::kNone)) {
    end_with(stream_bye(batch.ending, random, clients), hold, part);
    return Next::kEnd;
  }
  if (is_used_up(hold, now)) {
    end_with(bye_when_used_up(random), hold, part);
    return Next::kEnd;
  }
  return whole ? Next::kWait : Next::kMore;
}

TimePoint EventStream::due() const {
  return heartbeat_.count() == 0 ? ends_at_ : std::min(last_sent_ + heartbeat_, ends_at_);
}

EventStream::Next EventStream::on_due(const Hold& hold, RandomSource& random, TimePoint now,
                                      std::string& part) {
  if (is_used_up(hold, now)) {
    end_with(bye_when_used_up(random), hold, part);
    return Next::kEnd;
  }
  hold.framing->beat(hold.options(), part);
  sent_ += part.size();
  last_sent_ = now;
  return Next::kWait;
}

bool EventStream::is_used_up(const Hold& hold, TimePoint now) const {
  return now >= ends_at_ || (hold.stream->max_bytes != 0 && sent_ >= hold.stream->max_bytes);
}

void EventStream::end_with(const EventPtr& last, const Hold& hold, std::string& part) {
  std::optional<std::chrono::milliseconds> retry;
  if (last) {
    hold.framing->event(*last, part);
    retry = last->retry;
  }
  if (hold.framing->close != nullptr) hold.framing->close(hold.since, retry, part);
}

}  // namespace encke
