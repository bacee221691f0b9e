// lane_metrics.h: what a lane's server did, as it counts itself, and what that took, as the kernel
// counts it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace race {

/// Of the requests that listen (polls and streams), from /metrics: bytes as they crossed the
/// server's socket.
struct ServerCounts {
  std::int64_t requests = 0;
  std::int64_t empty = 0;  // answers to polls without an event
  std::int64_t head_in = 0;
  std::int64_t body_in = 0;
  std::int64_t head_out = 0;
  std::int64_t body_out = 0;
  std::int64_t delivered = 0;  // events, to all readers
  std::int64_t held = 0;       // now

  ServerCounts& operator+=(const ServerCounts& other);
  ServerCounts& operator-=(const ServerCounts& other);
};

/// Asks one server for its /metrics, on a connection that it keeps.
class Scraper {
 public:
  explicit Scraper(int port) : port_(port) {}
  ~Scraper();
  Scraper(const Scraper&) = delete;
  Scraper& operator=(const Scraper&) = delete;

  /// Blocks; nothing if the server does not answer within some seconds.
  std::optional<ServerCounts> scrape();

 private:
  bool ask();
  bool read_answer();
  void hang_up();

  const int port_;
  int fd_ = -1;
  std::string body_;
};

/// User and system time of all of its threads so far, in the scheduler's own nanoseconds:
/// /proc/PID/stat rounds the same figure to 10 ms.
std::chrono::nanoseconds cpu_time_of(pid_t pid);
long threads_of(pid_t pid);
long memory_kib_of(pid_t pid);  // resident

}  // namespace race
