#include "net/acceptor.h"

#include <gtest/gtest.h>

#include <latch>
#include <string>
#include <thread>

namespace encke {
namespace {

using Verdict = ConnectionCounter::Verdict;

Address address(int last) { return *Address::parse("10.0.0." + std::to_string(last)); }

TEST(ConnectionCounter, BoundsThemAll) {
  ConnectionCounter counter(2, 0);
  EXPECT_EQ(counter.enter(address(1)), Verdict::kIn);
  EXPECT_EQ(counter.enter(address(2)), Verdict::kIn);
  EXPECT_EQ(counter.enter(address(3)), Verdict::kTooMany);
  EXPECT_EQ(counter.count(), 2u);
  counter.leave(address(1));
  EXPECT_EQ(counter.enter(address(3)), Verdict::kIn);
}

TEST(ConnectionCounter, BoundsThoseOfAnAddress) {
  ConnectionCounter counter(0, 2);
  EXPECT_EQ(counter.enter(address(1)), Verdict::kIn);
  EXPECT_EQ(counter.enter(address(1)), Verdict::kIn);
  EXPECT_EQ(counter.enter(address(1)), Verdict::kTooManyFromAddress);
  EXPECT_EQ(counter.enter(address(2)), Verdict::kIn);
  counter.leave(address(1));
  EXPECT_EQ(counter.enter(address(1)), Verdict::kIn);
}

TEST(ConnectionCounter, ZeroIsNoBound) {
  ConnectionCounter counter(0, 0);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(counter.enter(address(1)), Verdict::kIn);
  EXPECT_EQ(counter.count(), 10'000u);
}

TEST(ConnectionCounter, APlaceIsGivenBackOnce) {
  ConnectionCounter counter(0, 0);
  {
    ASSERT_EQ(counter.enter(address(1)), Verdict::kIn);
    Place place(counter, address(1));
    Place moved(std::move(place));
    Place assigned;
    assigned = std::move(moved);
    EXPECT_EQ(assigned.address(), address(1));
    EXPECT_EQ(counter.count(), 1u);
  }
  EXPECT_EQ(counter.count(), 0u);
}

TEST(ConnectionCounter, WaitsUntilTheLastHasLeft) {
  ConnectionCounter counter(0, 0);
  ASSERT_EQ(counter.enter(address(1)), Verdict::kIn);
  ASSERT_EQ(counter.enter(address(2)), Verdict::kIn);
  std::latch leaving(1);
  std::thread leaver([&] {
    leaving.wait();
    counter.leave(address(1));
    counter.leave(address(2));
  });
  leaving.count_down();
  counter.wait_until_empty(std::chrono::steady_clock::now() + std::chrono::minutes(1));
  EXPECT_EQ(counter.count(), 0u);
  leaver.join();
}

TEST(ConnectionCounter, GivesUpWaitingAtTheDeadline) {
  ConnectionCounter counter(0, 0);
  ASSERT_EQ(counter.enter(address(1)), Verdict::kIn);
  counter.wait_until_empty(std::chrono::steady_clock::now());
  EXPECT_EQ(counter.count(), 1u);
}

TEST(ConnectionCounter, ThoseBehindAProxyAreNotOneAddress) {
  ConnectionCounter counter(0, 2, {*Network::parse("10.0.0.1")});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(counter.enter(address(1)), Verdict::kIn);
  EXPECT_EQ(counter.enter(address(2)), Verdict::kIn);
  EXPECT_EQ(counter.enter(address(2)), Verdict::kIn);
  EXPECT_EQ(counter.enter(address(2)), Verdict::kTooManyFromAddress);
}

TEST(ConnectionCounter, AWhole64OfIpv6IsOneAddress) {
  ConnectionCounter counter(0, 1);
  EXPECT_EQ(counter.enter(*Address::parse("2001:db8::1")), Verdict::kIn);
  EXPECT_EQ(counter.enter(*Address::parse("2001:db8::2")), Verdict::kTooManyFromAddress);
  EXPECT_EQ(counter.enter(*Address::parse("2001:db8:0:1::1")), Verdict::kIn);
  counter.leave(*Address::parse("2001:db8::1"));
  EXPECT_EQ(counter.enter(*Address::parse("2001:db8::2")), Verdict::kIn);
}

}  // namespace
}  // namespace encke
