#include "core/random.h"

#include <openssl/rand.h>

#include <cstdlib>

namespace encke {

void SystemRandom::fill(std::span<std::byte> out) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) != 1) {
    std::abort();
  }
}

std::uint64_t random_below(RandomSource& random, std::uint64_t bound) {
  if (bound == 0) return 0;
  std::uint64_t value = 0;
  random.fill(std::as_writable_bytes(std::span(&value, 1)));
  return value % bound;
}

}  // namespace encke
