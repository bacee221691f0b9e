// crowd.h: many readers of every lane, on one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "event_loop.h"
#include "reader.h"

namespace race {

/// What the readers of one lane have heard since zero().
struct Tally {
  std::int64_t delivered = 0;
  std::int64_t missed = 0;
  std::int64_t doubled = 0;
  std::int64_t reconnects = 0;
  std::optional<double> mean_ms;
  std::optional<double> p99_ms;
};

/// The same number of readers for each lane. Every method may be called from any thread.
class Crowd {
 public:
  /// A lane's transport, and the port where it is read.
  struct Lane {
    const Transport* transport;
    int port;
  };

  /// Readers listen as soon as they have logged in, or else when listen() says so.
  explicit Crowd(const std::vector<Lane>& lanes, bool listen_at_once = true);
  ~Crowd();

  /// So many readers a lane. New ones come one by one, some thousands in a second.
  void set_readers(int readers);
  void set_interval(std::chrono::milliseconds interval);
  /// Counts anew, from the message `first` on.
  void zero(long first);
  /// As zero(), and `first` is what every reader has to hear next; without that, what a new one
  /// hears first is what it begins with.
  void expect(long first);

  bool all_logged_in();
  void listen();
  bool all_listen();
  /// Whether every reader has heard everything up to `said`.
  bool all_heard(long said);
  /// Counts as missed what they have not heard of it.
  void give_up_on(long said);
  Tally tally(std::size_t lane);

 private:
  struct Group {
    ReadLane lane;
    std::vector<std::shared_ptr<Reader>> readers;
  };

  template <typename Function>
  void for_all_readers(Function function);

  std::vector<std::unique_ptr<Group>> groups_;
  EventLoop loop_;  // last: it uses the others
};

}  // namespace race
