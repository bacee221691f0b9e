// receipts.h: who received which message, when, and in which order.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

/// The text of a message: its number, so that whoever receives it can tell which it is, padded to
/// `size` bytes.
std::string message_text(int number, std::size_t size);

struct Verdict {
  std::int64_t missing = 0;   // deliveries that never came
  std::int64_t repeated = 0;  // deliveries beyond the first
  std::int64_t orders =
      0;  // different orders in which subscribers saw the messages; 1 is what is asked for
};

/// The book of all deliveries of one run. The same scan reads every peer's answers: it looks for
/// message texts and minds nothing around them.
class Receipts {
 public:
  Receipts(int subscribers, int messages);

  void published(int message) { published_at_[message] = Clock::now(); }

  /// Notes every message text in `body`, in its order.
  void received(int subscriber, std::string_view body);

  std::int64_t deliveries(int message) const { return deliveries_[message]; }
  std::int64_t total() const { return total_; }

  /// Forgets the latencies so far (those of the warm-up).
  void restart_latencies() { latencies_us_.clear(); }
  /// In milliseconds, `part` in 0..1; reorders what is kept.
  double latency_ms(double part);

  Verdict verdict() const;

 private:
  const int subscribers_;
  const int messages_;
  std::vector<Clock::time_point> published_at_;
  std::vector<std::int64_t> deliveries_;
  std::vector<std::uint8_t> times_seen_;  // [subscriber * messages + message]
  std::vector<std::uint64_t> order_;      // a hash of the sequence that each subscriber saw
  std::vector<std::uint32_t> latencies_us_;
  std::int64_t total_ = 0;
};

}  // namespace bench
