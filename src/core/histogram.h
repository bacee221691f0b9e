// histogram.h: how long something takes, counted as it happens: what percentiles and alerts are
// made of.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "core/clock.h"

namespace encke {

/// Counts of spans of time, by buckets from half a millisecond to ten seconds. observe() takes no
/// lock: two additions to memory that is, at best, its thread's own. Every method may be called
/// from any thread; what is read while others write may miss the last few.
class Histogram {
 public:
  /// A bucket's upper end is in it. One more bucket has what is longer than all of these.
  static constexpr std::array<std::chrono::microseconds, 14> kBounds = [] {
    using Us = std::chrono::microseconds;
    return std::array{Us(500),       Us(1'000),     Us(2'500),     Us(5'000),     Us(10'000),
                      Us(25'000),    Us(50'000),    Us(100'000),   Us(250'000),   Us(500'000),
                      Us(1'000'000), Us(2'500'000), Us(5'000'000), Us(10'000'000)};
  }();

  /// Less than nothing counts as nothing.
  void observe(Duration span) {
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(span);
    std::size_t at = 0;
    while (at < kBounds.size() && time > kBounds[at]) ++at;
    counts_[at].fetch_add(1, std::memory_order_relaxed);
    if (time.count() > 0) {
      sum_.fetch_add(static_cast<std::uint64_t>(time.count()), std::memory_order_relaxed);
    }
  }

  struct Snapshot {
    /// Each bucket by itself, the one without an end last.
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    std::chrono::microseconds sum{0};

    std::uint64_t total() const {
      std::uint64_t all = 0;
      for (const std::uint64_t count : counts) all += count;
      return all;
    }
  };
  void add_to(Histogram& sum) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      sum.counts_[i].fetch_add(counts_[i].load(std::memory_order_relaxed),
                               std::memory_order_relaxed);
    }
    sum.sum_.fetch_add(sum_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }

  Snapshot snapshot() const {
    Snapshot taken;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      taken.counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    taken.sum = std::chrono::microseconds(sum_.load(std::memory_order_relaxed));
    return taken;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> counts_{};
  std::atomic<std::uint64_t> sum_{0};  // microseconds
};

}  // namespace encke
