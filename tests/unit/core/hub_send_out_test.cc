// Sent out by an operator: told why, and gone.
#include <gtest/gtest.h>

#include <chrono>

#include "core/hub.h"
#include "support/fake_store.h"
#include "support/test_hub.h"

namespace encke {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct SendOut : testing::Test, TestHub {
  bool send_out() { return hub.send_out("alice", "out", {ErrorCode::kKicked}); }
};

TEST_F(SendOut, TellsThatTheyWentAndThenWhy) {
  const auto alice = login("alice");
  const auto bob = login("bob");
  settle();
  ASSERT_TRUE(send_out());
  EXPECT_EQ(heard(alice), (Lines{"lobby 2 +alice +bob"}));
  settle();
  EXPECT_EQ(heard(alice), (Lines{"lobby 2 +alice +bob", "lobby 1 -alice", "nouser"}));
  EXPECT_TRUE(read(alice).closed);
  EXPECT_TRUE(hub.login("alice", "")) << "the nickname is free";
}

TEST_F(SendOut, NeedsNoNewsOfOneWhoIsAway) {
  const auto alice = login("alice");
  ASSERT_TRUE(hub.join(alice, "attic"));
  advance(hub.options().gone_after + seconds(1));
  ASSERT_EQ(hub.counters().gone, 1U);
  ASSERT_TRUE(send_out());
  advance(milliseconds(1));
  EXPECT_EQ(heard(alice).back(), "nouser");
  EXPECT_TRUE(read(alice).closed);
  EXPECT_TRUE(hub.login("alice", "")) << "the nickname is free";
}

TEST_F(SendOut, TellsOneWhoIsJustGoingAwayThatTheyWentBeforeWhy) {
  const auto alice = login("alice");
  settle();
  hub.seen(alice->user);
  advance(hub.options().gone_after);
  ASSERT_EQ(hub.counters().gone, 1U);
  EXPECT_EQ(heard(alice), (Lines{"lobby 1 +alice"})) << "not told yet";
  ASSERT_TRUE(send_out());
  settle();
  EXPECT_EQ(heard(alice), (Lines{"lobby 1 +alice", "lobby 0 -alice", "nouser"}));
}

TEST(SendOutOfADurableChat, WaitsForNewsThatAreOnTheirWayToTheDisk) {
  FakeStore store;
  TestHub t({}, store);
  const auto alice = t.login("alice");
  t.settle();
  t.log.hold();
  store.held = true;
  t.advance(t.hub.options().gone_after + seconds(1));
  ASSERT_TRUE(t.hub.send_out("alice", "out", {ErrorCode::kKicked}));
  t.settle();
  EXPECT_EQ(t.heard(alice), (Lines{"lobby 1 +alice"}));
  t.log.release();
  store.commit();
  EXPECT_EQ(t.heard(alice), (Lines{"lobby 1 +alice", "lobby 0 -alice", "nouser"}));
}

}  // namespace
}  // namespace encke
