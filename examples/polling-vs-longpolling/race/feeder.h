// feeder.h: says the same to all lanes at the same moment.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <random>
#include <vector>

#include "event_loop.h"

namespace race {

/// Says `N@T` to every lane's server, about so many times a second: N counts from 1, T is
/// when, in milliseconds since 1970. Talks to the servers directly, whatever is wrong with the
/// network before them. A lane that cannot take a message gets it again until it does, in order,
/// and with a key: so what was said but not answered is not said twice by the same server. Only
/// where a server dies before it answers, nobody knows whether it has said the message; the one
/// after it is told again, and a reader may then hear it twice. Every method may be called from any
/// thread.
class Feeder {
 public:
  explicit Feeder(std::size_t lanes);
  ~Feeder();

  /// The lane's server takes messages at this port now.
  void open(std::size_t lane, int server_port);
  /// It takes none; they wait. One that it was just told it may still answer.
  void shut(std::size_t lane);

  /// Messages a second, in the mean; 0: none. The first comes within a second.
  void set_rate(double rate);

  /// The last N so far.
  long said() const { return said_; }
  /// Whether every lane has taken all of them.
  bool all_taken();

 private:
  class Mouth;

  void say();
  void wait_for_next(std::uint64_t schedule, bool first);

  double rate_ = 0;
  std::mt19937 random_;
  std::uint64_t schedule_ = 0;  // which of the timers counts: the rate may have changed since
  std::atomic<long> said_{0};
  std::vector<std::unique_ptr<Mouth>> mouths_;
  EventLoop loop_;  // last: it uses the others
};

}  // namespace race
