// secret_guard.h: wrong secrets are refused before they cost anything.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/address.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/rate_limiter.h"

namespace encke {

/// How often a secret may be tried; so many at once, and then so many a minute. 0: no limit.
struct SecretTries {
  std::size_t of_pair = 5;        ///< for one nickname from one address
  std::size_t of_address = 30;    ///< from one address; new nicknames count
  std::size_t of_nickname = 100;  ///< for one nickname, from everywhere: wide, since it locks the
                                  ///< owner out as well
};

/// Counts a try before its secret is hashed, so that many at a time are no way around, and takes it
/// back if the secret was right. What is remembered by VerifiedSecrets does not come here.
///
/// Every method may be called from any thread.
class SecretGuard {
 public:
  SecretGuard(const SecretTries& limits, const Clock& clock, RandomSource& random);

  /// Counts a try; or says how long to wait, and counts nothing.
  std::optional<std::chrono::seconds> begin(const Address& from, std::string_view nickname);

  enum class Outcome {
    kRight,    // was no guess
    kNew,      // nor was this, but it cost as much: the address's try stays counted
    kNotMade,  // it came to nothing, and cost nothing
  };
  /// After a begin() that was allowed; not after a wrong secret.
  void forgive(const Address& from, std::string_view nickname, Outcome outcome);

 private:
  const Clock& clock_;
  RateLimiter of_pair_;
  RateLimiter of_address_;
  RateLimiter of_nickname_;
};

}  // namespace encke
