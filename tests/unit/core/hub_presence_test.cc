#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "core/hub.h"
#include "support/test_hub.h"

namespace encke {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Bob, who has a poll held all the time and so is never gone, and watches alice.
struct Watched : TestHub {
  explicit Watched(const HubOptions& options = {}) : TestHub(options) {
    const auto before = login("bob", "secret");
    alice = login("alice", "secret");
    settle();
    bob = login("bob", "secret");
    reader = enter(bob);
  }
  /// Until alice is evicted by the silent rule, and bob is not.
  void fall_silent() {
    advance(seconds(290));
    bob->user->mailbox->spoke(clock.now());
    advance(seconds(14));
  }

  Lines bob_heard() { return heard(bob); }

  SessionPtr alice, bob;
  Ref<CountingReader> reader;
};

// --- Joins and leaves are gathered ---

TEST(HubPresence, TellsOfAllWhoCameWithinAMomentInOneEvent) {
  TestHub t;
  const auto alice = t.login("alice");
  t.advance(milliseconds(100));
  t.login("bob");
  t.advance(milliseconds(149));
  EXPECT_EQ(t.heard(alice), Lines{});
  t.advance(milliseconds(1));
  EXPECT_EQ(t.heard(alice), (Lines{"lobby 2 +alice +bob"}));
}

TEST(HubPresence, TellsNUsersOfNLoginsWithoutNTimesNEvents) {
  constexpr int kUsers = 500;
  TestHub t;
  std::vector<SessionPtr> sessions;
  for (int i = 0; i < kUsers; ++i) sessions.push_back(t.login("user" + std::to_string(i)));
  t.settle();
  for (const auto& session : sessions) {
    const Batch batch = t.read(session);
    ASSERT_EQ(batch.events.size(), 1U);
    EXPECT_EQ(batch.events[0]->size, 500U);
    EXPECT_EQ(batch.events[0]->changes.size(), 50U);
    EXPECT_EQ(batch.events[0]->more_changes, 450U);
  }
}

TEST(HubPresence, GathersForLongerWhereMoreHaveToBeTold) {
  TestHub t({.gather_members = 10});
  const auto alice = t.login("alice");
  for (int i = 0; i < 29; ++i) t.login("user" + std::to_string(i));
  t.settle();
  const std::size_t before = t.heard(alice).size();
  t.login("late");
  t.advance(milliseconds(749));
  EXPECT_EQ(t.heard(alice).size(), before);
  t.advance(milliseconds(1));
  EXPECT_EQ(t.heard(alice).back(), "lobby 31 +late") << "thirty members, three times as long";
}

TEST(HubPresence, GathersForTheSameTimeEverywhereWhenThatRuleIsOff) {
  TestHub t({.gather_members = 0});
  const auto alice = t.login("alice");
  for (int i = 0; i < 29; ++i) t.login("user" + std::to_string(i));
  t.settle();
  t.login("late");
  t.settle();
  EXPECT_EQ(t.heard(alice).back(), "lobby 31 +late");
}

TEST(HubPresence, SaysNothingOfOneWhoCameAndWentWithinAMoment) {
  Watched t;
  t.hub.logout(t.login("carol"));
  t.settle();
  EXPECT_EQ(t.bob_heard(), Lines{});
}

TEST(HubPresence, GoesOnWhenTheLogRefusesTheNews) {
  Watched t;
  t.log.refuse();
  t.login("carol");
  t.settle();
  t.log.release();
  t.login("dave");
  t.settle();
  EXPECT_EQ(t.bob_heard(), (Lines{"lobby 4 +dave"}));
}

TEST(HubPresence, AsksForItsNextLookAtOnce) {
  TestHub t;
  int asked = 0;
  t.hub.set_due_listener([&] { ++asked; });
  t.login("alice");
  EXPECT_GT(asked, 0);
  EXPECT_EQ(t.hub.next_due(), t.clock.now() + t.hub.options().gather);
}

// --- Gone ---

TEST(HubPresence, TellsOnceOfOneWhoIsGone) {
  Watched t;
  t.advance(seconds(60) - milliseconds(251));
  EXPECT_EQ(t.bob_heard(), Lines{}) << "was heard of within the time";
  t.advance(milliseconds(1));
  t.settle();
  EXPECT_EQ(t.bob_heard(), (Lines{"lobby 1 -alice"}));
  EXPECT_EQ(t.hub.counters().gone, 1U);
  EXPECT_EQ(t.hub.counters().online, 1);
  t.advance(minutes(3));
  EXPECT_EQ(t.bob_heard(), (Lines{"lobby 1 -alice"})) << "once";
}

TEST(HubPresence, HoldsAPollForASignOfLife) {
  Watched t;
  for (int i = 0; i < 20; ++i) {
    t.advance(seconds(50));
    t.hub.seen(t.alice->user);
  }
  EXPECT_EQ(t.bob_heard(), Lines{});
  EXPECT_EQ(t.hub.counters().online, 2);
}

TEST(HubPresence, KeepsWhoeverHasAReaderHeld) {
  Watched t;
  const auto reader = t.enter(t.alice);
  t.advance(hours(5));
  EXPECT_EQ(t.bob_heard(), Lines{});
  t.leave(t.alice, *reader);
  t.advance(seconds(59));
  EXPECT_EQ(t.hub.counters().online, 2) << "the time counts from the end of the poll";
  t.advance(minutes(2));
  EXPECT_EQ(t.bob_heard(), (Lines{"lobby 1 -alice"}));
}

TEST(HubPresence, FillsTheMailboxOfOneWhoIsGone) {
  Watched t;
  t.advance(minutes(2));
  EXPECT_TRUE(t.tell(t.bob, "alice", "are you there?"));
  EXPECT_TRUE(t.say(t.bob, "hello?"));
  t.hub.seen(t.alice->user);
  t.settle();
  EXPECT_EQ(t.heard(t.alice),
            (Lines{"lobby 2 +bob +alice", "lobby 1 -alice", "bob>alice: are you there?",
                   "lobby bob: hello?", "lobby 2 +alice"}));
}

TEST(HubPresence, BringsBackOneWhoIsHeardOfAgain) {
  Watched t;
  t.advance(minutes(2));
  t.hub.seen(t.alice->user);
  t.hub.seen(t.alice->user);
  t.settle();
  EXPECT_EQ(t.bob_heard(), (Lines{"lobby 1 -alice", "lobby 2 +alice"}));
  EXPECT_EQ(t.hub.counters().resumed, 1U);
  EXPECT_EQ(t.hub.counters().online, 2);
  EXPECT_TRUE(t.hub.find_session(t.alice->token.text()));
}

TEST(HubPresence, BringsBackOneWhoSpeaksJoinsOrLogsIn) {
  Watched t;
  t.advance(minutes(2));
  EXPECT_TRUE(t.say(t.alice, "back"));
  EXPECT_EQ(t.hub.counters().online, 2);
  t.advance(minutes(2));
  EXPECT_EQ(t.hub.counters().online, 1);
  EXPECT_TRUE(t.hub.join(t.alice, "kitchen"));
  EXPECT_EQ(t.hub.counters().online, 2);
  t.advance(minutes(2));
  EXPECT_EQ(t.hub.counters().online, 1);
  t.login("alice", "secret");
  EXPECT_EQ(t.hub.counters().online, 2);
  EXPECT_EQ(t.hub.users_of("kitchen", "", 10)->size, 1U);
}

TEST(HubPresence, TellsInTimeOfOneWhoCameBackAndIsGoneAgain) {
  Watched t;
  t.advance(minutes(2));
  t.hub.seen(t.alice->user);
  t.advance(seconds(59));
  EXPECT_EQ(t.bob_heard(), (Lines{"lobby 1 -alice", "lobby 2 +alice"}));
  t.advance(seconds(1));
  t.settle();
  EXPECT_EQ(t.bob_heard(), (Lines{"lobby 1 -alice", "lobby 2 +alice", "lobby 1 -alice"}))
      << "after a minute, and not when the five minutes of the first time would have been over";
  EXPECT_EQ(t.hub.counters().gone, 2U);
}

TEST(HubPresence, LooksAtEachUserOnceInAWhileHoweverOftenTheyComeBack) {
  Watched t;
  for (int i = 0; i < 50; ++i) {
    t.advance(seconds(61));
    t.hub.seen(t.alice->user);
  }
  const auto stays = t.enter(t.alice);
  t.advance(minutes(10));
  int looks = 0;
  for (const TimePoint end = t.clock.now() + minutes(10); *t.hub.next_due() <= end; ++looks) {
    t.clock.advance(*t.hub.next_due() - t.clock.now());
    t.hub.run_due();
  }
  EXPECT_EQ(looks, 20) << "alice and bob, once a minute";
}

TEST(HubPresence, LetsGoOfOneWhoDoesNotComeBack) {
  Watched t;
  t.hub.join(t.alice, "kitchen");
  t.advance(minutes(5) - seconds(1));
  EXPECT_TRUE(t.hub.find_session(t.alice->token.text()));
  EXPECT_EQ(error_of(t.hub.login("alice", "")), ErrorCode::kNicknameTaken);
  t.advance(seconds(1));
  EXPECT_EQ(error_of(t.hub.find_session(t.alice->token.text())), ErrorCode::kSessionExpired);
  EXPECT_TRUE(t.alice->ended);
  EXPECT_EQ(error_of(t.hub.users_of("kitchen", "", 10)), ErrorCode::kNoSuchRoom);
  EXPECT_EQ(t.hub.user_count(), 1U);
  EXPECT_EQ(t.hub.counters().online, 1);
  EXPECT_EQ(t.hub.counters().evicted_absent, 1U);
  EXPECT_EQ(t.bob_heard(), (Lines{"lobby 1 -alice"})) << "gone already, so no second event";
  t.login("alice");
}

TEST(HubPresence, EndsAReaderThatEntersWhenTheUserIsOut) {
  Watched t;
  t.advance(minutes(5));
  // A request that had found its session before the session expired.
  const auto late = t.enter(t.alice);
  EXPECT_EQ(t.ending(t.alice, *late), Ending::kClosed);
  EXPECT_EQ(t.hub.counters().online, 1) << "and brings nobody back";
}

TEST(HubPresence, NeverTakesAnybodyForGoneWhenTheRuleIsOff) {
  Watched t({.gone_after = milliseconds(0)});
  t.advance(hours(100));
  EXPECT_EQ(t.hub.counters().online, 2);
  EXPECT_EQ(t.hub.user_count(), 2U);
}

TEST(HubPresence, LetsGoAtOnceOfOneWhoIsGoneWhenNobodyMayResume) {
  Watched t({.resume_within = milliseconds(0)});
  t.advance(seconds(60));
  EXPECT_EQ(error_of(t.hub.find_session(t.alice->token.text())), ErrorCode::kSessionExpired);
  EXPECT_EQ(t.bob_heard(), (Lines{"lobby 1 -alice"}));
}

TEST(HubPresence, ForgetsOldEventsOfIdleMailboxes) {
  Watched t;
  t.say(t.bob, "hi");
  EXPECT_GT(t.bob->user->mailbox->size(), 0U);
  t.advance(minutes(12));
  EXPECT_EQ(t.bob->user->mailbox->size(), 0U);
}

TEST(HubPresence, KeepsCountWhenAGoneOneLeavesRoomsBehind) {
  Watched t;
  t.hub.join(t.alice, "kitchen");
  t.hub.join(t.bob, "kitchen");
  t.advance(minutes(6));
  EXPECT_EQ(t.hub.users_of("kitchen", "", 10)->size, 1U);
  EXPECT_EQ(t.hub.users_of("lobby", "", 10)->size, 1U);
  t.hub.logout(t.bob);
}

// --- Silent ---

HubOptions silent_rule() {
  HubOptions options;
  options.silent_after = seconds(300);
  return options;
}

TEST(HubPresence, EvictsWhoeverSaidNothingForTooLong) {
  Watched t(silent_rule());
  const auto reader = t.enter(t.alice);  // polling is not speaking
  for (int i = 0; i < 2; ++i) {
    t.advance(seconds(149));
    t.say(t.bob, "bla");
  }
  EXPECT_EQ(t.hub.counters().online, 2);
  t.advance(seconds(6));
  EXPECT_EQ(t.hub.counters().evicted_silent, 1U);
  EXPECT_EQ(t.hub.counters().online, 1);
  EXPECT_EQ(t.hub.user_count(), 1U);
  EXPECT_EQ(t.bob_heard(), (Lines{"lobby bob: bla", "lobby bob: bla", "lobby 1 -alice"}));
}

TEST(HubPresence, TellsTheEvictedOneThatTheyWentAndThenWhy) {
  Watched t(silent_rule());
  const auto reader = t.enter(t.alice);
  Batch batch;
  t.alice->user->mailbox->read_or_arm(*reader, t.hub.end(), 100, batch);
  t.fall_silent();
  EXPECT_EQ(reader->wakes, 1);
  EXPECT_EQ(t.heard(t.alice), (Lines{"lobby 2 +bob +alice", "lobby 1 -alice", "nouser"}));
  EXPECT_TRUE(t.read(t.alice).closed);
  EXPECT_NE(
      t.read(t.alice).events.back()->text.find("由于长时间未说话，您已经掉线，请重新刷新页面"),
      std::string::npos);
}

TEST(HubPresence, TellsTheEvictedOneThatTheyWentEvenIfTheCommitTakesLong) {
  Watched t(silent_rule());
  const auto reader = t.enter(t.alice);
  t.log.hold();
  t.fall_silent();
  EXPECT_EQ(t.heard(t.alice), (Lines{"lobby 2 +bob +alice"})) << "no notice before the event";
  t.log.release();
  EXPECT_EQ(t.heard(t.alice), (Lines{"lobby 2 +bob +alice", "lobby 1 -alice", "nouser"}));
}

TEST(HubPresence, TellsTheEvictedOneOfEveryRoomBeforeTheNotice) {
  Watched t(silent_rule());
  t.hub.join(t.alice, "kitchen");
  const auto reader = t.enter(t.alice);
  t.fall_silent();
  EXPECT_EQ(t.heard(t.alice), (Lines{"lobby 2 +bob +alice", "kitchen 1 +alice", "lobby 1 -alice",
                                     "kitchen 0 -alice", "nouser"}));
}

TEST(HubPresence, EvictsEvenOneWhoIsInNoRoomOrWhoseNewsTheLogRefuses) {
  Watched t(silent_rule());
  const auto reader = t.enter(t.alice);
  t.hub.leave(t.alice, "lobby");
  t.settle();
  t.log.refuse();
  t.fall_silent();
  EXPECT_EQ(t.heard(t.alice).back(), "nouser");
}

TEST(HubPresence, GivesTheNoticeToTheNextPollAndThenEndsTheSession) {
  Watched t(silent_rule());
  const std::string token = t.alice->token.text();
  for (int i = 0; i < 7; ++i) {
    t.advance(seconds(44));
    t.hub.seen(t.alice->user);  // short polls
    t.bob->user->mailbox->spoke(t.clock.now());
  }
  ASSERT_EQ(t.hub.counters().evicted_silent, 1U);
  const auto found = t.hub.find_session(token);
  ASSERT_TRUE(found) << "its next poll gets the notice";
  EXPECT_EQ(t.heard(*found).back(), "nouser");
  t.hub.finish(*found);
  EXPECT_EQ(error_of(t.hub.find_session(token)), ErrorCode::kEvicted);
}

TEST(HubPresence, LetsAnEvictedSessionDoNothing) {
  Watched t(silent_rule());
  const auto reader = t.enter(t.alice);
  t.fall_silent();
  EXPECT_EQ(error_of(t.say(t.alice, "hi")), ErrorCode::kEvicted);
  EXPECT_EQ(error_of(t.tell(t.alice, "bob", "hi")), ErrorCode::kEvicted);
  EXPECT_EQ(error_of(t.hub.join(t.alice, "kitchen")), ErrorCode::kEvicted);
  EXPECT_EQ(error_of(t.hub.leave(t.alice, "lobby")), ErrorCode::kEvicted);
  EXPECT_EQ(error_of(t.tell(t.bob, "alice", "hi")), ErrorCode::kNoSuchUser);
  t.say(t.bob, "is she gone?");
  EXPECT_EQ(t.heard(t.alice).back(), "nouser") << "and receives no more";
  t.hub.seen(t.alice->user);
  EXPECT_EQ(t.hub.counters().online, 1);
}

TEST(HubPresence, ForgetsAnEvictedSessionThatNeverComesBack) {
  Watched t(silent_rule());
  const auto reader = t.enter(t.alice);
  t.fall_silent();
  t.leave(t.alice, *reader);
  EXPECT_TRUE(t.hub.find_session(t.alice->token.text()));
  t.advance(t.hub.options().resume_within);
  EXPECT_EQ(error_of(t.hub.find_session(t.alice->token.text())), ErrorCode::kEvicted);
}

TEST(HubPresence, FreesTheNicknameOfAnEvictedOne) {
  Watched t(silent_rule());
  const auto reader = t.enter(t.alice);
  t.fall_silent();
  const auto another = t.login("alice");
  EXPECT_NE(another->user, t.alice->user);
  t.tell(t.bob, "alice", "welcome");
  EXPECT_EQ(t.heard(t.alice).back(), "nouser");
  t.hub.logout(t.alice);
  EXPECT_TRUE(t.hub.find_session(another->token.text()))
      << "the old session ends, the new one stays";
  EXPECT_EQ(t.hub.user_count(), 2U);
}

TEST(HubPresence, LetsNobodyInAsOneWhoIsJustBeingEvicted) {
  Watched t(silent_rule());
  const auto reader = t.enter(t.alice);
  t.log.hold();
  t.fall_silent();
  EXPECT_EQ(error_of(t.hub.login("alice", "secret")), ErrorCode::kNicknameTaken)
      << "or they would be counted as online for ever";
  t.log.release();
  EXPECT_EQ(t.hub.counters().online, 1);
  const auto again = t.login("alice", "secret");
  EXPECT_EQ(t.hub.counters().online, 2);
  t.hub.logout(again);
  EXPECT_EQ(t.hub.counters().online, 1);
  EXPECT_EQ(t.hub.users_of("lobby", "", 10)->size, 1U);
}

TEST(HubPresence, TakesSpeakingAndLoggingInForSpeaking) {
  Watched t(silent_rule());
  const auto reader = t.enter(t.alice);
  t.advance(seconds(290));
  t.say(t.bob, "here");
  t.tell(t.alice, "alice", "a note to myself");
  t.advance(seconds(290));
  t.say(t.bob, "here");
  t.login("alice", "secret");
  t.advance(seconds(290));
  EXPECT_EQ(t.hub.counters().evicted_silent, 0U);
}

TEST(HubPresence, LooksForTheSilentEveryFewSeconds) {
  Watched t(silent_rule());
  const auto reader = t.enter(t.alice);
  t.say(t.bob, "here");
  t.advance(seconds(300));
  EXPECT_EQ(t.hub.counters().evicted_silent, 0U);
  t.advance(seconds(3));
  EXPECT_GE(t.hub.counters().evicted_silent, 1U);
}

TEST(HubPresence, EvictsNobodyForBeingSilentByDefault) {
  Watched t;
  const auto reader = t.enter(t.alice);
  t.advance(hours(10));
  EXPECT_EQ(t.hub.counters().evicted_silent, 0U);
  EXPECT_EQ(t.hub.counters().online, 2);
}

TEST(HubPresence, EvictsTheSilentEvenWhenNobodyIsEverGone) {
  HubOptions options = silent_rule();
  options.gone_after = milliseconds(0);
  Watched t(options);
  t.advance(seconds(290));
  t.say(t.bob, "here");
  t.advance(seconds(20));
  EXPECT_EQ(t.hub.counters().evicted_silent, 1U);
  EXPECT_EQ(t.hub.counters().online, 1);
}

// --- Drain ---

TEST(HubPresence, EndsEveryReaderWhenTheServerGoesAway) {
  Watched t;
  const auto reader = t.enter(t.alice);
  EXPECT_EQ(t.ending(t.alice, *reader), Ending::kNone);
  EXPECT_EQ(t.ending(t.bob, *t.reader), Ending::kNone);
  t.hub.drain();
  EXPECT_EQ(reader->wakes, 1);
  EXPECT_EQ(t.reader->wakes, 1);
  EXPECT_EQ(t.ending(t.alice, *reader), Ending::kDraining);
  EXPECT_EQ(t.ending(t.bob, *t.reader), Ending::kDraining);
  const auto late = t.enter(t.alice);
  EXPECT_EQ(t.ending(t.alice, *late), Ending::kDraining) << "one that comes a moment later as well";
}

// --- All at once ---

TEST(HubPresence, KeepsCountWhileEverythingHappensAtOnce) {
  HubOptions options;
  options.gone_after = milliseconds(40);
  options.resume_within = milliseconds(100);
  options.silent_after = milliseconds(150);
  options.silent_check = milliseconds(10);
  options.gather = milliseconds(5);
  options.max_sessions_of_user = 2;
  TestHub t(options);
  std::atomic<bool> stop{false};
  std::thread clock([&] {
    while (!stop) {
      t.clock.advance(milliseconds(1));
      t.hub.run_due();
    }
  });
  std::vector<std::thread> users;
  for (int n = 0; n < 3; ++n) {
    users.emplace_back([&, n] {
      WakeList wakes;
      for (int i = 0; i < 400; ++i) {
        const std::string name = "user" + std::to_string((n + i) % 5);
        const auto session = t.hub.login(name, "secret");
        if (!session) continue;
        const auto reader = make_ref<CountingReader>(1, (*session)->token.index());
        auto& mailbox = *(*session)->user->mailbox;
        mailbox.enter(*reader, t.clock.now(), wakes);
        wakes.run();
        (void)t.hub.join(*session, "room" + std::to_string(i % 3));
        t.hub.send(*session, {.text = "hi"}, [](auto&) {});
        t.hub.send(*session, {.text = "hi", .to = "user0", .key = "k"}, [](auto&) {});
        Batch batch;
        mailbox.read_or_arm(*reader, (*session)->cursor, 100, batch);
        mailbox.leave(*reader, t.clock.now());
        t.hub.users_of("lobby", "", 10);
        t.hub.rooms(**session);
        t.hub.seen((*session)->user);
        if (i % 3 == 0) (void)t.hub.leave(*session, "room" + std::to_string(i % 3));
        if (i % 4 == 0) t.hub.logout(*session);
        if (i % 7 == 0) t.hub.finish(*session);
      }
    });
  }
  for (auto& thread : users) thread.join();
  stop = true;
  clock.join();
  EXPECT_EQ(t.hub.counters().online, static_cast<std::int64_t>(t.hub.users("", 100).users.size()));
  EXPECT_EQ(t.hub.users_of("lobby", "", 100)->size, t.hub.users_of("lobby", "", 100)->users.size());
  t.advance(seconds(10));
  EXPECT_EQ(t.hub.user_count(), 0U);
  EXPECT_EQ(t.hub.counters().online, 0);
  EXPECT_EQ(t.hub.users_of("lobby", "", 100)->size, 0U);
}

}  // namespace
}  // namespace encke
