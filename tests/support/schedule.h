// schedule.h: random steps that can be taken again, for tests of what must hold whatever happens.
//
//   for (const std::uint64_t seed : seeds()) {
//     Schedule schedule(seed);
//     const Watchdog watchdog(schedule);                      // if threads wait for each other
//     while (schedule.steps() < 1000) {
//       if (schedule.chance(30)) push(schedule.note("push", ++offset));
//       ...
//       ASSERT_EQ(...) << schedule;                           // the seed, and the last steps
//     }
//   }
//
// ENCKE_SEED=123 takes the steps of one seed again. What several threads do comes from their seeds
// too, but not how they interleave: repeat such a seed until it fails again.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <future>
#include <ostream>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace encke {

/// The one of ENCKE_SEED; else some that are always tried, and one that never was.
inline std::vector<std::uint64_t> seeds() {
  if (const char* one = std::getenv("ENCKE_SEED")) return {std::strtoull(one, nullptr, 10)};
  const std::uint64_t fresh = std::random_device()();
  std::printf("seeds: 1, 2, 3 and %llu\n", static_cast<unsigned long long>(fresh));
  return {1, 2, 3, fresh};
}

/// For one thread; others get one of their own by branch().
class Schedule {
 public:
  explicit Schedule(std::uint64_t seed, std::string who = "")
      : seed_(seed), who_(std::move(who)), random_(seed) {}

  Schedule branch(const std::string& who) {
    Schedule other(random_(), who);
    other.seed_ = seed_;
    return other;
  }

  std::uint64_t seed() const { return seed_; }
  std::size_t steps() const { return steps_; }

  /// 0 to n - 1. The standard distributions differ between libraries; a remainder does not.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool chance(std::size_t percent) { return below(100) < percent; }

  /// Lets other threads go first, now and then.
  void pause() {
    for (std::size_t i = chance(30) ? below(4) : 0; i > 0; --i) std::this_thread::yield();
  }

  /// Writes a step down, and gives back its number.
  template <class Value>
  Value note(const char* what, Value value) {
    std::ostringstream step;
    step << what << ' ' << value;
    last_.push_back(step.str());
    if (last_.size() > kShown) last_.pop_front();
    ++steps_;
    return value;
  }

  friend std::ostream& operator<<(std::ostream& out, const Schedule& schedule) {
    out << "\nENCKE_SEED=" << schedule.seed_ << ' ' << schedule.who_ << " after " << schedule.steps_
        << " steps, the last of them:";
    for (const std::string& step : schedule.last_) out << ' ' << step << ';';
    return out;
  }

 private:
  static constexpr std::size_t kShown = 40;
  std::uint64_t seed_;
  std::string who_;
  std::mt19937_64 random_;
  std::size_t steps_ = 0;
  std::deque<std::string> last_;
};

/// Ends the program, and says why, if the test hangs: a lost wakeup is nothing else.
class Watchdog {
 public:
  explicit Watchdog(const Schedule& schedule)
      : thread_([seed = schedule.seed(), over = over_.get_future()] {
          if (over.wait_for(kPatience) == std::future_status::ready) return;
          std::fflush(stdout);
          std::fprintf(stderr, "It hangs, and nobody will wake it: ENCKE_SEED=%llu\n",
                       static_cast<unsigned long long>(seed));
          std::abort();
        }) {}
  ~Watchdog() {
    over_.set_value();
    thread_.join();
  }

 private:
  static constexpr std::chrono::seconds kPatience{45};  // a run takes one
  std::promise<void> over_;
  std::thread thread_;
};

}  // namespace encke
