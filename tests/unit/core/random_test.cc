#include "core/random.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "support/fake_random.h"

namespace encke {
namespace {

TEST(Random, StaysBelowItsBoundAndReachesAllOfIt) {
  FakeRandom random;
  std::set<std::uint64_t> values;
  for (int i = 0; i < 1000; ++i) values.insert(random_below(random, 10));
  EXPECT_EQ(values.size(), 10U);
  EXPECT_EQ(*values.rbegin(), 9U);
}

TEST(Random, IsZeroBelowZeroAndBelowOne) {
  FakeRandom random;
  EXPECT_EQ(random_below(random, 0), 0U);
  EXPECT_EQ(random_below(random, 1), 0U);
}

TEST(SystemRandom, FillsEveryByteAnewEachTime) {
  SystemRandom random;
  std::array<std::byte, 64> first{};
  std::array<std::byte, 64> second{};
  random.fill(first);
  random.fill(second);
  EXPECT_NE(first, second);
  const std::set<std::byte> tail(first.begin() + 32, first.end());
  EXPECT_GT(tail.size(), 8U) << "the end is filled as well";
}

}  // namespace
}  // namespace encke
