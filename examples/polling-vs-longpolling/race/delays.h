// delays.h: how long messages took: their mean, and what 99 of 100 stayed below.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace race {

/// Counts delays in steps of 1 %, from a microsecond to some hours: so a race may run for days, and
/// a percentile is right to that 1 %.
class Delays {
 public:
  void add(double milliseconds);
  void clear() { *this = Delays(); }

  std::int64_t count() const { return count_; }
  std::optional<double> mean() const;
  /// `part` of all delays are at most that: 0.99 for the p99.
  std::optional<double> percentile(double part) const;

 private:
  static constexpr std::size_t kSteps = 2400;  // 0.001 ms * 1.01^2400: six hours

  std::int64_t count_ = 0;
  double sum_ = 0;
  std::array<std::uint32_t, kSteps> steps_{};
};

}  // namespace race
