#include "api/limits.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_random.h"

namespace encke {
namespace {

using std::chrono::seconds;

struct Door {
  explicit Door(LimitOptions options) : limits(options, clock, random) {}
  FakeClock clock;
  FakeRandom random;
  Limits limits;
  const Address here = *Address::parse("192.0.2.1");
  const Address there = *Address::parse("192.0.2.2");
};

TEST(Limits, SayWhatWasTooMuchAndWhenToTryAgain) {
  Door door({.logins_per_address = 1, .burst = seconds(2)});
  EXPECT_TRUE(door.limits.login(door.here));
  EXPECT_TRUE(door.limits.login(door.here));
  const auto refused = door.limits.login(door.here);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRateLimited);
  EXPECT_EQ(refused.error().detail, "logins from your address");
  EXPECT_EQ(refused.error().retry_after, seconds(1));
  EXPECT_TRUE(door.limits.login(door.there));
  door.clock.advance(seconds(1));
  EXPECT_TRUE(door.limits.login(door.here));
}

TEST(Limits, AUserIsBoundedWhereverTheySendFrom) {
  Door door({.sends_per_user = 1, .burst = seconds(1)});
  EXPECT_TRUE(door.limits.send("alice", door.here));
  EXPECT_FALSE(door.limits.send("alice", door.there));
  EXPECT_TRUE(door.limits.send("bob", door.here));
}

TEST(Limits, AnAddressIsBoundedWhoeverSends) {
  Door door({.sends_per_user = 100, .sends_per_address = 1, .burst = seconds(1)});
  EXPECT_TRUE(door.limits.send("alice", door.here));
  EXPECT_FALSE(door.limits.send("bob", door.here));
  EXPECT_TRUE(door.limits.send("bob", door.there));
}

TEST(Limits, WhatOneRefusesAnotherDoesNotCount) {
  Door door({.sends_per_user = 1, .sends_per_address = 2, .burst = seconds(1)});
  EXPECT_TRUE(door.limits.send("alice", door.here));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(door.limits.send("alice", door.here));
  EXPECT_TRUE(door.limits.send("bob", door.here));
}

TEST(Limits, ImagesCountByTheirBytes) {
  Door door({.image_bytes_per_address = 1000, .burst = seconds(1)});
  EXPECT_TRUE(door.limits.send("alice", door.here, 600));
  EXPECT_FALSE(door.limits.send("alice", door.here, 600));
  EXPECT_TRUE(door.limits.send("alice", door.here));
  EXPECT_TRUE(door.limits.send("alice", door.here, 400));
  EXPECT_TRUE(door.limits.send("alice", door.there, 5000)) << "larger than the bucket, once";
}

}  // namespace
}  // namespace encke
