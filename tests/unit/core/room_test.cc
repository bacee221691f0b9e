#include "core/room.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/events.h"
#include "support/fake_clock.h"

namespace encke {
namespace {

const MailboxLimits kLimits;

MailboxPtr new_mailbox() { return make_ref<Mailbox>(kLimits, Position{1, 0}, FakeClock().now()); }

std::string news(Room& room, std::size_t max_changes = 50) {
  const auto event = room.take_news(max_changes);
  return event ? line(*event) : "nothing";
}

TEST(Room, KnowsItsMembers) {
  Room room("lobby");
  EXPECT_TRUE(room.add("alice", new_mailbox()));
  EXPECT_TRUE(room.add("bob", new_mailbox()));
  EXPECT_FALSE(room.add("alice", new_mailbox())) << "is a member already";
  EXPECT_EQ(room.members(), 2U);
  EXPECT_TRUE(room.has("alice"));
  EXPECT_TRUE(room.remove("alice"));
  EXPECT_FALSE(room.remove("alice"));
  EXPECT_FALSE(room.has("alice"));
  EXPECT_EQ(room.members(), 1U);
}

TEST(Room, DeliversToEveryMemberAndNobodyElse) {
  Room room("lobby");
  const auto alice = new_mailbox();
  const auto bob = new_mailbox();
  const auto carol = new_mailbox();
  room.add("alice", alice);
  room.add("bob", bob);
  room.add("carol", carol);
  room.remove("bob");
  WakeList wakes;
  room.deliver(message_at({1, 1}), wakes);
  EXPECT_EQ(alice->size(), 1U);
  EXPECT_EQ(bob->size(), 0U);
  EXPECT_EQ(carol->size(), 1U);
}

TEST(Room, KeepsNamesAndMailboxesTogetherWhoeverLeaves) {
  std::mt19937 random(1);
  Room room("lobby");
  std::map<std::string, MailboxPtr> members;
  std::uint64_t offset = 0;
  for (int round = 0; round < 1000; ++round) {
    const std::string name = "user" + std::to_string(random() % 12);
    if (random() % 2 == 0) {
      const auto mailbox = new_mailbox();
      EXPECT_EQ(room.add(name, mailbox), members.emplace(name, mailbox).second);
    } else {
      EXPECT_EQ(room.remove(name), members.erase(name) == 1);
    }
    std::vector<std::string> names;
    std::map<std::string, std::size_t> sizes;
    for (const auto& [member, mailbox] : members) {
      names.push_back(member);
      sizes[member] = mailbox->size();
    }
    ASSERT_EQ(room.list("", 100), names);
    WakeList wakes;
    room.deliver(message_at({1, ++offset}), wakes);
    for (const auto& [member, mailbox] : members) {
      ASSERT_EQ(mailbox->size(), std::min<std::size_t>(sizes[member] + 1, kLimits.max_events));
    }
  }
}

TEST(Room, ListsItsMembersSortedPageByPage) {
  Room room("lobby");
  for (const char* name : {"dave", "alice", "carol", "bob"}) room.add(name, new_mailbox());
  using Names = std::vector<std::string>;
  EXPECT_EQ(room.list("", 3), (Names{"alice", "bob", "carol"}));
  EXPECT_EQ(room.list("carol", 3), (Names{"dave"}));
  EXPECT_EQ(room.list("bz", 1), (Names{"carol"})) << "after a name that is no member";
  EXPECT_EQ(room.list("dave", 3), Names{});
  EXPECT_EQ(room.list("", 0), Names{});
}

TEST(Room, GathersNewsIntoOneEvent) {
  Room room("lobby");
  EXPECT_TRUE(room.note("alice", true)) << "the first news";
  EXPECT_FALSE(room.note("bob", true));
  EXPECT_EQ(news(room), "lobby 2 +alice +bob");
  EXPECT_EQ(news(room), "nothing") << "it is told once";
  EXPECT_TRUE(room.note("alice", false)) << "first again";
  EXPECT_EQ(news(room), "lobby 1 -alice");
  EXPECT_EQ(room.online(), 1U);
}

TEST(Room, SaysNothingOfChangesThatCancelEachOther) {
  Room room("lobby");
  room.note("alice", true);
  room.note("alice", false);
  EXPECT_EQ(news(room), "nothing");
  EXPECT_TRUE(room.note("bob", true));
  EXPECT_FALSE(room.note("alice", true));
  EXPECT_FALSE(room.note("alice", false));
  EXPECT_FALSE(room.note("alice", true));
  EXPECT_EQ(news(room), "lobby 2 +bob +alice");
}

TEST(Room, SaysNothingOfOneWhoWentAndCameBack) {
  Room room("lobby");
  room.note("alice", true);
  news(room);
  room.note("alice", false);
  room.note("alice", true);
  EXPECT_EQ(news(room), "nothing");
  EXPECT_EQ(room.online(), 1U);
}

TEST(Room, NamesSomeOfManyChangesAndCountsTheRest) {
  Room room("lobby");
  for (int i = 0; i < 10; ++i) room.note("user" + std::to_string(i), true);
  EXPECT_EQ(news(room, 3), "lobby 10 +user0 +user1 +user2 and 7 more");
  EXPECT_EQ(news(room, 3), "nothing") << "the rest is counted, not kept";
}

TEST(Room, NamesExactlyAsManyChangesAsItMay) {
  Room room("lobby");
  for (int i = 0; i < 3; ++i) room.note("user" + std::to_string(i), true);
  EXPECT_EQ(news(room, 3), "lobby 3 +user0 +user1 +user2");
}

TEST(Room, NamesEveryChangeWhenTheLimitIsZero) {
  Room room("lobby");
  for (int i = 0; i < 3; ++i) room.note("user" + std::to_string(i), true);
  EXPECT_EQ(news(room, 0), "lobby 3 +user0 +user1 +user2");
}

TEST(Room, StaysWholeWhileManyThreadsComeAndGo) {
  Room room("lobby");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      WakeList wakes;
      for (int i = 0; i < 200; ++i) {
        const std::string name = std::to_string(t) + "-" + std::to_string(i);
        room.add(name, new_mailbox());
        room.note(name, true);
        room.deliver(message_at({1, 1}), wakes);
        room.take_news(10);
        room.list("", 10);
        if (i % 2 == 0) room.remove(name);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(room.members(), 400U);
  EXPECT_EQ(room.online(), 800U);
}

}  // namespace
}  // namespace encke
