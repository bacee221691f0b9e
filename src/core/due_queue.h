// due_queue.h: what the hub has to look at, and when.
#pragma once

#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/mutex.h"
#include "core/session.h"

namespace encke {

/// A heap of deadlines. Presence needs no scan over all users: each has one entry here (and at
/// times a stale one, which User::next_look tells), for the earliest moment at which a rule could
/// apply to them; when it comes, the mailbox's timestamps are read, and mostly the entry goes back
/// with a later time. Every method may be called from any thread.
class DueQueue {
 public:
  struct Due {
    TimePoint at;
    std::string room;    // look at this room's news,
    UserPtr user;        // or at this user's presence,
    SessionPtr session;  // or end this session
    bool operator<(const Due& other) const {
      return at > other.at;
    }  // a heap has its largest first
  };

  /// `sooner` is called, with no lock held, when something is due before all else.
  void set_listener(std::function<void()> sooner) {
    MutexLock lock(mutex_);
    sooner_ = std::move(sooner);
  }

  void add(Due due) {
    std::function<void()> sooner;
    {
      MutexLock lock(mutex_);
      if (heap_.empty() || due.at < heap_.top().at) sooner = sooner_;
      heap_.push(std::move(due));
    }
    if (sooner) sooner();
  }

  std::optional<Due> take(TimePoint now) {
    MutexLock lock(mutex_);
    if (heap_.empty() || heap_.top().at > now) return std::nullopt;
    Due due = heap_.top();
    heap_.pop();
    return due;
  }

  std::optional<TimePoint> next() const {
    MutexLock lock(mutex_);
    if (heap_.empty()) return std::nullopt;
    return heap_.top().at;
  }

 private:
  mutable Mutex mutex_;
  std::priority_queue<Due> heap_ GUARDED_BY(mutex_);
  std::function<void()> sooner_ GUARDED_BY(mutex_);
};

}  // namespace encke
