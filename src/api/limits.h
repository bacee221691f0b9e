// limits.h: how much one user, and one address, may ask in a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include <tl/expected.hpp>

#include "core/address.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/rate_limiter.h"

namespace encke {

/// Each a second; zero turns one off.
struct LimitOptions {
  double requests_per_address = 0;
  double logins_per_address = 0;
  double sends_per_user = 0;
  double sends_per_address = 0;
  double image_bytes_per_address = 0;
  /// What was not used of that long may be used at once.
  std::chrono::milliseconds burst = std::chrono::seconds(10);
};

/// Errors are kRateLimited, with the time after which the same would be let through. What is
/// refused by one limit is not counted by another. Every method may be called from any thread.
class Limits {
 public:
  using Answer = tl::expected<void, Error>;

  Limits(const LimitOptions& options, const Clock& clock, RandomSource& random);

  /// Of any kind, before it is looked at.
  Answer request(const Address& from);
  Answer login(const Address& from);
  /// A message, a join or a leave, `image_bytes` of it an image's: what everybody is told of.
  Answer send(const std::string& nickname, const Address& from, std::size_t image_bytes = 0);

 private:
  struct Limit {
    RateLimiter limiter;
    const char* what;
  };
  Answer take(Limit& limit, std::string_view name, double cost = 1);
  Answer ask(const Limit& limit, std::string_view name, double cost = 1) const;

  const Clock& clock_;
  Limit requests_;
  Limit logins_;
  Limit of_user_;
  Limit of_address_;
  Limit images_;
};

}  // namespace encke
