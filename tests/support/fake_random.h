// fake_random.h: randomness that is the same in every run.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>

#include "core/random.h"

namespace encke {

/// SplitMix64. Equal seeds give equal bytes, as long as one thread asks.
class FakeRandom final : public RandomSource {
 public:
  explicit FakeRandom(std::uint64_t seed = 1) : state_(seed) {}

  void fill(std::span<std::byte> out) override {
    while (!out.empty()) {
      std::uint64_t z = state_.fetch_add(0x9E3779B97F4A7C15) + 0x9E3779B97F4A7C15;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
      z ^= z >> 31;
      const std::size_t count = std::min(out.size(), sizeof z);
      std::memcpy(out.data(), &z, count);
      out = out.subspan(count);
    }
  }

 private:
  std::atomic<std::uint64_t> state_;
};

}  // namespace encke
