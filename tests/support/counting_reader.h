// counting_reader.h: a reader that counts how often it was woken.
#pragma once

#include <atomic>

#include "core/reader.h"

namespace encke {

class CountingReader final : public Reader {
 public:
  explicit CountingReader(std::uint64_t name = 0, std::uint64_t session = 0)
      : Reader(name, session) {}
  void wake() override { ++wakes; }

  std::atomic<int> wakes{0};
};

}  // namespace encke
