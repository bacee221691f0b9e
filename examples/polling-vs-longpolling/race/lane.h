// lane.h: one lane's server: a real one, in a process of its own, and what it has cost.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "event_loop.h"
#include "lane_metrics.h"

namespace race {

/// How a lane's server is run.
struct ServerSetup {
  std::string program;  // encke's binary
  std::string pages;    // served by it, because a page's iframe must be of the page's own origin
  std::string hold = "park";
  int threads = 64;  // with hold = "thread": so many connections at a time
};

/// What a lane has cost since zero(), over all restarts.
struct LaneFigures {
  ServerCounts counts;
  long threads = 0;
  double cpu_ms = 0;
  long memory_kib = 0;
};

/// Starts the server, and starts it anew on the same port when it is told to or when the server has
/// ended by itself. Nothing here blocks for long but stop(): call step() often. For one thread, and
/// that must last: a server is killed when the thread that started it ends, so that none outlives
/// the race, whatever becomes of it.
class Lane {
 public:
  explicit Lane(ServerSetup setup) : setup_(std::move(setup)) {}
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// Pages of these origins may frame and read it.
  void start(std::vector<std::string> origins = {});
  /// Stops the server, gently, and starts another one.
  void restart();
  /// The same, with another setup; does not count as a restart.
  void set_up_anew(std::string hold, int threads);
  /// The server is to end.
  void tell_to_stop();
  /// It is to end, and this blocks until it has.
  void stop();

  /// Goes on with what is under way. True if up() has changed.
  bool step();
  /// Whether the server takes requests.
  bool up() const { return state_ == State::kUp; }
  int port() const { return port_; }
  int restarts() const { return restarts_; }
  int threads_allowed() const { return setup_.threads; }

  /// Counts anew: from now on, or if the server does not answer, from when it does.
  void zero();
  /// Asks the server how things are, if it is up.
  const LaneFigures& measure();

 private:
  enum class State { kNone, kStarting, kUp, kStopping };

  void spawn();
  void enter(State state);
  void read_output();
  bool has_ended();
  void complain();
  void come_up();
  void end_gently();

  std::vector<std::string> words() const;

  ServerSetup setup_;
  std::vector<std::string> origins_;
  State state_ = State::kNone;
  TimePoint since_;  // that it is in this state
  pid_t pid_ = -1;
  int output_ = -1;
  std::string said_;
  int port_ = 0;
  int restarts_ = 0;

  std::unique_ptr<Scraper> scraper_;
  std::chrono::nanoseconds scrape_cost_{0};  // in the server, of one
  long scrapes_ = 0;                         // since the base
  // This process's counts that do not count, because they are from before zero().
  ServerCounts base_;
  bool base_due_ = false;  // zero() was called, and could not be counted from yet
  std::chrono::nanoseconds base_cpu_{0};
  LaneFigures earlier_;  // of the processes before this one
  LaneFigures figures_;
};

}  // namespace race
