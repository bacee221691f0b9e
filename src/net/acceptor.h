// acceptor.h: takes connections in, within bounds, and turns the rest away with an answer.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/address.h"
#include "core/error.h"
#include "core/mutex.h"
#include "net/net_options.h"

namespace encke {

/// How many connections there are, in all and from each address: of IPv6, from each /64. Those of
/// `exempt` count in all only: behind a proxy, everybody has its address. Every method may be
/// called from any thread.
class ConnectionCounter {
 public:
  enum class Verdict { kIn, kTooMany, kTooManyFromAddress };

  ConnectionCounter(std::size_t max_all, std::size_t max_per_address,
                    std::vector<Network> exempt = {})
      : max_all_(max_all), max_per_address_(max_per_address), exempt_(std::move(exempt)) {}
  Verdict enter(const Address& address);
  void leave(const Address& address);
  std::size_t count() const;
  /// Returns when there are none, or at `deadline`.
  void wait_until_empty(TimePoint deadline);

 private:
  const std::size_t max_all_;
  const std::size_t max_per_address_;
  const std::vector<Network> exempt_;
  mutable Mutex mutex_;
  CondVar emptied_;
  std::size_t all_ GUARDED_BY(mutex_) = 0;
  std::map<Address, std::size_t> per_address_ GUARDED_BY(mutex_);
};

/// A connection's place in the count, given back when this goes.
class Place {
 public:
  Place() = default;
  Place(ConnectionCounter& counter, const Address& address)
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
  const Address& address() const { return address_; }

 private:
  ConnectionCounter* counter_ = nullptr;
  Address address_{};
};

/// Accepts on a thread of its own. Who is over a bound gets `503` and `Retry-After`, not a refused
/// socket. When the process is out of descriptors, one that was kept in reserve is given up to
/// answer the next in line, and accepting goes on when there are some again.
class Acceptor {
 public:
  /// Owns the descriptor, which is not blocking.
  using OnConnection = std::function<void(int fd, Place place)>;

  /// A complete response to whoever is turned away.
  using Refusal = std::function<std::string(ErrorCode, const Address& peer)>;
  /// Told of the `errno` that a connection could not be accepted for.
  using OnFailure = std::function<void(int error)>;

  Acceptor(ConnectionCounter& counter, Refusal refusal, OnFailure on_failure);
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
  void accept_some();
  void turn_away(int fd, ErrorCode why, const Address& peer);
  void survive_full_table();
  void see_off(TimePoint now);

  ConnectionCounter& counter_;
  const Refusal refusal_;
  const OnFailure on_failure_;
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
