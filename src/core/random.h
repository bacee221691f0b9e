// random.h: randomness, handed in (architecture.md, D8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace encke {

/// Every method may be called from any thread.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(std::span<std::byte> out) = 0;
};

/// OpenSSL's generator; good enough for session tokens. Aborts if it cannot be seeded: a server
/// without randomness must not hand out tokens.
class SystemRandom final : public RandomSource {
 public:
  void fill(std::span<std::byte> out) override;
};

/// A number in [0, bound); 0 for a bound of 0. For jitter, where the small bias does not matter.
std::uint64_t random_below(RandomSource& random, std::uint64_t bound);

}  // namespace encke
