#include "api/credentials.h"

#include <gtest/gtest.h>

namespace encke {
namespace {

TEST(Credentials, StandBehindTheirScheme) {
  EXPECT_EQ(credentials("Bearer abc", "Bearer"), "abc");
  EXPECT_EQ(credentials("bEARER   abc", "Bearer"), "abc");
  EXPECT_EQ(credentials("Bearer a b", "Bearer"), "a b");
  for (const char* other : {"", "Bearer", "Bearer ", "Bearerabc", "Basic abc", " Bearer abc"}) {
    EXPECT_EQ(credentials(other, "Bearer"), "") << other;
  }
}

TEST(Cookie, IsTheFirstOfItsName) {
  EXPECT_EQ(cookie("encke=abc", "encke"), "abc");
  EXPECT_EQ(cookie("a=b; encke=abc; encke=def", "encke"), "abc");
  EXPECT_EQ(cookie("encke=a=b;x=y", "encke"), "a=b");
  for (const char* none : {"", ";", "encke", "Encke=abc", "xencke=abc", "enckes=abc", "x=encke=abc",
                           "encke =abc", "encke="}) {
    EXPECT_EQ(cookie(none, "encke"), "") << none;
  }
}

TEST(ParseBasic, SplitsAtTheFirstColon) {
  const auto basic = parse_basic("YWxpY2U6czNjOnJldA==");
  ASSERT_TRUE(basic);
  EXPECT_EQ(basic->nickname, "alice");
  EXPECT_EQ(basic->secret, "s3c:ret");
  EXPECT_EQ(parse_basic("YWxpY2U6")->secret, "");
}

TEST(ParseBasic, RefusesWhatIsNoPair) {
  for (const char* wrong : {"", "YWxpY2U=", "YWxpY2U6czNjOnJldA", "!!!!"}) {
    EXPECT_FALSE(parse_basic(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace encke
