// counters.h: what net counts. Each loop has its own, so that counting shares no cache line.
#pragma once

#include <atomic>
#include <cstdint>

namespace encke {

struct alignas(64) NetCounters {
  using Count = std::atomic<std::uint64_t>;
  Count requests{0};
  Count refused{0};       // by admission
  Count polls_held{0};    // now
  Count streams{0};       // now
  Count poll_answers{0};  // of held polls
  Count events_out{0};    // deliveries, by whichever transport
  Count slow_cut{0};      // connections whose reader took nothing for stall_after
  Count timed_out{0};     // heads and bodies that arrived too slowly

  static void add(Count& count, std::uint64_t by = 1) {
    count.fetch_add(by, std::memory_order_relaxed);
  }
  static void sub(Count& count) { count.fetch_sub(1, std::memory_order_relaxed); }
  void add_to(NetCounters& sum) const {
    add(sum.requests, requests.load(std::memory_order_relaxed));
    add(sum.refused, refused.load(std::memory_order_relaxed));
    add(sum.polls_held, polls_held.load(std::memory_order_relaxed));
    add(sum.streams, streams.load(std::memory_order_relaxed));
    add(sum.poll_answers, poll_answers.load(std::memory_order_relaxed));
    add(sum.events_out, events_out.load(std::memory_order_relaxed));
    add(sum.slow_cut, slow_cut.load(std::memory_order_relaxed));
    add(sum.timed_out, timed_out.load(std::memory_order_relaxed));
  }
};

}  // namespace encke
