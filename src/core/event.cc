#include "core/event.h"

#include <memory>

namespace encke {

Event::~Event() {
  for (auto& slot : memo_) delete slot.load(std::memory_order_acquire);
}

std::string_view Event::encoded(std::size_t slot, Encode encode) const {
  auto& memo = memo_.at(slot);
  if (const std::string* done = memo.load(std::memory_order_acquire)) return *done;
  auto fresh = std::make_unique<std::string>();
  encode(*this, *fresh);
  const std::string* expected = nullptr;
  if (memo.compare_exchange_strong(expected, fresh.get(), std::memory_order_acq_rel)) {
    return *fresh.release();
  }
  return *expected;
}

}  // namespace encke
