// event_ring.h: a growing circular buffer of events in log order, one word each.
#pragma once

#include <cstddef>
#include <memory>

#include "core/event.h"

namespace encke {

/// Like std::deque<EventPtr>, but empty it costs 24 bytes and no allocation (std::deque: 80 and
/// two): a million idle mailboxes are a million of these. Not thread-safe.
class EventRing {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const EventPtr& operator[](std::size_t index) const { return slots_[slot(index)]; }
  const EventPtr& front() const { return slots_[head_]; }
  const EventPtr& back() const { return (*this)[size_ - 1]; }

  void push_back(EventPtr event) {
    if (size_ == capacity_) grow();
    slots_[slot(size_)] = std::move(event);
    ++size_;
  }
  void pop_front() {
    slots_[head_].reset();
    head_ = static_cast<std::uint32_t>(slot(1));
    --size_;
  }

 private:
  std::size_t slot(std::size_t index) const { return (head_ + index) & (capacity_ - 1); }
  void grow() {
    const std::uint32_t capacity = capacity_ == 0 ? 4 : capacity_ * 2;
    auto slots = std::make_unique<EventPtr[]>(capacity);
    for (std::uint32_t i = 0; i < size_; ++i) slots[i] = std::move(slots_[slot(i)]);
    slots_ = std::move(slots);
    capacity_ = capacity;
    head_ = 0;
  }

  std::unique_ptr<EventPtr[]> slots_;
  std::uint32_t capacity_ = 0;  // a power of two
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace encke
