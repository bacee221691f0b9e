// timer_wheel.h: one deadline for each of many thousand connections, at no cost for those not due.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/clock.h"

namespace encke {

/// Something with a deadline. Lives in at most one wheel; leaves it when destroyed.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// The deadline has passed. May set a new one, or destroy the timer.
  virtual void on_deadline(TimePoint now) = 0;

 protected:
  virtual ~Timer();

 private:
  friend class TimerWheel;
  void unlink();
  Timer* prev_ = nullptr;
  Timer* next_ = nullptr;
  std::uint64_t tick_ = 0;  // when the wheel looks at it; never later than deadline_
  TimePoint deadline_{};
};

/// A hashed timing wheel (Varghese and Lauck, 1987, scheme 6), lazy: a deadline that is put off, as
/// that of a polling connection is all the time, is only noted, and the timer is filed anew when
/// the wheel comes to its old place. Deadlines are kept to a tick of 64 ms, never early. Not
/// thread-safe.
class TimerWheel {
 public:
  explicit TimerWheel(TimePoint now);

  void set(Timer& timer, TimePoint deadline);
  void cancel(Timer& timer);

  /// Calls on_deadline() of all that are due.
  void advance(TimePoint now);

  /// When advance() should be called next, if any timer is set.
  std::optional<TimePoint> next() const;

 private:
  static constexpr std::size_t kSlots = 1024;  // 65 s a turn
  static constexpr std::chrono::milliseconds kTick{64};
  struct Slot final : Timer {
    void on_deadline(TimePoint) override {}
    ~Slot() override = default;
  };

  std::uint64_t tick_of(TimePoint time) const;
  void file(Timer& timer);
  bool is_empty(std::size_t slot) const { return slots_[slot].next_ == &slots_[slot]; }

  const TimePoint start_;
  std::uint64_t done_ = 0;  // ticks up to this one have been looked at
  std::array<Slot, kSlots> slots_;
  // A bit for each slot that may hold something; cleared when it is found not to.
  mutable std::array<std::uint64_t, kSlots / 64> filled_{};
};

}  // namespace encke
