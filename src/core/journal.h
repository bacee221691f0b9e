// journal.h: where everything tells the operator what happened, a line an event. Not to be taken
// for the log of what is said, which is event_log.h.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "encke/log.h"

namespace encke {

/// Hands lines to whoever wants them: to nobody, unless the program that runs the server asks for
/// them. tell() may be called from any thread.
class Journal {
 public:
  /// Lines of `least` and worse go to `handler`, once.
  void listen(LogLevel least, LogHandler handler) {
    least_ = least;
    handler_ = std::move(handler);
    heard_.store(true, std::memory_order_release);
  }

  /// Whether a line of that level would be heard: for those that cost something to make.
  bool wants(LogLevel level) const {
    return heard_.load(std::memory_order_acquire) && level >= least_;
  }

  void tell(LogLevel level, std::string_view event, std::vector<LogField> fields = {}) const {
    if (wants(level)) handler_({level, event, std::move(fields)});
  }

 private:
  LogLevel least_ = LogLevel::kInfo;
  LogHandler handler_;
  std::atomic<bool> heard_{false};  // and so these two do not change any more
};

/// For what may happen thousands of times a second: lets so many through in a second, and counts
/// the rest. Every method may be called from any thread.
class Throttle {
 public:
  explicit Throttle(std::uint64_t per_second) : per_second_(per_second) {}

  /// How many were kept back since the last that was let through; nothing if this one is kept back.
  std::optional<std::uint64_t> let_through(TimePoint now) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    auto known = second_.load(std::memory_order_relaxed);
    // Whoever finds a new second first begins it; that two may is of no matter here.
    if (known != second && second_.compare_exchange_strong(known, second)) used_.store(0);
    if (used_.fetch_add(1, std::memory_order_relaxed) >= per_second_) {
      kept_back_.fetch_add(1, std::memory_order_relaxed);
      return std::nullopt;
    }
    return kept_back_.exchange(0, std::memory_order_relaxed);
  }

 private:
  const std::uint64_t per_second_;
  std::atomic<std::int64_t> second_{-1};
  std::atomic<std::uint64_t> used_{0};
  std::atomic<std::uint64_t> kept_back_{0};
};

}  // namespace encke
