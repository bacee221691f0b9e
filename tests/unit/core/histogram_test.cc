#include "core/histogram.h"

#include <gtest/gtest.h>

namespace encke {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Histogram, CountsEachSpanInTheFirstBucketThatItFitsIn) {
  Histogram histogram;
  histogram.observe(milliseconds(1));  // an end is its bucket's
  histogram.observe(microseconds(1001));
  histogram.observe(seconds(10));
  histogram.observe(seconds(11));
  const auto taken = histogram.snapshot();
  EXPECT_EQ(taken.counts[1], 1u);
  EXPECT_EQ(taken.counts[2], 1u);
  EXPECT_EQ(taken.counts[Histogram::kBounds.size() - 1], 1u);
  EXPECT_EQ(taken.counts[Histogram::kBounds.size()], 1u);
  EXPECT_EQ(taken.total(), 4u);
  EXPECT_EQ(taken.sum, seconds(21) + microseconds(2001));
}

TEST(Histogram, TakesLessThanNothingForNothing) {
  Histogram histogram;
  histogram.observe(-seconds(5));
  EXPECT_EQ(histogram.snapshot().counts[0], 1u);
  EXPECT_EQ(histogram.snapshot().sum, microseconds(0));
}

TEST(Histogram, AddsUpWithAnother) {
  Histogram one;
  Histogram other;
  one.observe(milliseconds(1));
  other.observe(milliseconds(1));
  other.observe(seconds(1));
  one.add_to(other);
  EXPECT_EQ(other.snapshot().counts[1], 2u);
  EXPECT_EQ(other.snapshot().total(), 3u);
  EXPECT_EQ(other.snapshot().sum, seconds(1) + milliseconds(2));
}

}  // namespace
}  // namespace encke
