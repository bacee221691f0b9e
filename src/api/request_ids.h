// request_ids.h: names for requests: an error quotes its own, and so does the line in the journal.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "core/random.h"

namespace encke {

/// Names such as `5f3a09c1-2b`: a random number for this run of the server, and a count. May be
/// called from any thread.
class RequestIds {
 public:
  explicit RequestIds(RandomSource& random) : run_(random_below(random, std::uint64_t{1} << 32)) {}
  std::string next() {
    return fmt::format("{:08x}-{:x}", run_, count_.fetch_add(1, std::memory_order_relaxed) + 1);
  }

 private:
  const std::uint64_t run_;
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace encke
