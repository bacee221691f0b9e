// send_keys.h: a send that is repeated is said once.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "core/clock.h"
#include "core/error.h"
#include "core/event.h"
#include "core/mutex.h"

namespace encke {

/// Remembers the answer to each keyed send for a while. A client that never saw its answer sends
/// again with the same key, and is given the first answer; one that repeats while the first is
/// still being committed waits for that. A send that failed is forgotten, so that it may be tried
/// again.
///
/// Every method may be called from any thread; answers are given with no lock held.
class SendKeys {
 public:
  using Answer = tl::expected<EventPtr, Error>;
  using Done = std::function<void(const Answer&)>;

  /// `keep`: for how long; `max`: how many at most, the oldest goes first
  /// (0: no limit).
  SendKeys(std::chrono::milliseconds keep, std::size_t max) : keep_(keep), max_(max) {}

  /// True: nobody has sent this yet; send, and call settle(). False: `done` is, or will be,
  /// answered.
  bool begin(const std::string& user, const std::string& key, TimePoint now, Done done);

  /// What was said with its Event::send_key before the server began, and is known until `expires`.
  void restore(const EventPtr& event, TimePoint expires);

  /// Answers everybody who began with this key.
  void settle(const std::string& user, const std::string& key, const Answer& answer);

 private:
  struct Entry {
    TimePoint expires;
    EventPtr event;             // once committed
    std::vector<Done> waiting;  // until then
  };
  static std::string full_key(const std::string& user, const std::string& key) {
    return user + '\n' + key;
  }
  void forget_old(TimePoint now) REQUIRES(mutex_);

  const std::chrono::milliseconds keep_;
  const std::size_t max_;
  Mutex mutex_;
  std::unordered_map<std::string, Entry> entries_ GUARDED_BY(mutex_);
  std::deque<std::pair<TimePoint, std::string>> by_age_ GUARDED_BY(mutex_);
};

}  // namespace encke
