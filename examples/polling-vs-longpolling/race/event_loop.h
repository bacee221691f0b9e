// event_loop.h: one thread that waits for sockets, for times, and for what other threads ask of it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace race {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// Each part of the race that has sockets (feeder, crowd, relay) has one of these, and keeps all
/// its state on that thread: so none of them needs a lock. Runs from construction to stop().
class EventLoop {
 public:
  using Task = std::function<void()>;

  /// Told when its socket is ready; `events` are epoll's. It may be told once more just after it
  /// was forgotten, so it must not be destroyed before the task that post() takes then has run.
  class Watcher {
   public:
    virtual void on_ready(std::uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// From any thread: `task` runs soon, after what was posted before it.
  void post(Task task);
  /// From any other thread: the same, and waits until it has run.
  void run(const Task& task);
  /// Ends the thread. What has not run by then does not run any more.
  void stop();

  // The rest only on the loop's own thread.
  void at(TimePoint when, Task task);
  void after(Clock::duration wait, Task task) { at(Clock::now() + wait, std::move(task)); }
  void watch(int fd, std::uint32_t events, Watcher& watcher);
  void rewatch(int fd, std::uint32_t events, Watcher& watcher);
  void forget(int fd);

 private:
  struct Timer {
    TimePoint when;
    std::uint64_t number;  // of two at one time, the first that was set comes first
    Task task;
    bool operator>(const Timer& other) const {
      return when != other.when ? when > other.when : number > other.number;
    }
  };

  void work();
  void run_tasks();
  void run_timers();
  int milliseconds_to_wait() const;

  const int epoll_;
  const int wake_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::uint64_t timers_set_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // guards tasks_
  std::vector<Task> tasks_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace race
