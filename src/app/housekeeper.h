// housekeeper.h: the one thread that does what is due: presence, gathered news, old images.
#pragma once

#include <functional>
#include <optional>
#include <thread>

#include "core/clock.h"
#include "core/mutex.h"

namespace encke {

/// Sleeps until something is due, as told by `next`, or until nudged, and calls `work`.
class Housekeeper {
 public:
  using Next = std::function<std::optional<TimePoint>()>;

  Housekeeper(const Clock& clock, Next next, std::function<void()> work)
      : clock_(clock), next_(std::move(next)), work_(std::move(work)) {}
  ~Housekeeper() { stop(); }

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  /// Something is due earlier than all else.
  void nudge() {
    {
      MutexLock lock(mutex_);
      nudged_ = true;
    }
    changed_.notify_all();
  }

 private:
  void run() {
    while (true) {
      work_();
      const TimePoint until = next_().value_or(clock_.now() + std::chrono::minutes(1));
      MutexLock lock(mutex_);
      while (!stopping_ && !nudged_ && clock_.now() < until) {
        (void)changed_.wait_until(mutex_, until);
      }
      if (stopping_) return;
      nudged_ = false;
    }
  }

  const Clock& clock_;
  const Next next_;
  const std::function<void()> work_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool nudged_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace encke
