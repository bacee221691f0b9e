#include "net/timer_wheel.h"

#include <algorithm>
#include <bit>

namespace encke {

Timer::~Timer() { unlink(); }

void Timer::unlink() {
  if (next_ == nullptr) return;
  prev_->next_ = next_;
  next_->prev_ = prev_;
  prev_ = next_ = nullptr;
}

TimerWheel::TimerWheel(TimePoint now) : start_(now) {
  for (Slot& slot : slots_) slot.prev_ = slot.next_ = &slot;
}

std::uint64_t TimerWheel::tick_of(TimePoint time) const {
  if (time <= start_) return 0;
  return static_cast<std::uint64_t>((time - start_) / kTick);
}

void TimerWheel::set(Timer& timer, TimePoint deadline) {
  timer.deadline_ = deadline;
  const std::uint64_t tick = std::max(tick_of(deadline) + 1, done_ + 1);
  if (timer.next_ != nullptr && timer.tick_ <= tick) return;  // filed early enough
  timer.unlink();
  timer.tick_ = tick;
  file(timer);
}

void TimerWheel::file(Timer& timer) {
  Timer& slot = slots_[timer.tick_ % kSlots];
  timer.prev_ = slot.prev_;
  timer.next_ = &slot;
  slot.prev_->next_ = &timer;
  slot.prev_ = &timer;
  filled_[timer.tick_ % kSlots / 64] |= std::uint64_t{1} << (timer.tick_ % 64);
}

void TimerWheel::cancel(Timer& timer) { timer.unlink(); }

void TimerWheel::advance(TimePoint now) {
  const std::uint64_t current = tick_of(now);
  // After a long sleep one turn visits every slot.
  if (current > done_ + kSlots) done_ = current - kSlots;
  while (done_ < current) {
    ++done_;
    Slot due;  // what the slot held; handlers may file into the slot meanwhile
    Timer& slot = slots_[done_ % kSlots];
    if (slot.next_ == &slot) continue;
    due.next_ = slot.next_;
    due.prev_ = slot.prev_;
    due.next_->prev_ = &due;
    due.prev_->next_ = &due;
    slot.prev_ = slot.next_ = &slot;
    while (due.next_ != &due) {
      Timer& timer = *due.next_;
      timer.unlink();
      if (timer.deadline_ <= now) {
        timer.on_deadline(now);
      } else {
        timer.tick_ = std::max(tick_of(timer.deadline_) + 1, done_ + 1);
        file(timer);
      }
    }
    due.prev_ = due.next_ = nullptr;
  }
}

std::optional<TimePoint> TimerWheel::next() const {
  for (std::uint64_t tick = done_ + 1; tick <= done_ + kSlots;) {
    const std::size_t slot = tick % kSlots;
    std::uint64_t& word = filled_[slot / 64];
    const std::uint64_t rest = word >> (slot % 64);
    if (rest == 0) {
      tick += 64 - slot % 64;
      continue;
    }
    tick += static_cast<std::uint64_t>(std::countr_zero(rest));
    if (tick > done_ + kSlots) break;  // the last word is the first one's, from the front
    if (!is_empty(tick % kSlots)) return start_ + tick * kTick;
    word &= ~(std::uint64_t{1} << (tick % 64));
    ++tick;
  }
  return std::nullopt;
}

}  // namespace encke
