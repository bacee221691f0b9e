#include "core/secret_guard.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/fake_clock.h"
#include "support/fake_random.h"

namespace encke {
namespace {

using std::chrono::seconds;
using Outcome = SecretGuard::Outcome;

Address address(const std::string& text) { return Address::parse(text).value(); }

class Guard : public testing::Test {
 protected:
  // How many of so many tries at once are let through.
  int let_through(int tries, const std::string& from, const std::string& nickname) {
    int through = 0;
    for (int i = 0; i < tries; ++i) through += guard.begin(address(from), nickname) ? 0 : 1;
    return through;
  }

  FakeClock clock;
  FakeRandom random;
  SecretGuard guard{SecretTries{}, clock, random};
};

TEST_F(Guard, LetsFiveGuessesAtANicknameThroughAndThenOneInTwelveSeconds) {
  EXPECT_EQ(let_through(10, "192.0.2.1", "alice"), 5);
  EXPECT_EQ(guard.begin(address("192.0.2.1"), "alice"), seconds(12));
  clock.advance(seconds(11));
  EXPECT_EQ(guard.begin(address("192.0.2.1"), "alice"), seconds(1));
  clock.advance(seconds(1));
  EXPECT_EQ(let_through(10, "192.0.2.1", "alice"), 1);
  clock.advance(seconds(60));
  EXPECT_EQ(let_through(10, "192.0.2.1", "alice"), 5);
}

TEST_F(Guard, LetsOthersTryMeanwhile) {
  let_through(10, "192.0.2.1", "alice");
  EXPECT_EQ(let_through(10, "192.0.2.1", "bob"), 5);
  EXPECT_EQ(let_through(10, "192.0.2.2", "alice"), 5);
}

TEST_F(Guard, BoundsAnAddressThatTriesManyNicknames) {
  int through = 0;
  for (int i = 0; i < 100; ++i) through += let_through(1, "192.0.2.1", "user" + std::to_string(i));
  EXPECT_EQ(through, 30);
  EXPECT_EQ(let_through(1, "192.0.2.2", "user0"), 1);
  clock.advance(seconds(2));
  EXPECT_EQ(let_through(3, "192.0.2.1", "somebody"), 1);
}

TEST_F(Guard, BoundsManyAddressesThatTryOneNickname) {
  int through = 0;
  for (int i = 0; i < 200; ++i) through += let_through(1, "192.0.2." + std::to_string(i), "alice");
  EXPECT_EQ(through, 100);
  EXPECT_EQ(let_through(1, "192.0.2.1", "bob"), 1);
  clock.advance(seconds(1));
  EXPECT_EQ(let_through(9, "203.0.113.9", "alice"), 1) << "the owner is not locked out for long";
}

TEST_F(Guard, TakesANetworkOfIpv6ForOneAddress) {
  int through = 0;
  for (int i = 0; i < 10; ++i) through += let_through(1, "2001:db8::" + std::to_string(i), "alice");
  EXPECT_EQ(through, 5);
  EXPECT_EQ(let_through(1, "2001:db8:0:1::1", "alice"), 1);
  EXPECT_EQ(let_through(10, "::ffff:192.0.2.1", "carol"), 5);
  EXPECT_EQ(let_through(10, "::ffff:192.0.2.2", "carol"), 5) << "not one /64, though written so";
}

TEST_F(Guard, CountsNoTryThatWasRight) {
  for (int i = 0; i < 200; ++i) {
    ASSERT_FALSE(guard.begin(address("192.0.2.1"), "alice")) << i;
    guard.forgive(address("192.0.2.1"), "alice", Outcome::kRight);
  }
  EXPECT_EQ(let_through(10, "192.0.2.1", "alice"), 5);
}

TEST_F(Guard, CountsANewNicknameForItsAddressAlone) {
  int through = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string nickname = "new" + std::to_string(i);
    if (guard.begin(address("192.0.2.1"), nickname)) continue;
    guard.forgive(address("192.0.2.1"), nickname, Outcome::kNew);
    ++through;
  }
  EXPECT_EQ(through, 30);
  EXPECT_EQ(let_through(10, "192.0.2.2", "new0"), 5);
}

TEST_F(Guard, CountsATryFromItsBeginning) {
  std::atomic<int> through{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { through += let_through(20, "192.0.2.1", "alice"); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(through, 5) << "none of them has been judged yet";
}

TEST_F(Guard, CountsNothingOfWhatItRefuses) {
  let_through(5, "192.0.2.1", "alice");
  let_through(1000, "192.0.2.1", "alice");
  EXPECT_EQ(let_through(100, "192.0.2.1", "bob"), 5);
  clock.advance(seconds(12));
  EXPECT_EQ(let_through(100, "192.0.2.1", "alice"), 1);
}

TEST_F(Guard, LimitsNothingThatIsZero) {
  SecretGuard off({0, 0, 0}, clock, random);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(off.begin(address("192.0.2.1"), "alice"));
  off.forgive(address("192.0.2.1"), "alice", Outcome::kRight);
}

}  // namespace
}  // namespace encke
