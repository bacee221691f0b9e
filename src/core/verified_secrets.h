// verified_secrets.h: secrets that were found right not long ago, so that they need not be hashed.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/clock.h"
#include "core/mutex.h"
#include "core/session.h"

namespace encke {

/// Remembers for a while that a secret matched a hash: a script that uses Basic pays for scrypt
/// with its first request, and for one HMAC-SHA-256 with the others.
///
/// What is remembered is that HMAC of the hash and the secret, under a key that lives as long as
/// this object: no secret can be read back from it, and whoever has a nickname after its owner has
/// another hash. Every method may be called from any thread.
class VerifiedSecrets {
 public:
  /// `keep`: for how long after it was last asked for, and up to kMostTimes as long in all; 0:
  /// not at all. `max`: how many at most; the oldest goes first.
  VerifiedSecrets(std::chrono::milliseconds keep, std::size_t max, const Clock& clock,
                  RandomSource& random);
  ~VerifiedSecrets();
  VerifiedSecrets(const VerifiedSecrets&) = delete;
  VerifiedSecrets& operator=(const VerifiedSecrets&) = delete;

  /// It matches; whoever calls has seen so.
  void add(const SecretHash& hash, std::string_view secret);
  /// Whether that was added, and is remembered; from now on for longer.
  bool knows(const SecretHash& hash, std::string_view secret);

  std::size_t size() const;
  static constexpr int kMostTimes = 12;

 private:
  using Mac = std::array<std::uint8_t, 32>;
  struct MacHash {
    // A MAC is as good as random.
    std::size_t operator()(const Mac& mac) const {
      std::size_t hash = 0;
      std::memcpy(&hash, mac.data(), sizeof hash);
      return hash;
    }
  };
  struct Entry {
    TimePoint expires;
    TimePoint last;  // it expires then at the latest
  };
  Mac mac(const SecretHash& hash, std::string_view secret) const;
  void forget_old(TimePoint now) REQUIRES(mutex_);

  const std::chrono::milliseconds keep_;
  const std::size_t max_;
  const Clock& clock_;
  std::array<std::uint8_t, 32> key_{};
  mutable Mutex mutex_;
  std::unordered_map<Mac, Entry, MacHash> entries_ GUARDED_BY(mutex_);
  // Each entry once, by when it is to be looked at; oldest first.
  std::deque<std::pair<TimePoint, Mac>> by_age_ GUARDED_BY(mutex_);
};

}  // namespace encke
