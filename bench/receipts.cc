#include "receipts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace bench {
namespace {

constexpr std::string_view kMark = "message-";
constexpr std::size_t kDigits = 6;

}  // namespace

std::string message_text(int number, std::size_t size) {
  std::string text = fmt::format("{}{:06};", kMark, number);
  text.resize(size, '.');
  return text;
}

Receipts::Receipts(int subscribers, int messages)
    : subscribers_(subscribers),
      messages_(messages),
      published_at_(messages),
      deliveries_(messages),
      times_seen_(static_cast<std::size_t>(subscribers) * messages),
      order_(subscribers, 14695981039346656037u) {
  latencies_us_.reserve(times_seen_.size());
}

void Receipts::received(int subscriber, std::string_view body) {
  for (std::size_t at = body.find(kMark); at != std::string_view::npos; at = body.find(kMark, at)) {
    at += kMark.size();
    if (body.size() < at + kDigits + 1 || body[at + kDigits] != ';') continue;
    const int message = std::atoi(body.data() + at);
    if (message < 0 || message >= messages_) continue;
    ++total_;
    ++deliveries_[message];
    ++times_seen_[static_cast<std::size_t>(subscriber) * messages_ + message];
    order_[subscriber] =
        (order_[subscriber] ^ static_cast<std::uint64_t>(message + 1)) * 1099511628211u;
    const auto waited = Clock::now() - published_at_[message];
    latencies_us_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(waited).count());
  }
}

double Receipts::latency_ms(double part) {
  if (latencies_us_.empty()) return 0;
  const auto nth =
      latencies_us_.begin() + static_cast<std::ptrdiff_t>(part * (latencies_us_.size() - 1));
  std::nth_element(latencies_us_.begin(), nth, latencies_us_.end());
  return *nth / 1000.0;
}

Verdict Receipts::verdict() const {
  Verdict verdict;
  for (const std::uint8_t times : times_seen_) {
    verdict.missing += times == 0;
    verdict.repeated += times > 1 ? times - 1 : 0;
  }
  verdict.orders = static_cast<std::int64_t>(std::set(order_.begin(), order_.end()).size());
  return verdict;
}

}  // namespace bench
