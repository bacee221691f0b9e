// loop.h: one thread, one epoll instance, and the connections that it owns.
//
// A connection belongs to one loop for all its life, and only that loop's thread touches it. Other
// threads reach a loop in two ways: woken() when a parked reader's mailbox has something, which is
// the hot one and takes no lock, and post() for everything else.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/mailbox.h"
#include "core/mutex.h"
#include "core/random.h"
#include "net/acceptor.h"
#include "net/admission.h"
#include "net/counters.h"
#include "net/net_options.h"
#include "net/request.h"
#include "net/timer_wheel.h"
#include "net/tls.h"

namespace encke {

class Connection;
class ParkedReader;

/// What a loop's connections need from around them.
struct LoopContext {
  const NetOptions& options;
  Service& service;
  const Clock& clock;
  RandomSource& random;
  /// Answers a request by way of cpp-httplib: the response's bytes are appended to the string, or
  /// the outcome is one that waits.
  std::function<std::optional<Outcome>(const Request&, std::string&)> run_httplib;
  std::atomic<bool>& draining;
  Tls* tls;  ///< null: none
};

class Loop {
 public:
  explicit Loop(const LoopContext& context);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void start();
  /// Ends all its connections, and the thread.
  void stop();

  // --- From any thread ---
  void adopt(int fd, Place place);
  void post(std::function<void()> task);
  void woken(ParkedReader& reader);
  /// Ends idle connections now; the others end with their answer.
  void drain();

  // --- From this loop's thread, for its connections ---
  const LoopContext& context() const { return context_; }
  const NetOptions& options() const { return context_.options; }
  TimePoint now() const { return now_; }
  TimerWheel& timers() { return timers_; }
  NetCounters& counters() { return counters_; }
  bool draining() const { return context_.draining.load(std::memory_order_relaxed); }
  void watch(int fd, Connection& connection);
  /// Destroys the connection when nothing on the stack uses it any more.
  void retire(Connection& connection);

  // Memory that is used anew for each request, so that an idle connection has none of its own.
  std::vector<char> input;
  std::string body;
  std::string output;
  Batch batch;
  WakeList wakes;
  Admission admission;

 private:
  void run();
  bool run_pending();
  void wake_thread();

  const LoopContext context_;
  NetCounters counters_;
  int epoll_ = -1;
  int event_ = -1;
  std::thread thread_;
  TimePoint now_;
  TimerWheel timers_;
  bool stopping_ = false;

  std::atomic<ParkedReader*> woken_{nullptr};  // newest first
  std::atomic<bool> sleeping_{false};
  Mutex mutex_;
  std::vector<std::function<void()>> tasks_ GUARDED_BY(mutex_);
  std::atomic<bool> has_tasks_{false};

  std::vector<Connection*> connections_;  // each knows its index
  std::vector<std::unique_ptr<Connection>> retired_;
};

}  // namespace encke
