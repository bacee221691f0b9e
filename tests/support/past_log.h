// past_log.h: the past of a log, as a mailbox reads from it: a list that a test fills, and cuts.
#pragma once

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/event_log.h"

namespace encke {

/// Everything in it is owed to whoever asks. Every method may be called from any thread.
class PastLog final : public EventLog {
 public:
  explicit PastLog(std::uint64_t epoch) : oldest_{epoch, 0} {}

  void add(EventPtr event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  /// Of everything up to there.
  void let_go(std::uint64_t offset) {
    const std::lock_guard lock(mutex_);
    if (offset > oldest_.offset) oldest_.offset = offset;
  }

  void start(Sink) override {}
  void append(Ref<Event>, Done) override {}
  Position end() const override {
    const std::lock_guard lock(mutex_);
    return events_.empty() ? oldest_ : events_.back()->position;
  }
  tl::expected<History, Error> history(const HistoryQuery&) const override { return History{}; }
  Position oldest() const override {
    Position oldest;
    {
      const std::lock_guard lock(mutex_);
      oldest = oldest_;
    }
    std::this_thread::yield();  // what was true may be so no more when it is acted upon
    return oldest;
  }
  tl::expected<void, Error> past(const Owed&, Position after, Position upto, std::size_t limit,
                                 std::vector<EventPtr>& out) const override {
    const std::lock_guard lock(mutex_);
    for (const EventPtr& event : events_) {
      const std::uint64_t offset = event->position.offset;
      if (offset <= after.offset || offset <= oldest_.offset || offset > upto.offset) continue;
      if (limit-- == 0) break;
      out.push_back(event);
    }
    return {};
  }

 private:
  mutable std::mutex mutex_;
  Position oldest_;
  std::vector<EventPtr> events_;
};

}  // namespace encke
