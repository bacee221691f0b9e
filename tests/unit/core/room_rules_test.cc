#include "core/room_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/fake_store.h"
#include "support/test_hub.h"

namespace encke {
namespace {

TEST(RoomRules, HaveNames) {
  for (const auto rule : {RoomRule::kOpen, RoomRule::kReadOnly, RoomRule::kMembers}) {
    EXPECT_EQ(parse_room_rule(to_string(rule)), rule);
  }
  EXPECT_FALSE(parse_room_rule("Open"));
  EXPECT_FALSE(parse_room_rule(""));
}

TEST(RoomRules, OutliveARestart) {
  FakeStore store;
  {
    RoomRules rules(store);
    EXPECT_EQ(rules.of("den"), RoomRule::kOpen);
    rules.set("den", RoomRule::kMembers);
    rules.set("news", RoomRule::kReadOnly);
    rules.set("hall", RoomRule::kMembers);
    rules.set("hall", RoomRule::kOpen);
    EXPECT_TRUE(rules.invite("den", "bob"));
    EXPECT_FALSE(rules.invite("den", "bob"));
    rules.invite("den", "carl");
    EXPECT_TRUE(rules.uninvite("den", "carl"));
    EXPECT_FALSE(rules.uninvite("den", "carl"));
  }
  const RoomRules again(store);
  EXPECT_EQ(again.of("den"), RoomRule::kMembers);
  EXPECT_EQ(again.of("news"), RoomRule::kReadOnly);
  EXPECT_EQ(again.of("hall"), RoomRule::kOpen);
  EXPECT_EQ(again.invited("den"), std::vector<std::string>{"bob"});
  EXPECT_TRUE(again.is_invited("den", "bob"));
  EXPECT_FALSE(again.is_invited("den", "carl"));
  EXPECT_FALSE(again.is_invited("news", "bob"));
}

std::vector<std::string> names(const std::vector<RoomInfo>& rooms) {
  std::vector<std::string> names;
  for (const RoomInfo& info : rooms) names.push_back(info.room);
  return names;
}

TEST(RoomRules, InAReadOnlyRoomOperatorsSpeak) {
  TestHub t;
  t.hub.rules().set("lobby", RoomRule::kReadOnly);
  const auto alice = t.login("alice");
  EXPECT_EQ(error_of(t.say(alice, "hello")), ErrorCode::kReadOnlyRoom);
  EXPECT_TRUE(t.send(alice, {.text = "hear", .as_operator = true}));
  t.hub.rules().set("lobby", RoomRule::kOpen);
  EXPECT_TRUE(t.say(alice, "hello"));
}

TEST(RoomRules, AMembersRoomIsForWhoWasInvited) {
  TestHub t;
  t.hub.rules().set("den", RoomRule::kMembers);
  t.hub.rules().invite("den", "bob");
  const auto alice = t.login("alice");
  const auto bob = t.login("bob");
  EXPECT_EQ(error_of(t.hub.join(alice, "den")), ErrorCode::kMembersOnly);
  EXPECT_TRUE(t.hub.join(bob, "den"));
  EXPECT_EQ(names(t.hub.rooms(*alice)), std::vector<std::string>{"lobby"});
  EXPECT_EQ(names(t.hub.rooms(*alice, true)), (std::vector<std::string>{"den", "lobby"}));
  EXPECT_EQ(names(t.hub.rooms(*bob)), (std::vector<std::string>{"den", "lobby"}));
  EXPECT_TRUE(t.hub.join(alice, "den", true)) << "an operator may anywhere";
}

TEST(RoomRules, WhoIsTakenOutHearsNoMore) {
  TestHub t;
  const auto bob = t.login("bob");
  const auto carl = t.login("carl");
  ASSERT_TRUE(t.hub.join(bob, "den"));
  ASSERT_TRUE(t.hub.join(carl, "den"));
  EXPECT_TRUE(t.hub.take_out("bob", "den"));
  EXPECT_FALSE(t.hub.take_out("bob", "den"));
  EXPECT_FALSE(t.hub.take_out("nobody", "den"));
  EXPECT_TRUE(t.say(carl, "secret", "den"));
  for (const std::string& line : t.heard(bob)) EXPECT_EQ(line.find("secret"), std::string::npos);
  EXPECT_EQ(error_of(t.say(bob, "hello", "den")), ErrorCode::kNotInRoom);
}

}  // namespace
}  // namespace encke
