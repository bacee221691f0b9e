// memory_log.h: the log of a server that keeps nothing: order, and a bounded past.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/event_log.h"
#include "core/mutex.h"
#include "core/random.h"

namespace encke {

/// Commits on the thread that appends: whoever finds the log idle commits for everybody who arrives
/// meanwhile (flat combining), so that order needs no thread of its own and no lock is held while
/// the sink runs. Never refuses.
class MemoryLog final : public EventLog {
 public:
  /// Keeps the last `keep` messages for history (0: none), as long as their texts have no more than
  /// `keep_bytes` (0: however long).
  MemoryLog(const Clock& clock, RandomSource& random, std::size_t keep, std::size_t keep_bytes = 0);

  void start(Sink sink) override { sink_ = std::move(sink); }
  void append(Ref<Event> event, Done done) override;
  Position end() const override;
  tl::expected<History, Error> history(const HistoryQuery& query) const override;

 private:
  struct Pending {
    Ref<Event> event;
    Done done;
  };
  static std::string conversation(const Event& event);
  void keep(const EventPtr& event) REQUIRES(mutex_);

  const Clock& clock_;
  const std::size_t keep_;
  const std::size_t keep_bytes_;
  Sink sink_;
  mutable Mutex mutex_;
  std::vector<Pending> pending_ GUARDED_BY(mutex_);
  bool committing_ GUARDED_BY(mutex_) = false;
  Position end_ GUARDED_BY(mutex_);
  WallTime last_time_ GUARDED_BY(mutex_){};
  std::deque<EventPtr> kept_ GUARDED_BY(mutex_);
  std::size_t kept_bytes_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::deque<EventPtr>> conversations_ GUARDED_BY(mutex_);
};

}  // namespace encke
