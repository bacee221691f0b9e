#include "images/header_reader.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>

namespace encke {
namespace {

TEST(HeaderReader, ReadsNumbersInBothByteOrders) {
  HeaderReader in("\x01\x02\x03\xFE\x01\x02\x03\xFE\xFF");
  EXPECT_EQ(in.big_endian(4), 0x010203FEU);
  EXPECT_EQ(in.little_endian(4), 0xFE030201U);
  EXPECT_EQ(in.byte(), 0xFFU);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.left(), 0U);
}

TEST(HeaderReader, PassesALiteralOnlyWhereItStands) {
  HeaderReader in("GIF89a");
  EXPECT_FALSE(in.pass("PNG"));
  EXPECT_FALSE(in.pass("GIF89a and more"));
  EXPECT_TRUE(in.ok());
  EXPECT_TRUE(in.pass("GIF"));
  EXPECT_EQ(in.left(), 3U);
}

TEST(HeaderReader, GivesZerosPastTheEndAndHasFailedForGood) {
  HeaderReader in("\xFF\xFF\xFF");
  EXPECT_EQ(in.big_endian(4), 0U);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.byte(), 0U) << "not even what would have been there";
  EXPECT_FALSE(in.ok());
}

TEST(HeaderReader, TakesAPartThatCannotSeeBehindItsEnd) {
  HeaderReader in("abcdef");
  HeaderReader part = in.take(2);
  part.skip(2);
  EXPECT_TRUE(part.ok());
  EXPECT_EQ(part.byte(), 0U);
  EXPECT_FALSE(part.ok());
  EXPECT_TRUE(in.ok()) << "the whole goes on";
  EXPECT_TRUE(in.pass("cdef"));
}

TEST(HeaderReader, FailsWithAPartThatIsLargerThanWhatIsLeft) {
  HeaderReader in("abc");
  HeaderReader part = in.take(std::numeric_limits<std::size_t>::max());
  EXPECT_FALSE(in.ok());
  EXPECT_FALSE(part.ok());
  EXPECT_EQ(part.left(), 0U);
}

}  // namespace
}  // namespace encke
