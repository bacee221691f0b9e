#include "core/rate_limiter.h"

#include <algorithm>
#include <functional>

namespace encke {
namespace {

// What the nanoseconds of thousands of buckets may add up to.
constexpr std::chrono::microseconds kRounding{10};

}  // namespace

RateLimiter::RateLimiter(Rate rate, RandomSource& random, std::size_t names)
    : rate_{rate.per_second, std::max(rate.burst, 1.0)},
      rows_(rate.per_second <= 0 ? 0 : std::max<std::size_t>(1, names / kWays)) {
  random.fill(std::as_writable_bytes(std::span(key_)));
}

// FNV-1a on a random basis, and mixed (SplitMix64): nobody outside can look for two names that
// meet.
std::uint64_t RateLimiter::hash(std::string_view name) const {
  std::uint64_t h = key_[0];
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  h += key_[1];
  h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9;
  h = (h ^ (h >> 27)) * 0x94D049BB133111EB;
  return h ^ (h >> 31);
}

Duration RateLimiter::time_for(double cost) const {
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(cost / rate_.per_second));
}

std::optional<Duration> RateLimiter::wait(TimePoint full, TimePoint now, double cost) const {
  const Duration owed = std::max(full - now, Duration::zero());
  const Duration most = time_for(rate_.burst - std::min(cost, rate_.burst));
  if (owed <= most + kRounding) return std::nullopt;
  return owed - most;
}

std::optional<Duration> RateLimiter::take(std::string_view name, TimePoint now, double cost) {
  if (is_off()) return std::nullopt;
  const std::uint64_t hashed = hash(name);
  MutexLock lock(mutex_);
  if (Bucket* mine = find(hashed)) {
    if (const auto later = wait(mine->full, now, cost)) return later;
    mine->full = std::max(mine->full, now) + time_for(cost);
    return std::nullopt;
  }
  Row& row = row_of(hashed);
  auto& fullest = *std::min_element(
      row.begin(), row.end(), [](const Bucket& a, const Bucket& b) { return a.full < b.full; });
  fullest = {hashed, now + time_for(cost)};
  return std::nullopt;
}

void RateLimiter::give_back(std::string_view name, double cost) {
  if (is_off()) return;
  const std::uint64_t hashed = hash(name);
  MutexLock lock(mutex_);
  if (Bucket* mine = find(hashed)) mine->full -= time_for(cost);
}

RateLimiter::Bucket* RateLimiter::find(std::uint64_t name) {
  Row& row = row_of(name);
  const auto mine = std::find_if(row.begin(), row.end(),
                                 [&](const Bucket& bucket) { return bucket.name == name; });
  return mine == row.end() ? nullptr : &*mine;
}

std::optional<Duration> RateLimiter::wait_for(std::string_view name, TimePoint now,
                                              double cost) const {
  if (is_off()) return std::nullopt;
  const std::uint64_t hashed = hash(name);
  MutexLock lock(mutex_);
  for (const Bucket& bucket : row_of(hashed)) {
    if (bucket.name == hashed) return wait(bucket.full, now, cost);
  }
  return std::nullopt;
}

std::chrono::seconds whole_seconds(Duration wait) {
  return std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1));
}

}  // namespace encke
