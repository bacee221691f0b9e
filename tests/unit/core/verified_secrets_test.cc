#include "core/verified_secrets.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "support/fake_clock.h"
#include "support/fake_random.h"

namespace encke {
namespace {

using std::chrono::minutes;

class Verified : public testing::Test {
 protected:
  SecretHash hash(const std::string& secret) { return {secret, random, {.log2_n = 1}}; }

  FakeClock clock;
  FakeRandom random;
  VerifiedSecrets verified{minutes(10), 100, clock, random};
};

TEST_F(Verified, RemembersAPairAndNoOther) {
  const SecretHash alice = hash("s1");
  const SecretHash bob = hash("s1");
  EXPECT_FALSE(verified.knows(alice, "s1"));
  verified.add(alice, "s1");
  EXPECT_TRUE(verified.knows(alice, "s1"));
  EXPECT_FALSE(verified.knows(alice, "s2"));
  EXPECT_FALSE(verified.knows(alice, ""));
  EXPECT_FALSE(verified.knows(bob, "s1")) << "the same secret, of somebody else";
  EXPECT_FALSE(verified.knows(SecretHash(), ""));
}

TEST_F(Verified, ForgetsWhatIsNotAskedFor) {
  const SecretHash alice = hash("s1");
  verified.add(alice, "s1");
  clock.advance(minutes(10) - Duration(1));
  EXPECT_EQ(verified.size(), 1U);
  clock.advance(Duration(1));
  EXPECT_FALSE(verified.knows(alice, "s1"));
  EXPECT_EQ(verified.size(), 0U);
}

TEST_F(Verified, RemembersForLongerWhatIsUsedButNotForEver) {
  const SecretHash alice = hash("s1");
  verified.add(alice, "s1");
  for (int nines = 0; nines < 13; ++nines) {
    EXPECT_TRUE(verified.knows(alice, "s1")) << nines;
    clock.advance(minutes(9));
  }
  EXPECT_TRUE(verified.knows(alice, "s1")) << "after 117 minutes";
  clock.advance(minutes(3));
  EXPECT_FALSE(verified.knows(alice, "s1")) << "after 120 it is to be hashed again";
  verified.add(alice, "s1");
  EXPECT_TRUE(verified.knows(alice, "s1"));
}

TEST_F(Verified, ForgetsTheOldestOfTooMany) {
  std::vector<SecretHash> hashes;
  for (int i = 0; i < 101; ++i) {
    hashes.push_back(hash("s"));
    verified.add(hashes.back(), "s");
    verified.add(hashes.back(), "s");
  }
  EXPECT_EQ(verified.size(), 100U);
  EXPECT_FALSE(verified.knows(hashes.front(), "s"));
  EXPECT_TRUE(verified.knows(hashes[1], "s"));
  EXPECT_TRUE(verified.knows(hashes.back(), "s"));
}

TEST_F(Verified, RemembersNothingWhenTurnedOff) {
  VerifiedSecrets off(std::chrono::milliseconds(0), 100, clock, random);
  const SecretHash alice = hash("s1");
  off.add(alice, "s1");
  EXPECT_FALSE(off.knows(alice, "s1"));
}

TEST_F(Verified, IsUsedByManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        const SecretHash mine = hash("s");
        verified.add(mine, "s");
        (void)verified.knows(mine, "s");
        clock.advance(std::chrono::seconds(1));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(verified.size(), 100U);
}

}  // namespace
}  // namespace encke
