#include "core/rate_limiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/fake_clock.h"
#include "support/fake_random.h"

namespace encke {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Limited {
  explicit Limited(Rate rate, std::size_t names = 1024) : limiter(rate, random, names) {}
  bool take(const std::string& name, double cost = 1) {
    return !limiter.take(name, clock.now(), cost);
  }
  /// How many in a row are let through.
  int count(const std::string& name) {
    int count = 0;
    while (count < 1000 && take(name)) ++count;
    return count;
  }
  FakeClock clock;
  FakeRandom random;
  RateLimiter limiter;
};

TEST(RateLimiter, GivesABurstAndThenItsRate) {
  Limited l({2, 10});
  EXPECT_EQ(l.count("alice"), 10);
  l.clock.advance(milliseconds(499));
  EXPECT_FALSE(l.take("alice"));
  l.clock.advance(milliseconds(1));
  EXPECT_TRUE(l.take("alice"));
  EXPECT_FALSE(l.take("alice"));
  l.clock.advance(seconds(3));
  EXPECT_EQ(l.count("alice"), 6);
}

TEST(RateLimiter, ABucketHoldsNoMoreThanABurst) {
  Limited l({2, 10});
  l.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(l.count("alice"), 10);
  l.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(l.count("alice"), 10);
}

TEST(RateLimiter, SaysHowLongToWait) {
  Limited l({0.5, 1});
  EXPECT_TRUE(l.take("alice"));
  EXPECT_EQ(l.limiter.take("alice", l.clock.now()), Duration(seconds(2)));
  l.clock.advance(milliseconds(500));
  EXPECT_EQ(l.limiter.wait_for("alice", l.clock.now()), Duration(milliseconds(1500)));
  l.clock.advance(milliseconds(1500));
  EXPECT_EQ(l.limiter.wait_for("alice", l.clock.now()), std::nullopt);
  EXPECT_TRUE(l.take("alice"));
  EXPECT_EQ(whole_seconds(milliseconds(1)), seconds(1));
  EXPECT_EQ(whole_seconds(milliseconds(1001)), seconds(2));
}

TEST(RateLimiter, WhatIsRefusedCostsNothing) {
  Limited l({1, 1});
  EXPECT_TRUE(l.take("alice"));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(l.take("alice"));
  l.clock.advance(seconds(1));
  EXPECT_TRUE(l.take("alice"));
}

TEST(RateLimiter, EverybodyHasABucket) {
  Limited l({1, 3});
  EXPECT_EQ(l.count("alice"), 3);
  EXPECT_EQ(l.count("bob"), 3);
  EXPECT_FALSE(l.take("alice"));
}

TEST(RateLimiter, ZeroIsNoLimit) {
  Limited l({0, 0});
  EXPECT_TRUE(l.limiter.is_off());
  EXPECT_EQ(l.count("alice"), 1000);
}

TEST(RateLimiter, WhatIsLargerThanABucketIsGivenByAFullOneAndOwed) {
  Limited l({10, 100});
  EXPECT_TRUE(l.take("alice", 300));
  EXPECT_FALSE(l.take("alice"));
  l.clock.advance(seconds(20));
  EXPECT_FALSE(l.take("alice"));
  l.clock.advance(seconds(1));
  EXPECT_TRUE(l.take("alice"));
}

TEST(RateLimiter, AFloodOfNamesForgetsThoseWhoDidLeast) {
  Limited l({1, 50}, 8);  // one row
  l.take("alice", 50);
  EXPECT_FALSE(l.take("alice"));
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(l.take("flood" + std::to_string(i)));
  EXPECT_FALSE(l.take("alice"));
}

TEST(RateLimiter, ThreadsTogetherGetNoMoreThanOne) {
  Limited l({0.001, 500});
  std::atomic<int> given{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) given += l.take("alice");
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(given, 500);
}

}  // namespace
}  // namespace encke
