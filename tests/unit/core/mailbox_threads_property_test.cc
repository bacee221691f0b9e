// A mailbox that is filled, read, and let go of by several threads at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/mailbox.h"
#include "support/events.h"
#include "support/past_log.h"
#include "support/schedule.h"

namespace encke {
namespace {

constexpr std::uint64_t kEpoch = 7;
constexpr std::size_t kEvents = 400;
constexpr std::size_t kListeners = 4;

Position at(std::uint64_t offset) { return {kEpoch, offset}; }

/// A reader whose thread sleeps until it is woken; forever, if it is not.
class SleepingReader final : public Reader {
 public:
  explicit SleepingReader(std::uint64_t name) : Reader(name, name) {}
  void wake() override {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    woken_.notify_one();
  }
  /// Until it was woken as often as it was armed.
  void sleep(int armings) {
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [&] { return wakes_ >= armings; });
    EXPECT_EQ(wakes_, armings) << "once for each arming";
  }

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  int wakes_ = 0;
};

/// All that will be said, known beforehand; some of what has a position is for others.
struct Scene {
  Scene(Schedule& schedule, bool with_past) : has_past(with_past), log(kEpoch) {
    limits.max_events = schedule.chance(30) ? 0 : 1 + schedule.below(40);
    limits.max_readers = 0;
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < kEvents; ++i) offsets.push_back(offset += 1 + schedule.below(3));
    box = make_ref<Mailbox>(limits, at(0), TimePoint{});
    if (has_past) box->recall_from(log, Owed{"bob", at(0), {}});
  }

  /// As a log's sink does: one at a time, in order, whichever thread it is on.
  void write(Schedule schedule) {
    while (true) {
      schedule.pause();
      WakeList wakes;
      const std::lock_guard lock(writing);
      if (written == offsets.size()) return;
      const auto event = message_at(at(offsets[written++]), "", WallTime{});
      log.add(event);
      box->push(event, wakes);
      wakes.run();
      if (schedule.chance(10)) wait_until_heard();
      if (written == offsets.size()) close();
    }
  }

  /// By everybody; so nothing that comes later makes up for a wakeup that was lost.
  void wait_until_heard() {
    for (const auto& cursor : heard) {
      while (cursor < offsets[written - 1] && !testing::Test::HasFailure()) {
        std::this_thread::yield();
      }
    }
  }

  void close() {
    WakeList wakes;
    auto last = make_ref<Event>();
    last->kind = EventKind::kNouser;
    box->close(last, wakes);
  }

  void let_go(Schedule schedule) {
    for (int i = 0; i < 200; ++i) {
      schedule.pause();
      const std::uint64_t end = log.end().offset;
      // Often up to what the mailbox is about to ask for.
      log.let_go(schedule.chance(50) ? box->floor().offset : schedule.below(end + 1));
    }
  }

  MailboxLimits limits;
  const bool has_past;
  PastLog log;
  MailboxPtr box;
  std::vector<std::uint64_t> offsets;
  std::mutex writing;
  std::size_t written = 0;
  std::array<std::atomic<std::uint64_t>, kListeners> heard{};
};

/// Reads to the end in its own way, and holds what it is given against what was to come.
class Listener {
 public:
  Listener(Scene& scene, Schedule schedule, std::uint64_t name)
      : scene_(scene),
        s_(std::move(schedule)),
        name_(name),
        reader_(make_ref<SleepingReader>(name)) {}

  void listen() {
    WakeList wakes;
    scene_.box->enter(*reader_, {}, wakes);
    while (!over_ && !testing::Test::HasFailure()) {
      s_.pause();
      const std::size_t limit = 1 + s_.below(20);
      switch (s_.below(4)) {
        case 0:
          scene_.box->read(at(cursor_), limit, batch_);
          take();
          break;
        case 1:
          // Blocked until something comes; the watchdog is the deadline.
          scene_.box->wait(*reader_, at(cursor_), limit, TimePoint::max(), batch_);
          EXPECT_FALSE(batch_.nothing()) << s_;
          take();
          break;
        case 2:
          scene_.box->read_or_arm(*reader_, at(cursor_), limit, batch_);
          if (batch_.nothing()) reader_->sleep(++armings_);
          take();
          break;
        default:
          scene_.box->read_and_arm(*reader_, at(cursor_), limit, batch_);
          take();
          stream();
      }
    }
    scene_.box->leave(*reader_, {});
    EXPECT_TRUE(testing::Test::HasFailure() || cursor_ >= scene_.offsets.back()) << s_;
  }

 private:
  /// As a stream goes on after what it read: until a read arms it for certain.
  void stream() {
    while (!over_ && !testing::Test::HasFailure()) {
      scene_.box->leave(*reader_, {});  // and so disarmed, whatever it was
      reader_ = make_ref<SleepingReader>(1000 * name_ + ++lives_);
      armings_ = 0;
      WakeList wakes;
      scene_.box->enter(*reader_, {}, wakes);
      scene_.box->read_and_arm(*reader_, at(cursor_), scene_.offsets.size(), batch_);
      take();
      if (over_) return;
      reader_->sleep(++armings_);  // what it read was all there was, and so it is armed
      scene_.box->read(at(cursor_), scene_.offsets.size(), batch_);
      EXPECT_FALSE(batch_.nothing()) << "woken for nothing" << s_;
      take();
      if (s_.chance(50)) return;
    }
  }

  void take() {
    for (const EventPtr& event : batch_.events) {
      if (event->kind == EventKind::kGap) {
        s_.note("gap", event->oldest.offset);
        EXPECT_TRUE(scene_.limits.max_events != 0) << "nothing was ever let go of" << s_;
        EXPECT_GE(event->after.offset, cursor_) << s_;
        EXPECT_GT(event->oldest.offset, cursor_) << s_;
        cursor_ = event->oldest.offset;
      } else if (event->kind == EventKind::kMessage) {
        const auto next = std::upper_bound(scene_.offsets.begin(), scene_.offsets.end(), cursor_);
        ASSERT_NE(next, scene_.offsets.end()) << s_;
        // Neither one left out, nor one twice, nor one before its time.
        ASSERT_EQ(event->position, at(*next)) << s_;
        cursor_ = s_.note("got", *next);
      }
    }
    const auto next = std::upper_bound(scene_.offsets.begin(), scene_.offsets.end(), cursor_);
    EXPECT_GE(batch_.next.offset, cursor_) << s_;
    EXPECT_TRUE(next == scene_.offsets.end() || *next > batch_.next.offset) << "passed over" << s_;
    cursor_ = batch_.next.offset;
    scene_.heard[name_ - 1] = cursor_;
    over_ = batch_.closed;
  }

  Scene& scene_;
  Schedule s_;
  const std::uint64_t name_;
  Ref<SleepingReader> reader_;
  Batch batch_;
  std::uint64_t cursor_ = 0;
  std::uint64_t lives_ = 0;
  int armings_ = 0;
  bool over_ = false;
};

void run(bool has_past) {
  for (const std::uint64_t seed : seeds()) {
    Schedule schedule(seed);
    const Watchdog watchdog(schedule);
    for (int life = 0; life < 5 && !testing::Test::HasFailure(); ++life) {
      Scene scene(schedule, has_past);
      std::vector<std::thread> threads;
      const auto start = [&](const std::string& who, const std::function<void(Schedule)>& what) {
        threads.emplace_back(what, schedule.branch(who));
      };
      for (std::uint64_t name = 1; name <= kListeners; ++name) {
        start("reader", [&, name](Schedule s) { Listener(scene, std::move(s), name).listen(); });
      }
      if (has_past) start("retention", [&](Schedule s) { scene.let_go(std::move(s)); });
      for (int i = 0; i < 2; ++i) start("writer", [&](Schedule s) { scene.write(std::move(s)); });
      for (auto& thread : threads) thread.join();
    }
  }
}

TEST(MailboxThreadsProperty, GivesEverybodyEverythingInOrder) { run(false); }
TEST(MailboxThreadsProperty, GivesEverybodyEverythingWhileItsLogLetsGo) { run(true); }

}  // namespace
}  // namespace encke
