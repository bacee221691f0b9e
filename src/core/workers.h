// workers.h: a few threads for what takes too long for a loop's: hashing secrets.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "core/mutex.h"

namespace encke {

/// Runs jobs in the order in which they came, below the priority of all other threads: whoever
/// waits for a message does not wait for somebody's secret. What is waiting is bounded.
///
/// Every method may be called from any thread, stop() from none of its own.
class Workers {
 public:
  /// At most so many jobs, and so many bytes of what they hold on to, are waiting.
  Workers(std::size_t threads, std::size_t max_jobs, std::size_t max_bytes);
  ~Workers() { stop(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// False: there is no room for it, or stop() was called. A job may not throw.
  bool post(std::size_t bytes, std::function<void()> job);

  /// Lets those that run come to their end, and drops those that wait.
  void stop();

 private:
  struct Job {
    std::size_t bytes;
    std::function<void()> run;
  };
  void run();

  const std::size_t max_jobs_;
  const std::size_t max_bytes_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Job> jobs_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace encke
