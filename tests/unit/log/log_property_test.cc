// Both logs under several threads, in random steps; the one on a disk is closed in the middle of it
// and opened again. What was answered is there, what was refused is not, in the same order.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "log/memory_log.h"
#include "log/sqlite_log.h"
#include "support/events.h"
#include "support/fake_clock.h"
#include "support/fake_random.h"
#include "support/schedule.h"
#include "support/scratch.h"

namespace encke {
namespace {

constexpr std::size_t kThreads = 4;
constexpr std::size_t kEach = 60;

/// What the log has answered, whatever its threads.
class Model {
 public:
  EventLog::Done expect(const std::string& text) {
    const std::lock_guard lock(mutex_);
    ++waiting_;
    return [this, text](const tl::expected<EventPtr, Error>& answer) {
      const std::lock_guard done(mutex_);
      --waiting_;
      if (!answer) return;
      EXPECT_EQ((*answer)->text, text);
      EXPECT_TRUE(answered_.emplace((*answer)->position.offset, *answer).second) << "twice";
    };
  }
  std::map<std::uint64_t, EventPtr> answered() {
    const std::lock_guard lock(mutex_);
    return answered_;
  }
  /// Once nothing more can come.
  void check_complete(const Schedule& s) {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(waiting_, 0U) << "never answered" << s;
  }

 private:
  std::mutex mutex_;
  std::size_t waiting_ = 0;
  std::map<std::uint64_t, EventPtr> answered_;
};

Owed everything(const EventLog& log) {
  const std::uint64_t epoch = log.end().epoch;
  return {"nobody", {epoch, 0}, {{"lobby", 0, Owed::Stay::kStill}}};
}

/// The numbers of one thread, in the order in which they were appended.
void append(EventLog& log, Store* store, Model& model, Schedule s, std::size_t thread,
            std::size_t first) {
  for (std::size_t i = first; i < first + kEach; ++i) {
    s.pause();
    const std::string from = "t" + std::to_string(thread);
    const std::string text = std::to_string(s.note("append", i));
    if (store != nullptr) store->keep({"count", from, text});
    auto event = message("lobby", from, text);
    if (s.chance(30)) event->send_key = from + "\n" + text;
    log.append(std::move(event), model.expect(text));
  }
}

/// What has been answered can be read, as long as the log does not say that it is gone.
void read(const EventLog& log, Model& model, FakeClock& clock, Schedule s) {
  for (int i = 0; i < 100; ++i) {
    s.pause();
    if (s.chance(20)) clock.advance(std::chrono::seconds(s.note("seconds pass", s.below(15))));
    const auto answered = model.answered();
    const Position end = log.end();
    const std::uint64_t from = s.chance(50) ? log.oldest().offset : s.below(end.offset + 1);
    const Position after{end.epoch, s.note("past after", from)};
    std::vector<EventPtr> past;
    EXPECT_TRUE(log.past(everything(log), after, end, 100'000, past));
    if (log.oldest().offset > after.offset) continue;
    std::vector<std::uint64_t> offsets;
    for (const EventPtr& event : past) offsets.push_back(event->position.offset);
    std::vector<std::uint64_t> expected;  // positions have no holes: all of them
    for (std::uint64_t o = after.offset + 1; o <= end.offset; ++o) expected.push_back(o);
    EXPECT_EQ(offsets, expected) << s;
    for (const EventPtr& event : past) {
      const auto known = answered.find(event->position.offset);
      if (known == answered.end()) continue;
      EXPECT_EQ(line(*event), line(*known->second)) << s;
    }
  }
}

void in_threads(Schedule& schedule, EventLog& log, Store* store, Model& model, FakeClock& clock,
                std::size_t first, const std::function<void(Schedule)>& besides) {
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back(
        [&, t, s = schedule.branch("appends")] { append(log, store, model, s, t, first); });
  }
  if (store != nullptr) {
    threads.emplace_back([&, s = schedule.branch("reads")] { read(log, model, clock, s); });
  }
  besides(schedule.branch("besides"));
  for (auto& thread : threads) thread.join();
}

/// Everything answered, in order; of each thread the numbers grow.
void check_order(const std::vector<EventPtr>& events, const Schedule& s) {
  std::map<std::string, int> last;
  std::uint64_t offset = 0;
  for (const EventPtr& event : events) {
    EXPECT_GT(event->position.offset, offset) << s;
    offset = event->position.offset;
    const int number = std::stoi(event->text);
    const auto [before, is_first] = last.emplace(event->from, -1);
    EXPECT_GT(number, before->second) << event->from << s;
    before->second = number;
  }
}

TEST(LogProperty, InMemoryAnswersAndKeepsEverythingInOneOrder) {
  for (const std::uint64_t seed : seeds()) {
    Schedule schedule(seed);
    const Watchdog watchdog(schedule);
    FakeClock clock;
    FakeRandom random(seed);
    MemoryLog log(clock, random, kThreads * kEach);
    std::vector<EventPtr> sunk;
    log.start([&](auto events) { sunk.insert(sunk.end(), events.begin(), events.end()); });
    Model model;
    in_threads(schedule, log, nullptr, model, clock, 0, [](auto) {});
    model.check_complete(schedule);
    const auto kept = log.history({.room = "lobby", .limit = 100'000});
    EXPECT_EQ(lines(kept->events), lines(sunk)) << schedule;
    EXPECT_EQ(model.answered().size(), kThreads * kEach) << schedule;
    check_order(kept->events, schedule);
  }
}

/// How much was let go of.
std::uint64_t reopen_at_random(Schedule& schedule, const sqlite::Retention& retention) {
  const auto keep = retention.keep;
  const bool may_go = keep.count() != 0 || retention.max_bytes != 0;
  std::uint64_t gone = 0;
  const Watchdog watchdog(schedule);
  Scratch scratch;
  FakeClock clock;
  FakeRandom random(schedule.seed());
  Model model;
  for (std::size_t life = 0; life < 3; ++life) {
    auto opened = SqliteLog::open(
        {.folder = scratch.path("data"), .retention = retention, .tail = 1 + schedule.below(80)},
        clock, random, {});
    if (!opened) {
      ADD_FAILURE() << opened.error();
      return gone;
    }
    SqliteLog& log = **opened;
    const auto answered = model.answered();
    // What came back of the lives before this one.
    EXPECT_EQ(log.end().offset, answered.empty() ? 0 : answered.rbegin()->first) << schedule;
    std::vector<EventPtr> past;
    EXPECT_TRUE(log.past(everything(log), log.oldest(), log.end(), 100'000, past));
    std::vector<EventPtr> expected;
    for (const auto& [offset, event] : answered) {
      if (offset > log.oldest().offset) expected.push_back(event);
      const bool is_young = retention.max_bytes == 0 && event->time + keep >= clock.wall_now();
      EXPECT_TRUE(offset > log.oldest().offset || (may_go && !is_young))
          << "let go of too soon: " << offset << schedule;
    }
    EXPECT_EQ(lines(past), lines(expected)) << schedule;
    check_order(past, schedule);
    std::erase_if(expected, [](const EventPtr& event) { return event->send_key.empty(); });
    EXPECT_EQ(lines(*log.keyed(std::chrono::hours(100))), lines(expected)) << schedule;
    // Each fact is as it was with the last event before which it was kept, or newer.
    std::map<std::string, std::string> facts;
    for (const Fact& fact : log.facts("count")) facts[fact.name] = fact.value;
    for (const auto& [offset, event] : answered) {
      EXPECT_GE(std::stoi("0" + facts[event->from]), std::stoi(event->text)) << schedule;
    }
    log.start([](auto) {});
    clock.advance(std::chrono::hours(1));  // for as long, no age is believed
    in_threads(schedule, log, &log, model, clock, life * kEach, [&](Schedule s) {
      if (!s.chance(70)) return;
      for (std::size_t i = s.note("stop after", s.below(200)); i > 0; --i) {
        std::this_thread::yield();
      }
      log.stop();
    });
    log.stop();
    model.check_complete(schedule);
    gone = log.oldest().offset;
  }
  return gone;
}

TEST(LogProperty, OnADiskHasWhatItAnsweredWheneverItIsClosed) {
  for (const std::uint64_t seed : seeds()) {
    Schedule schedule(seed);
    EXPECT_EQ(reopen_at_random(schedule, {}), 0U);
  }
}

TEST(LogProperty, OnADiskLetsGoOfNothingButWhatIsTooOldAndSaysSo) {
  std::uint64_t gone = 0;
  for (const std::uint64_t seed : seeds()) {
    Schedule schedule(seed);
    gone += reopen_at_random(schedule, {.keep = std::chrono::seconds(60)});
  }
  EXPECT_GT(gone, 0U);
}

TEST(LogProperty, OnADiskLetsGoOfWhatIsTooMuchAndSaysSo) {
  std::uint64_t gone = 0;
  for (const std::uint64_t seed : seeds()) {
    Schedule schedule(seed);
    gone += reopen_at_random(schedule, {.max_bytes = 64 * 1024});
  }
  EXPECT_GT(gone, 0U);
}

}  // namespace
}  // namespace encke
