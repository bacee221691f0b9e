#include "core/position.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace encke {
namespace {

TEST(Position, IsWrittenAsAHexadecimalEpochAndADecimalOffset) {
  EXPECT_EQ(to_string({0xBEEF, 1234}), "beef-1234");
  EXPECT_EQ(to_string({0, 0}), "0-0");
  EXPECT_EQ(to_string({UINT64_MAX, UINT64_MAX}), "ffffffffffffffff-18446744073709551615");
}

TEST(Position, IsReadBackAsItWasWritten) {
  for (const Position position : {Position{0, 0}, Position{1, 0}, Position{0, 1}, Position{0xA, 10},
                                  Position{0xF00DF00D, 99}, Position{UINT64_MAX, UINT64_MAX}}) {
    EXPECT_EQ(parse_position(to_string(position)), position) << to_string(position);
  }
}

TEST(Position, RefusesEverySpellingButItsOwn) {
  for (const char* text : {"",
                           "-",
                           "1",
                           "1-",
                           "-1",
                           "1-1-1",
                           "01-1",
                           "1-01",
                           "1-00",
                           "00-1",
                           "A-1",
                           "aB-1",
                           "g-1",
                           "1-a",
                           " 1-1",
                           "1-1 ",
                           "1 -1",
                           "+1-1",
                           "1-+1",
                           "1--1",
                           "0x1-1",
                           "1-0x1",
                           "1_1",
                           "1-1\n",
                           "latest",
                           "earliest",
                           "10000000000000000-1",
                           "1-18446744073709551616",
                           "1-99999999999999999999999999"}) {
    EXPECT_FALSE(parse_position(text)) << text;
  }
  EXPECT_FALSE(parse_position(std::string("1-1\0", 4)));
}

}  // namespace
}  // namespace encke
