#include "api/params.h"

#include <gtest/gtest.h>

namespace encke {
namespace {

TEST(Params, ReadsNamesAndValues) {
  const Params params = Params::parse("a=1&b=two+words&c=%E4%BD%A0&d&=e&f=g=h");
  EXPECT_EQ(params.get("a"), "1");
  EXPECT_EQ(params.get("b"), "two words");
  EXPECT_EQ(params.get("c"), "你");
  ASSERT_NE(params.find("d"), nullptr);
  EXPECT_EQ(params.get("d"), "");
  EXPECT_EQ(params.get(""), "e");
  EXPECT_EQ(params.get("f"), "g=h");
  EXPECT_EQ(params.find("x"), nullptr);
  EXPECT_EQ(params.get("x"), "");
}

TEST(Params, TheFirstOfANameCounts) { EXPECT_EQ(Params::parse("a=1&a=2").get("a"), "1"); }

TEST(Params, PassesOverEmptyPairs) {
  EXPECT_TRUE(Params::parse("").empty());
  EXPECT_TRUE(Params::parse("&&&").empty());
  EXPECT_EQ(Params::parse("&a=1&").get("a"), "1");
}

TEST(Params, DecodesNamesToo) { EXPECT_EQ(Params::parse("n%61me=x").get("name"), "x"); }

TEST(PercentDecode, LeavesWhatIsNoCode) {
  EXPECT_EQ(percent_decode("100%", false), "100%");
  EXPECT_EQ(percent_decode("%4", false), "%4");
  EXPECT_EQ(percent_decode("%zz%-1%+1% 1", false), "%zz%-1%+1% 1");
  EXPECT_EQ(percent_decode("%41%4a%4A", false), "AJJ");
  EXPECT_EQ(percent_decode("%2541", false), "%41") << "once";
  EXPECT_EQ(percent_decode("%00", false), std::string(1, '\0'));
}

TEST(PercentDecode, TakesAPlusForASpaceIfSoWanted) {
  EXPECT_EQ(percent_decode("a+b%2Bc", true), "a b+c");
  EXPECT_EQ(percent_decode("a+b%2Bc", false), "a+b+c");
}

TEST(ParseNumber, ReadsWholeNumbersInARange) {
  EXPECT_EQ(parse_number("0", 0, 10), 0);
  EXPECT_EQ(parse_number("10", 0, 10), 10);
  EXPECT_EQ(parse_number("007", 0, 10), 7);
  for (const char* text :
       {"", "11", "-1", "+1", " 1", "1 ", "1.0", "1e1", "x", "0x1", "99999999999999999999"}) {
    EXPECT_FALSE(parse_number(text, 0, 10)) << text;
  }
}

}  // namespace
}  // namespace encke
