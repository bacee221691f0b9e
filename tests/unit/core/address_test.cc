#include "core/address.h"

#include <gtest/gtest.h>

#include <string>

namespace encke {
namespace {

std::string shown(std::string_view text) {
  const auto address = Address::parse(text);
  return address ? address->text() : "none";
}

TEST(Address, ReadsWhatPeopleAndProxiesWrite) {
  EXPECT_EQ(shown("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(shown("10.0.0.1:8080"), "10.0.0.1");
  EXPECT_EQ(shown("2001:DB8::1"), "2001:db8::1");
  EXPECT_EQ(shown("[2001:db8::1]"), "2001:db8::1");
  EXPECT_EQ(shown("[2001:db8::1]:443"), "2001:db8::1");
  EXPECT_EQ(shown("::ffff:10.0.0.1"), "10.0.0.1");
}

TEST(Address, ReadsNothingElse) {
  for (const char* text :
       {"", "unknown", "10.0.0", "10.0.0.256", "10.0.0.1:", "10.0.0.1:99999", "[::1", "[10.0.0.1]",
        "::1%lo", "1.2.3.4 ", "_hidden", "[::1]x", "10.0.0.1:8x"}) {
    EXPECT_EQ(shown(text), "none") << text;
  }
  EXPECT_FALSE(Address::parse(std::string_view("10.0.0.1\0", 9)));
  EXPECT_FALSE(Address::parse(std::string(5000, '1')));
}

TEST(Address, AnIpv6OwnerHasAWhole64) {
  EXPECT_EQ(Address::parse("2001:db8:1:2:3:4:5:6")->owner().text(), "2001:db8:1:2::");
  EXPECT_EQ(Address::parse("10.1.2.3")->owner().text(), "10.1.2.3");
}

TEST(Network, HasWhatBeginsLikeIt) {
  const auto has = [](std::string_view network, std::string_view address) {
    return Network::parse(network)->has(*Address::parse(address));
  };
  EXPECT_TRUE(has("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(has("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(has("10.0.0.0/9", "10.127.0.1"));
  EXPECT_FALSE(has("10.0.0.0/9", "10.128.0.1"));
  EXPECT_TRUE(has("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(has("10.0.0.1", "10.0.0.2"));
  EXPECT_TRUE(has("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(has("2001:db8::/32", "2001:db9::1"));
  EXPECT_TRUE(has("0.0.0.0/0", "1.2.3.4"));
  EXPECT_FALSE(has("0.0.0.0/0", "::1"));
  EXPECT_TRUE(has("::/0", "1.2.3.4"));
}

TEST(Network, HasOneSpelling) {
  EXPECT_EQ(Network::parse("10.1.2.3/8")->text(), "10.0.0.0/8");
  EXPECT_EQ(Network::parse("2001:db8::1/32")->text(), "2001:db8::/32");
  EXPECT_EQ(Network::parse("10.1.2.3/32")->text(), "10.1.2.3");
  for (const char* text :
       {"", "/8", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0.1:80"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

}  // namespace
}  // namespace encke
