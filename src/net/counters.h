// counters.h: what net counts. Each loop has its own, so that counting shares no cache line.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/histogram.h"

namespace encke {

/// What one kind of request has moved over sockets, in bytes: heads, up to their empty line, and
/// bodies, with the chunks that they come in. A request that was refused at the door is not
/// counted; what it was told is, as of another kind.
struct Traffic {
  using Count = std::atomic<std::uint64_t>;
  Count requests{0};
  Count head_in{0};
  Count body_in{0};
  Count head_out{0};
  Count body_out{0};

  void add_to(Traffic& sum) const {
    const auto add = [](Count& to, const Count& from) {
      to.fetch_add(from.load(std::memory_order_relaxed), std::memory_order_relaxed);
    };
    add(sum.requests, requests);
    add(sum.head_in, head_in);
    add(sum.body_in, body_in);
    add(sum.head_out, head_out);
    add(sum.body_out, body_out);
  }
};

/// The ways in which events get to a reader, as operators tell them apart.
enum class Transport : std::uint8_t {
  kPoll,  ///< answered at once
  kLongpoll,
  kJsonp,
  kSse,
  kIframe,
  kMultipart,
  kMixed,
  kXhr,
  kNdjson,
  kText,
  kHtml,
};
inline constexpr std::array<std::string_view, 11> kTransportNames = {
    "poll",  "longpoll", "jsonp",  "sse",  "iframe", "multipart",
    "mixed", "xhr",      "ndjson", "text", "html"};

struct alignas(64) NetCounters {
  using Count = std::atomic<std::uint64_t>;
  Traffic listen;  // polls and streams
  Traffic other;
  Count refused{0};       // by admission
  Count polls_held{0};    // now
  Count streams{0};       // now
  Count poll_answers{0};  // of held polls
  Count empty{0};         // answers to polls, held or not, with no event in them
  Count slow_cut{0};      // connections whose reader took nothing for stall_after
  Count timed_out{0};     // heads and bodies that arrived too slowly
  Count connections{0};   // now
  Count waiting{0};       // bytes that a socket did not take yet, now
  std::array<Count, kTransportNames.size()> held{};       // polls and streams, now
  std::array<Count, kTransportNames.size()> delivered{};  // events
  /// From the commit until the socket was given the bytes, of the first event in each answer, or
  /// part of a stream, that somebody waited for.
  Histogram delay;

  static void add(Count& count, std::uint64_t by = 1) {
    count.fetch_add(by, std::memory_order_relaxed);
  }
  static void sub(Count& count, std::uint64_t by = 1) {
    count.fetch_sub(by, std::memory_order_relaxed);
  }
  Count& held_by(Transport transport) { return held[static_cast<std::size_t>(transport)]; }
  void deliver(Transport transport, std::uint64_t events) {
    if (events != 0) add(delivered[static_cast<std::size_t>(transport)], events);
  }
  Traffic& traffic(bool listens) { return listens ? listen : other; }
  void add_to(NetCounters& sum) const {
    listen.add_to(sum.listen);
    other.add_to(sum.other);
    add(sum.refused, refused.load(std::memory_order_relaxed));
    add(sum.polls_held, polls_held.load(std::memory_order_relaxed));
    add(sum.streams, streams.load(std::memory_order_relaxed));
    add(sum.poll_answers, poll_answers.load(std::memory_order_relaxed));
    add(sum.empty, empty.load(std::memory_order_relaxed));
    add(sum.slow_cut, slow_cut.load(std::memory_order_relaxed));
    add(sum.timed_out, timed_out.load(std::memory_order_relaxed));
    add(sum.waiting, waiting.load(std::memory_order_relaxed));
    delay.add_to(sum.delay);
    for (std::size_t i = 0; i < held.size(); ++i) {
      add(sum.held[i], held[i].load(std::memory_order_relaxed));
      add(sum.delivered[i], delivered[i].load(std::memory_order_relaxed));
    }
  }
};

/// Tells a response's head from its body as the bytes go by, in pieces of any size.
class HeadMeter {
 public:
  /// Of these bytes, how many are the head's.
  std::size_t head_bytes(std::string_view bytes) {
    std::size_t at = 0;
    for (; at < bytes.size() && matched_ < kEnd.size(); ++at) {
      const char c = bytes[at];
      matched_ = c == kEnd[matched_] ? matched_ + 1 : (c == '\r' ? 1 : 0);
    }
    return at;
  }

 private:
  static constexpr std::string_view kEnd = "\r\n\r\n";
  std::size_t matched_ = 0;
};

}  // namespace encke
