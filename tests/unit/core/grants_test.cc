#include "core/grants.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_store.h"

namespace encke {
namespace {

using std::chrono::minutes;

TEST(Grants, NobodyHasAnyAtFirst) {
  FakeClock clock;
  FakeStore store;
  const Grants grants(store, clock);
  EXPECT_FALSE(grants.operator_until("alice"));
  EXPECT_TRUE(grants.may_join("alice", "anywhere"));
}

TEST(Grants, AnOperatorIsOneNoLongerThanTheTokenSays) {
  FakeClock clock;
  FakeStore store;
  Grants grants(store, clock);
  EXPECT_TRUE(grants.set("alice", {.operator_until = clock.wall_now() + minutes(5)}));
  EXPECT_FALSE(grants.set("alice", {.operator_until = clock.wall_now() + minutes(5)}));
  EXPECT_TRUE(grants.operator_until("alice"));
  EXPECT_FALSE(grants.operator_until("bob"));
  clock.advance(minutes(5));
  EXPECT_FALSE(grants.operator_until("alice"));
  EXPECT_FALSE(Grants(store, clock).operator_until("alice"));
  EXPECT_TRUE(store.facts("grant").empty());
}

TEST(Grants, WhoIsConfinedToRoomsStaysSo) {
  FakeClock clock;
  FakeStore store;
  Grants grants(store, clock);
  grants.set("bob", {.rooms = std::set<std::string>{"den", "*"}});
  grants.set("carl", {.rooms = std::set<std::string>{}});
  grants.set("dora", {.operator_until = Grants::kForever});
  const Grants again(store, clock);
  EXPECT_TRUE(again.may_join("bob", "den"));
  EXPECT_TRUE(again.may_join("bob", "*"));
  EXPECT_FALSE(again.may_join("bob", "lobby"));
  EXPECT_FALSE(again.may_join("carl", "den"));
  EXPECT_TRUE(again.may_join("dora", "den"));
  EXPECT_EQ(again.operator_until("dora"), Grants::kForever);
}

TEST(Grants, OfWhoIsThereNoMoreAreForgotten) {
  FakeClock clock;
  FakeStore store;
  Grants grants(store, clock);
  grants.set("bob", {.rooms = std::set<std::string>{"den"}});
  grants.set("carl", {.operator_until = Grants::kForever});
  grants.forget_absent([](const std::string& nickname) { return nickname == "bob"; });
  EXPECT_EQ(grants.rooms_of("bob"), (std::set<std::string>{"den"}));
  EXPECT_FALSE(grants.operator_until("carl"));
  EXPECT_EQ(store.facts("grant").size(), 1U);
  grants.forget_absent([](const std::string&) { return false; });
  EXPECT_TRUE(store.facts("grant").empty());
}

TEST(Grants, SomebodyElseOfTheNameHasNone) {
  FakeClock clock;
  FakeStore store;
  Grants grants(store, clock);
  grants.set("bob", {.operator_until = Grants::kForever});
  grants.forget("bob");
  EXPECT_FALSE(grants.operator_until("bob"));
  EXPECT_TRUE(store.facts("grant").empty());
}

}  // namespace
}  // namespace encke
