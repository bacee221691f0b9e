// acceptor.h: takes connections in, within bounds, and turns the rest away with an answer.
#pragma once

#include <netinet/in.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "core/mutex.h"
#include "net/net_options.h"

namespace encke {

/// How many connections there are, in all and from each address. Every method may be called from
/// any thread.
class ConnectionCounter {
 public:
  using Address = std::array<std::uint8_t, 16>;  // IPv6, or IPv4 mapped into it
  enum class Verdict { kIn, kTooMany, kTooManyFromAddress };

  ConnectionCounter(std::size_t max_all, std::size_t max_per_address)
      : max_all_(max_all), max_per_address_(max_per_address) {}
  Verdict enter(const Address& address);
  void leave(const Address& address);
  std::size_t count() const;
  /// Returns when there are none, or at `deadline`.
  void wait_until_empty(TimePoint deadline);

 private:
  const std::size_t max_all_;
  const std::size_t max_per_address_;
  mutable Mutex mutex_;
  CondVar emptied_;
  std::size_t all_ GUARDED_BY(mutex_) = 0;
  std::map<Address, std::size_t> per_address_ GUARDED_BY(mutex_);
};

std::string to_string(const ConnectionCounter::Address& address);

/// A connection's place in the count, given back when this goes.
class Place {
 public:
  Place() = default;
  Place(ConnectionCounter& counter, const ConnectionCounter::Address& address)
      : counter_(&counter), address_(address) {}
  Place(Place&& other) noexcept
      : counter_(std::exchange(other.counter_, nullptr)), address_(other.address_) {}
  Place& operator=(Place&& other) noexcept {
    std::swap(counter_, other.counter_);
    std::swap(address_, other.address_);
    return *this;
  }
  ~Place() {
    if (counter_ != nullptr) counter_->leave(address_);
  }
  const ConnectionCounter::Address& address() const { return address_; }

 private:
  ConnectionCounter* counter_ = nullptr;
  ConnectionCounter::Address address_{};
};

/// Accepts on a thread of its own. Who is over a bound gets `503` and `Retry-After`, not a refused
/// socket. When the process is out of descriptors, one that was kept in reserve is given up to
/// answer the next in line, and accepting goes on when there are some again.
class Acceptor {
 public:
  /// Owns the descriptor, which is not blocking.
  using OnConnection = std::function<void(int fd, Place place)>;

  /// `too_many` and `too_many_from_address` are complete responses.
  Acceptor(ConnectionCounter& counter, std::string too_many, std::string too_many_from_address);
  ~Acceptor();

  /// Takes over the listening descriptor.
  void start(int listener, OnConnection on_connection);
  void stop();
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  struct Leaver {
    int fd = -1;
    TimePoint until;
  };
  void run();
  void accept_all();
  void turn_away(int fd, const std::string& response);
  void survive_full_table();
  void see_off(TimePoint now);

  ConnectionCounter& counter_;
  const std::string too_many_;
  const std::string too_many_from_address_;
  OnConnection on_connection_;
  int listener_ = -1;
  int wake_ = -1;
  int reserve_ = -1;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> refused_{0};
  std::deque<Leaver> leavers_;
};

}  // namespace encke
