// fake_clock.h: time that stands still until a test moves it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/clock.h"

namespace encke {

/// Both clocks move together; the wall clock can be set as well, as a wall clock can.
class FakeClock final : public Clock {
 public:
  TimePoint now() const override { return TimePoint(Duration(now_.load())); }
  WallTime wall_now() const override { return WallTime(std::chrono::milliseconds(wall_.load())); }

  void advance(Duration by) {
    now_ += by.count();
    wall_ += std::chrono::duration_cast<std::chrono::milliseconds>(by).count();
  }
  void set_wall(WallTime time) { wall_ = time.time_since_epoch().count(); }

  /// Where the wall clock begins: a moment in November 2024.
  static constexpr WallTime kStart{std::chrono::milliseconds(1732332000000)};

 private:
  // A whole number of hours, so that what is looked at every few seconds is looked at on the
  // second.
  std::atomic<Duration::rep> now_{Duration(std::chrono::hours(1000)).count()};
  std::atomic<std::int64_t> wall_{kStart.time_since_epoch().count()};
};

}  // namespace encke
