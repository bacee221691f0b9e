// rate_limiter.h: how much anybody may do in a time: token buckets, one for each name.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/mutex.h"
#include "core/random.h"

namespace encke {

/// So many a second, and so many at once before that counts. Zero: no limit.
struct Rate {
  double per_second = 0;
  double burst = 0;  ///< at least 1
};

/// A bucket for each name (a nickname, an address) that fills at Rate::per_second up to
/// Rate::burst, and from which is taken what is done. What would empty it below zero is refused,
/// with the time until it could be taken.
///
/// A bucket is one moment: when it will be full again. One that is full is no different from none,
/// so the table has a fixed size, and where a row of it is full, who is nearest to a full bucket is
/// forgotten: a flood of names takes no memory, and gains the flooder's next name one fresh bucket,
/// as any new name would have been given. Names are told apart by 64 bits of a keyed hash.
///
/// Every method may be called from any thread.
class RateLimiter {
 public:
  RateLimiter(Rate rate, RandomSource& random, std::size_t names = 16'384);

  bool is_off() const { return rate_.per_second <= 0; }

  /// Takes `cost`; or nothing, and says how long until that may be asked for. More than a whole
  /// bucket is given when the bucket is full, and owed.
  std::optional<Duration> take(std::string_view name, TimePoint now, double cost = 1);
  /// What was taken should not have been.
  void give_back(std::string_view name, double cost = 1);
  /// The same question, and nothing taken.
  std::optional<Duration> wait_for(std::string_view name, TimePoint now, double cost = 1) const;

 private:
  static constexpr std::size_t kWays = 8;
  struct Bucket {
    std::uint64_t name = 0;
    TimePoint full{};  // when it will be full again
  };
  using Row = std::array<Bucket, kWays>;

  std::uint64_t hash(std::string_view name) const;
  Bucket* find(std::uint64_t name) REQUIRES(mutex_);
  Row& row_of(std::uint64_t name) REQUIRES(mutex_) { return rows_[name % rows_.size()]; }
  const Row& row_of(std::uint64_t name) const REQUIRES(mutex_) {
    return rows_[name % rows_.size()];
  }
  std::optional<Duration> wait(TimePoint full, TimePoint now, double cost) const;
  Duration time_for(double cost) const;

  const Rate rate_;
  std::array<std::uint64_t, 2> key_{};
  mutable Mutex mutex_;
  std::vector<Row> rows_ GUARDED_BY(mutex_);
};

/// Whole seconds to tell a client: at least 1.
std::chrono::seconds whole_seconds(Duration wait);

}  // namespace encke
