#include "core/bans.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fake_clock.h"
#include "support/fake_store.h"

namespace encke {
namespace {

using std::chrono::hours;

struct Book {
  FakeClock clock;
  FakeStore store;
  Bans bans{store, clock};
  bool has(const std::string& nickname) const { return bans.of(nickname).has_value(); }
  bool has_address(std::string_view text) const {
    return bans.of(*Address::parse(text)).has_value();
  }
  Ban net(std::string_view text) const { return {.network = Network::parse(text), .by = "op"}; }
};

TEST(Bans, KeepOutANickname) {
  Book book;
  EXPECT_FALSE(book.has("eve"));
  EXPECT_TRUE(book.bans.add({.nickname = "eve", .reason = "spam", .by = "op"}));
  ASSERT_TRUE(book.has("eve"));
  EXPECT_EQ(book.bans.of("eve")->reason, "spam");
  EXPECT_FALSE(book.has("Eve"));
  EXPECT_TRUE(book.bans.remove("eve"));
  EXPECT_FALSE(book.bans.remove("eve"));
  EXPECT_FALSE(book.has("eve"));
}

TEST(Bans, KeepOutAnAddressOrANetwork) {
  Book book;
  book.bans.add(book.net("192.0.2.7"));
  book.bans.add(book.net("10.0.0.0/8"));
  book.bans.add(book.net("2001:db8::/64"));
  EXPECT_TRUE(book.has_address("192.0.2.7"));
  EXPECT_FALSE(book.has_address("192.0.2.8"));
  EXPECT_TRUE(book.has_address("10.9.8.7"));
  EXPECT_TRUE(book.has_address("2001:db8::77"));
  EXPECT_FALSE(book.has_address("2001:db8:0:1::77"));
  EXPECT_TRUE(book.bans.remove(*Network::parse("10.0.0.0/8")));
  EXPECT_FALSE(book.has_address("10.9.8.7"));
  EXPECT_FALSE(book.bans.remove(*Network::parse("10.0.0.0/9")));
}

TEST(Bans, EndWhenTheyAreOver) {
  Book book;
  book.bans.add({.nickname = "eve", .until = book.clock.wall_now() + hours(1)});
  EXPECT_TRUE(book.has("eve"));
  book.clock.advance(hours(1));
  EXPECT_FALSE(book.has("eve"));
  EXPECT_TRUE(book.bans.all().empty());
  EXPECT_FALSE(book.bans.remove("eve"));
  EXPECT_TRUE(book.store.facts("ban").empty());
}

TEST(Bans, OutliveARestart) {
  Book book;
  book.bans.add({.nickname = "10.0.0.1", .reason = "a\tname", .by = "op"});
  Ban timed = book.net("10.0.0.0/8");
  timed.until = book.clock.wall_now() + hours(2);
  timed.reason = "noise";
  book.bans.add(timed);
  const Bans again(book.store, book.clock);
  ASSERT_EQ(again.all().size(), 2U);
  EXPECT_EQ(again.of("10.0.0.1")->reason, "a\tname");
  EXPECT_EQ(again.of("10.0.0.1")->by, "op");
  EXPECT_FALSE(again.of("10.0.0.1")->until);
  const auto network = again.of(*Address::parse("10.1.1.1"));
  ASSERT_TRUE(network);
  EXPECT_EQ(network->until, timed.until);
  EXPECT_EQ(network->network->text(), "10.0.0.0/8");
  book.clock.advance(hours(2));
  EXPECT_EQ(Bans(book.store, book.clock).all().size(), 1U);
}

TEST(Bans, WhatCannotBeReadIsNoBan) {
  Book book;
  book.store.keep({"ban", "@eve", "x"});
  book.store.keep({"ban", "@mallory", "soon\nop\nwhy"});
  book.store.keep({"ban", "nowhere", "0\nop\nwhy"});
  EXPECT_TRUE(Bans(book.store, book.clock).all().empty());
}

TEST(Bans, SayWhyAndUntilWhen) {
  EXPECT_EQ(Ban{.nickname = "eve"}.error().detail, "");
  EXPECT_EQ((Ban{.nickname = "eve", .reason = "spam"}.error().detail), "spam");
  EXPECT_EQ((Ban{.nickname = "eve", .reason = "spam", .until = FakeClock::kStart}.error().detail),
            "spam (until 2024-11-23 03:20 UTC)");
}

}  // namespace
}  // namespace encke
