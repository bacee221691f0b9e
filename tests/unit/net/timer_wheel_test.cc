#include "net/timer_wheel.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace encke {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr TimePoint kStart{std::chrono::hours(1000)};
constexpr milliseconds kTick{64};

class TestTimer final : public Timer {
 public:
  ~TestTimer() override = default;
  void on_deadline(TimePoint now) override {
    ++count;
    at = now;
    if (then) then(now);
  }
  int count = 0;
  TimePoint at{};
  std::function<void(TimePoint)> then;
};

TEST(TimerWheel, CallsWhenTheDeadlineHasPassedAndNotBefore) {
  TimerWheel wheel(kStart);
  TestTimer timer;
  wheel.set(timer, kStart + seconds(1));
  for (TimePoint now = kStart; now < kStart + seconds(1); now += milliseconds(10)) {
    wheel.advance(now);
    ASSERT_EQ(timer.count, 0) << (now - kStart).count();
  }
  wheel.advance(kStart + seconds(1) + 2 * kTick);
  EXPECT_EQ(timer.count, 1);
  wheel.advance(kStart + seconds(100));
  EXPECT_EQ(timer.count, 1) << "once";
}

TEST(TimerWheel, KeepsDeadlinesToTwoTicks) {
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    TimerWheel wheel(kStart);
    TestTimer timer;
    const TimePoint deadline = kStart + milliseconds(random() % 300'000);
    wheel.set(timer, deadline);
    for (TimePoint now = kStart; timer.count == 0; now += milliseconds(16)) wheel.advance(now);
    EXPECT_GE(timer.at, deadline);
    EXPECT_LE(timer.at, deadline + 2 * kTick);
  }
}

TEST(TimerWheel, ADeadlinePutOffIsKept) {
  TimerWheel wheel(kStart);
  TestTimer timer;
  TimePoint now = kStart;
  for (int i = 0; i < 100; ++i) {
    wheel.set(timer, now + seconds(2));
    now += seconds(1);
    wheel.advance(now);
    ASSERT_EQ(timer.count, 0);
  }
  wheel.advance(now + seconds(1) + 2 * kTick);
  EXPECT_EQ(timer.count, 1);
}

TEST(TimerWheel, ADeadlineBroughtForwardIsKept) {
  TimerWheel wheel(kStart);
  TestTimer timer;
  wheel.set(timer, kStart + minutes(5));
  wheel.set(timer, kStart + seconds(1));
  wheel.advance(kStart + seconds(1) + 2 * kTick);
  EXPECT_EQ(timer.count, 1);
}

TEST(TimerWheel, OneThatHasPassedIsCalledAtTheNextTick) {
  TimerWheel wheel(kStart);
  wheel.advance(kStart + seconds(10));
  TestTimer timer;
  wheel.set(timer, kStart + seconds(1));
  wheel.advance(kStart + seconds(10) + 2 * kTick);
  EXPECT_EQ(timer.count, 1);
}

TEST(TimerWheel, LongDeadlinesTakeManyTurns) {
  TimerWheel wheel(kStart);
  TestTimer timer;
  wheel.set(timer, kStart + minutes(10));
  for (TimePoint now = kStart; now < kStart + minutes(10); now += milliseconds(500)) {
    wheel.advance(now);
    ASSERT_EQ(timer.count, 0);
  }
  wheel.advance(kStart + minutes(10) + 2 * kTick);
  EXPECT_EQ(timer.count, 1);
}

TEST(TimerWheel, ALongSleepMissesNobody) {
  TimerWheel wheel(kStart);
  std::vector<std::unique_ptr<TestTimer>> timers;
  for (int i = 0; i < 500; ++i) {
    timers.push_back(std::make_unique<TestTimer>());
    wheel.set(*timers.back(), kStart + milliseconds(i * 777));
  }
  wheel.advance(kStart + std::chrono::hours(2));
  for (const auto& timer : timers) EXPECT_EQ(timer->count, 1);
  EXPECT_FALSE(wheel.next());
}

TEST(TimerWheel, ACancelledOneIsNotCalled) {
  TimerWheel wheel(kStart);
  TestTimer timer;
  wheel.cancel(timer);  // not set: nothing to do
  wheel.set(timer, kStart + seconds(1));
  wheel.cancel(timer);
  wheel.advance(kStart + seconds(10));
  EXPECT_EQ(timer.count, 0);
  wheel.set(timer, kStart + seconds(11));
  wheel.advance(kStart + seconds(12));
  EXPECT_EQ(timer.count, 1);
}

TEST(TimerWheel, ADestroyedOneLeaves) {
  TimerWheel wheel(kStart);
  TestTimer stays;
  {
    TestTimer goes;
    wheel.set(goes, kStart + seconds(1));
    wheel.set(stays, kStart + seconds(1));
  }
  wheel.advance(kStart + seconds(2));
  EXPECT_EQ(stays.count, 1);
}

TEST(TimerWheel, AHandlerMaySetItselfAgain) {
  TimerWheel wheel(kStart);
  TestTimer timer;
  timer.then = [&](TimePoint now) { wheel.set(timer, now + seconds(1)); };
  wheel.set(timer, kStart + seconds(1));
  for (TimePoint now = kStart; now <= kStart + seconds(10); now += milliseconds(20))
    wheel.advance(now);
  EXPECT_GE(timer.count, 8);
  EXPECT_LE(timer.count, 10);
}

TEST(TimerWheel, AHandlerMayDestroyItselfAndAnother) {
  TimerWheel wheel(kStart);
  auto one = std::make_unique<TestTimer>();
  auto two = std::make_unique<TestTimer>();
  int calls = 0;
  one->then = two->then = [&](TimePoint) {
    ++calls;
    const auto function = std::move(one->then);  // outlives its timer
    one.reset();
    two.reset();
  };
  wheel.set(*one, kStart + seconds(1));
  wheel.set(*two, kStart + seconds(1));
  wheel.advance(kStart + seconds(2));
  EXPECT_EQ(calls, 1);
}

TEST(TimerWheel, TellsWhenToLookNext) {
  TimerWheel wheel(kStart);
  EXPECT_FALSE(wheel.next());
  TestTimer timer;
  wheel.set(timer, kStart + seconds(1));
  ASSERT_TRUE(wheel.next());
  EXPECT_GE(*wheel.next(), kStart + seconds(1));
  EXPECT_LE(*wheel.next(), kStart + seconds(1) + 2 * kTick);
  wheel.advance(*wheel.next());
  EXPECT_EQ(timer.count, 1) << "looking then is looking in time";
}

TEST(TimerWheel, FollowingNextCallsEverybodyInTime) {
  TimerWheel wheel(kStart);
  std::vector<std::unique_ptr<TestTimer>> timers;
  std::vector<TimePoint> deadlines;
  std::mt19937 random(3);
  for (int i = 0; i < 100; ++i) {
    timers.push_back(std::make_unique<TestTimer>());
    deadlines.push_back(kStart + milliseconds(random() % 200'000));
    wheel.set(*timers.back(), deadlines.back());
  }
  for (auto next = wheel.next(); next; next = wheel.next()) wheel.advance(*next);
  for (std::size_t i = 0; i < timers.size(); ++i) {
    EXPECT_EQ(timers[i]->count, 1);
    EXPECT_GE(timers[i]->at, deadlines[i]);
    EXPECT_LE(timers[i]->at, deadlines[i] + 2 * kTick);
  }
}

}  // namespace
}  // namespace encke
