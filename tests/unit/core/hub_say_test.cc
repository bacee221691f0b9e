#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/hub.h"
#include "support/test_hub.h"

namespace encke {
namespace {

using Names = std::vector<std::string>;

/// Alice, bob and carol in the lobby; what is said about their coming is not looked at.
struct Three : TestHub {
  explicit Three(const HubOptions& options = {}) : TestHub(options) {
    for (const char* name : {"alice", "bob", "carol"}) first.push_back(login(name, "secret"));
    settle();
    alice = login("alice", "secret");
    bob = login("bob", "secret");
    carol = login("carol", "secret");
  }
  /// Ends all of bob's sessions, so that the nickname is free.
  void bob_leaves() {
    hub.logout(first[1]);
    hub.logout(bob);
  }
  SessionPtr alice, bob, carol;
  std::vector<SessionPtr> first;
};

Say with_key(std::string text, std::string key) {
  return {.text = std::move(text), .key = std::move(key)};
}

// --- Say ---

TEST(HubSay, TellsEverybodyInTheRoomAndTheOneWhoSaidIt) {
  Three t;
  const auto sent = t.say(t.alice, "hi");
  ASSERT_TRUE(sent);
  for (const auto& session : {t.alice, t.bob, t.carol}) {
    EXPECT_EQ(t.heard(session), (Lines{"lobby alice: hi"}));
  }
  EXPECT_EQ((*sent)->position, t.hub.end());
  EXPECT_EQ((*sent)->time, t.clock.wall_now());
}

TEST(HubSay, TellsARoomAndNobodyOutside) {
  Three t;
  ASSERT_TRUE(t.hub.join(t.alice, "kitchen"));
  ASSERT_TRUE(t.hub.join(t.bob, "kitchen"));
  EXPECT_TRUE(t.say(t.alice, "soup?", "kitchen"));
  EXPECT_EQ(t.heard(t.bob), (Lines{"kitchen alice: soup?"}));
  EXPECT_EQ(t.heard(t.carol), Lines{});
}

TEST(HubSay, GivesAPrivateMessageToBothAndNobodyElse) {
  Three t;
  EXPECT_TRUE(t.tell(t.alice, "bob", "psst"));
  EXPECT_EQ(t.heard(t.alice), (Lines{"alice>bob: psst"}));
  EXPECT_EQ(t.heard(t.bob), (Lines{"alice>bob: psst"}));
  EXPECT_EQ(t.heard(t.carol), Lines{});
}

TEST(HubSay, GivesAPrivateMessageToOneselfOnce) {
  Three t;
  EXPECT_TRUE(t.tell(t.alice, "alice", "buy milk"));
  EXPECT_EQ(t.heard(t.alice), (Lines{"alice>alice: buy milk"}));
}

TEST(HubSay, PutsEverythingIntoOneOrder) {
  Three t;
  t.say(t.alice, "1");
  t.tell(t.bob, "carol", "2");
  t.say(t.carol, "3");
  EXPECT_EQ(t.heard(t.carol), (Lines{"lobby alice: 1", "bob>carol: 2", "lobby carol: 3"}));
  const Batch batch = t.read(t.carol);
  EXPECT_EQ(batch.events[2]->position.offset, batch.events[0]->position.offset + 2);
}

TEST(HubSay, SharesOneEventBetweenAllWhoGetIt) {
  Three t;
  t.say(t.alice, "hi");
  EXPECT_EQ(t.read(t.bob).events[0], t.read(t.carol).events[0]) << "so that it is encoded once";
}

TEST(HubSay, RefusesWhatGoesNowhere) {
  Three t;
  EXPECT_EQ(error_of(t.tell(t.alice, "nobody", "hi")), ErrorCode::kNoSuchUser);
  EXPECT_EQ(error_of(t.say(t.alice, "hi", "nowhere")), ErrorCode::kNoSuchRoom);
  ASSERT_TRUE(t.hub.join(t.bob, "kitchen"));
  EXPECT_EQ(error_of(t.say(t.alice, "hi", "kitchen")), ErrorCode::kNotInRoom);
  EXPECT_EQ(error_of(t.send(t.alice, {.text = "hi", .to = "bob", .room = "lobby"})),
            ErrorCode::kBadParameter);
  for (const auto& session : {t.alice, t.bob, t.carol}) EXPECT_EQ(t.heard(session), Lines{});
}

TEST(HubSay, RefusesWhatMayNotBeSaid) {
  Three t({.max_text = 5});
  EXPECT_EQ(error_of(t.say(t.alice, "")), ErrorCode::kNothingToSay);
  EXPECT_EQ(error_of(t.say(t.alice, " \n")), ErrorCode::kNothingToSay);
  EXPECT_EQ(error_of(t.say(t.alice, "123456")), ErrorCode::kTextTooLong);
  EXPECT_EQ(error_of(t.say(t.alice, "\x1B[2J")), ErrorCode::kBadText);
  EXPECT_EQ(error_of(t.say(t.alice, "\xFF")), ErrorCode::kBadText);
  EXPECT_EQ(t.heard(t.bob), Lines{});
}

TEST(HubSay, TakesAnImageWithAndWithoutText) {
  Three t;
  const ImageRef image{"/images/1.png", "image/png", 1, 1, 70};
  EXPECT_TRUE(t.send(t.alice, {.text = "", .image = image}));
  EXPECT_TRUE(t.send(t.alice, {.text = "look", .image = image, .to = "bob"}));
  const Batch batch = t.read(t.bob);
  ASSERT_EQ(batch.events.size(), 2U);
  EXPECT_EQ(batch.events[0]->image->url, "/images/1.png");
  EXPECT_EQ(batch.events[0]->text, "");
  EXPECT_EQ(batch.events[1]->image->bytes, 70U);
  EXPECT_EQ(batch.events[1]->text, "look");
}

TEST(HubSay, TellsTheSenderWhenTheLogRefuses) {
  Three t;
  t.log.refuse();
  EXPECT_EQ(error_of(t.say(t.alice, "hi")), ErrorCode::kLogUnavailable);
  EXPECT_EQ(t.heard(t.bob), Lines{});
}

TEST(HubSay, AnswersOnlyWhatIsCommitted) {
  Three t;
  t.log.hold();
  int answers = 0;
  t.hub.send(t.alice, with_key("hi", ""), [&](auto& sent) { answers += sent.has_value(); });
  EXPECT_EQ(answers, 0);
  EXPECT_EQ(t.heard(t.bob), Lines{});
  t.log.release();
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(t.heard(t.bob), (Lines{"lobby alice: hi"}));
}

TEST(HubSay, HasDeliveredWhatItAnswers) {
  Three t;
  Lines at_answer;
  t.hub.send(t.alice, with_key("hi", ""), [&](auto&) { at_answer = t.heard(t.bob); });
  EXPECT_EQ(at_answer, (Lines{"lobby alice: hi"}));
}

TEST(HubSay, WakesWhoeverWaitsForIt) {
  Three t;
  const auto bobs = t.enter(t.bob);
  const auto carols = t.enter(t.carol);
  EXPECT_EQ(t.ending(t.bob, *bobs), Ending::kNone);
  EXPECT_EQ(t.ending(t.carol, *carols), Ending::kNone);
  t.tell(t.alice, "bob", "psst");
  EXPECT_EQ(bobs->wakes, 1);
  EXPECT_EQ(carols->wakes, 0);
}

TEST(HubSay, CountsWhatIsSaid) {
  Three t;
  t.say(t.alice, "1");
  t.say(t.alice, "2");
  t.tell(t.alice, "bob", "3");
  t.say(t.alice, "");
  EXPECT_EQ(t.hub.counters().messages, 2U);
  EXPECT_EQ(t.hub.counters().privates, 1U);
}

// --- Send keys ---

TEST(HubSay, SaysAKeyedMessageOnce) {
  Three t;
  const auto first = t.send(t.alice, with_key("hi", "k1"));
  const auto again = t.send(t.alice, with_key("hi", "k1"));
  ASSERT_TRUE(first);
  ASSERT_TRUE(again);
  EXPECT_EQ(*first, *again);
  EXPECT_EQ(t.heard(t.bob), (Lines{"lobby alice: hi"}));
  EXPECT_TRUE(t.send(t.bob, with_key("mine", "k1"))) << "another user's key is another key";
  EXPECT_EQ(t.heard(t.bob), (Lines{"lobby alice: hi", "lobby bob: mine"}));
}

TEST(HubSay, SaysAKeyedMessageOnceFromEitherSessionOfAUser) {
  Three t;
  const auto phone = t.login("alice", "secret");
  const auto first = t.send(t.alice, with_key("hi", "k1"));
  EXPECT_EQ(*first, *t.send(phone, with_key("hi", "k1")));
}

TEST(HubSay, LetsARepeatWaitForTheFirstAnswer) {
  Three t;
  t.log.hold();
  std::vector<EventPtr> answers;
  for (int i = 0; i < 3; ++i) {
    t.hub.send(t.alice, with_key("hi", "k1"), [&](auto& sent) { answers.push_back(*sent); });
  }
  EXPECT_TRUE(answers.empty());
  t.log.release();
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0], answers[2]);
  EXPECT_EQ(t.heard(t.bob), (Lines{"lobby alice: hi"}));
}

TEST(HubSay, LetsAKeyedMessageThatFailedBeTriedAgain) {
  Three t;
  t.log.refuse();
  EXPECT_EQ(error_of(t.send(t.alice, with_key("hi", "k1"))), ErrorCode::kLogUnavailable);
  t.log.release();
  EXPECT_TRUE(t.send(t.alice, with_key("hi", "k1")));
  EXPECT_EQ(error_of(t.send(t.alice, with_key("", "k2"))), ErrorCode::kNothingToSay);
  EXPECT_TRUE(t.send(t.alice, with_key("corrected", "k2")));
  EXPECT_EQ(t.heard(t.bob), (Lines{"lobby alice: hi", "lobby alice: corrected"}));
}

TEST(HubSay, HoldsToItsFirstAnswerWhateverHappenedSince) {
  Three t;
  ASSERT_TRUE(t.hub.join(t.alice, "kitchen"));
  Say say = with_key("soup?", "k1");
  say.room = "kitchen";
  const auto first = t.send(t.alice, say);
  ASSERT_TRUE(t.hub.leave(t.alice, "kitchen"));
  const auto again = t.send(t.alice, say);
  ASSERT_TRUE(again);
  EXPECT_EQ(*first, *again);
}

TEST(HubSay, ForgetsAKeyInTime) {
  Three t;
  const auto keep = t.enter(t.alice);
  t.send(t.alice, with_key("hi", "k1"));
  t.advance(t.hub.options().keep_send_keys);
  EXPECT_TRUE(t.send(t.alice, with_key("hi again", "k1")));
  EXPECT_EQ(t.heard(t.alice).back(), "lobby alice: hi again");
}

TEST(HubSay, RefusesAKeyOfStrangeCharacters) {
  Three t;
  EXPECT_EQ(error_of(t.send(t.alice, with_key("hi", "a b"))), ErrorCode::kBadKey);
  EXPECT_EQ(error_of(t.send(t.alice, with_key("hi", std::string(65, 'k')))), ErrorCode::kBadKey);
  EXPECT_EQ(t.heard(t.bob), Lines{});
}

// --- Join and leave ---

TEST(HubSay, PutsWhoeverJoinsIntoTheRoom) {
  Three t;
  const auto joined = t.hub.join(t.alice, "kitchen");
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->room, "kitchen");
  EXPECT_EQ(joined->size, 1U);
  EXPECT_TRUE(joined->joined);
  EXPECT_EQ(t.hub.join(t.bob, "kitchen")->size, 2U);
  EXPECT_EQ(t.hub.join(t.bob, "kitchen")->size, 2U) << "twice is once";
  t.settle();
  EXPECT_EQ(t.heard(t.alice), (Lines{"kitchen 2 +alice +bob"}));
}

TEST(HubSay, TellsARoomNothingToWhoeverLeftIt) {
  Three t;
  t.hub.join(t.alice, "kitchen");
  t.hub.join(t.bob, "kitchen");
  t.settle();
  const auto left = t.hub.leave(t.bob, "kitchen");
  ASSERT_TRUE(left);
  EXPECT_EQ(left->size, 1U);
  EXPECT_FALSE(left->joined);
  t.settle();
  t.say(t.alice, "alone", "kitchen");
  EXPECT_EQ(t.heard(t.alice),
            (Lines{"kitchen 2 +alice +bob", "kitchen 1 -bob", "kitchen alice: alone"}));
  EXPECT_EQ(t.heard(t.bob), (Lines{"kitchen 2 +alice +bob"}));
  EXPECT_EQ(error_of(t.say(t.bob, "hi", "kitchen")), ErrorCode::kNotInRoom);
}

TEST(HubSay, RefusesToLeaveWhereOneIsNot) {
  Three t;
  t.hub.join(t.alice, "kitchen");
  EXPECT_EQ(error_of(t.hub.leave(t.bob, "kitchen")), ErrorCode::kNotInRoom);
  EXPECT_EQ(error_of(t.hub.leave(t.bob, "nowhere")), ErrorCode::kNoSuchRoom);
}

TEST(HubSay, ForgetsARoomWithItsLastMemberButNeverTheLobby) {
  Three t;
  t.hub.join(t.alice, "kitchen");
  t.hub.leave(t.alice, "kitchen");
  EXPECT_EQ(error_of(t.hub.users_of("kitchen", "", 10)), ErrorCode::kNoSuchRoom);
  for (const auto& session : {t.alice, t.bob, t.carol}) EXPECT_TRUE(t.hub.leave(session, "lobby"));
  EXPECT_EQ(t.hub.users_of("lobby", "", 10)->size, 0U);
  EXPECT_TRUE(t.hub.join(t.alice, "lobby"));
  t.hub.join(t.bob, "attic");
  t.hub.logout(t.bob);
  EXPECT_TRUE(t.hub.users_of("attic", "", 10)) << "bob's other session is still in it";
}

TEST(HubSay, BoundsTheRoomsOfAUserAndInAll) {
  Three t({.max_rooms = 4, .max_rooms_of_user = 3});
  EXPECT_TRUE(t.hub.join(t.alice, "a"));
  EXPECT_TRUE(t.hub.join(t.alice, "b"));
  EXPECT_EQ(error_of(t.hub.join(t.alice, "c")), ErrorCode::kTooManyRooms)
      << "the lobby is one of three";
  EXPECT_TRUE(t.hub.join(t.alice, "a")) << "is in it already";
  EXPECT_TRUE(t.hub.join(t.bob, "c"));
  EXPECT_EQ(error_of(t.hub.join(t.bob, "d")), ErrorCode::kTooManyRooms) << "four in all";
  EXPECT_TRUE(t.hub.join(t.bob, "a"));
  EXPECT_EQ(error_of(t.hub.join(t.carol, "a/b")), ErrorCode::kRoomInvalid);
}

// --- Look ---

TEST(HubSay, ListsWhoIsOnlinePageByPage) {
  Three t;
  const UserList first = t.hub.users("", 2);
  EXPECT_EQ(first.users, (Names{"alice", "bob"}));
  EXPECT_EQ(first.size, 3U);
  EXPECT_TRUE(first.more);
  const UserList second = t.hub.users("bob", 2);
  EXPECT_EQ(second.users, (Names{"carol"}));
  EXPECT_FALSE(second.more);
  EXPECT_FALSE(t.hub.users("", 3).more) << "just fits";
}

TEST(HubSay, ListsWhoIsOnlineInARoom) {
  Three t;
  for (const auto& session : {t.carol, t.alice}) t.hub.join(session, "kitchen");
  const auto list = t.hub.users_of("kitchen", "", 1);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->users, (Names{"alice"}));
  EXPECT_EQ(list->size, 2U);
  EXPECT_TRUE(list->more);
  EXPECT_EQ(t.hub.users_of("kitchen", "alice", 1)->users, (Names{"carol"}));
  EXPECT_FALSE(t.hub.users_of("kitchen", "alice", 1)->more);
  EXPECT_EQ(error_of(t.hub.users_of("nowhere", "", 1)), ErrorCode::kNoSuchRoom);
}

TEST(HubSay, DoesNotListWhoIsGone) {
  Three t;
  const auto alices = t.enter(t.alice);
  t.advance(t.hub.options().gone_after);
  EXPECT_EQ(t.hub.users("", 10).users, (Names{"alice"}));
  EXPECT_EQ(t.hub.users("", 10).size, 1U);
  EXPECT_EQ(t.hub.users_of("lobby", "", 10)->users, (Names{"alice"}));
  EXPECT_EQ(t.hub.users_of("lobby", "", 10)->size, 1U);
}

TEST(HubSay, ListsRoomsAndWhichOnesAreMine) {
  Three t;
  t.hub.join(t.alice, "kitchen");
  t.hub.join(t.bob, "attic");
  t.hub.join(t.alice, "attic");
  const auto rooms = t.hub.rooms(*t.bob);
  ASSERT_EQ(rooms.size(), 3U);
  EXPECT_EQ(rooms[0].room, "attic");
  EXPECT_EQ(rooms[0].size, 2U);
  EXPECT_TRUE(rooms[0].joined);
  EXPECT_EQ(rooms[1].room, "kitchen");
  EXPECT_FALSE(rooms[1].joined);
  EXPECT_EQ(rooms[2].room, "lobby");
  EXPECT_TRUE(rooms[2].joined);
}

HistoryQuery of_room(const std::string& room) {
  HistoryQuery query;
  query.room = room;
  return query;
}

HistoryQuery with(const std::string& nickname) {
  HistoryQuery query;
  query.with = nickname;
  return query;
}

TEST(HubSay, GivesTheHistoryOfARoomToItsMembers) {
  Three t;
  t.hub.join(t.alice, "kitchen");
  t.say(t.alice, "soup?", "kitchen");
  EXPECT_EQ(lines(t.hub.history(*t.alice, of_room("kitchen"))->events),
            (Lines{"kitchen alice: soup?"}));
  EXPECT_EQ(error_of(t.hub.history(*t.bob, of_room("kitchen"))), ErrorCode::kNotInRoom);
  EXPECT_EQ(error_of(t.hub.history(*t.bob, of_room("nowhere"))), ErrorCode::kNoSuchRoom);
  t.hub.join(t.bob, "kitchen");
  EXPECT_EQ(lines(t.hub.history(*t.bob, of_room("kitchen"))->events),
            (Lines{"kitchen alice: soup?"}));
}

TEST(HubSay, GivesAPrivateHistoryToTheTwoOfThem) {
  Three t;
  t.tell(t.alice, "bob", "psst");
  t.tell(t.bob, "alice", "what?");
  const Lines both = {"alice>bob: psst", "bob>alice: what?"};
  EXPECT_EQ(lines(t.hub.history(*t.alice, with("bob"))->events), both);
  EXPECT_EQ(lines(t.hub.history(*t.bob, with("alice"))->events), both);
  for (const char* name : {"alice", "bob", "carol", "", "alice\nbob"}) {
    EXPECT_TRUE(t.hub.history(*t.carol, with(name))->events.empty()) << name;
  }
}

TEST(HubSay, AsksForNobodyElsesPrivateHistoryWhateverTheQuerySays) {
  Three t;
  t.tell(t.alice, "bob", "psst");
  HistoryQuery query = with("bob");
  query.user = "alice";
  EXPECT_TRUE(t.hub.history(*t.carol, query)->events.empty());
}

TEST(HubSay, GivesNoHistoryToASessionWhoseUserIsOut) {
  Three t;
  t.hub.join(t.alice, "kitchen");
  t.hub.logout(t.login("alice", "secret"));
  EXPECT_TRUE(t.hub.history(*t.alice, of_room("lobby"))) << "one of several sessions";
  const auto dave = t.login("dave");
  t.hub.logout(dave);
  const auto another_dave = t.login("dave");
  t.tell(t.alice, "dave", "hello, other dave");
  EXPECT_EQ(error_of(t.hub.history(*dave, with("alice"))), ErrorCode::kEvicted);
  EXPECT_EQ(error_of(t.hub.history(*dave, of_room("lobby"))), ErrorCode::kEvicted);
  EXPECT_TRUE(t.hub.history(*another_dave, with("alice")));
}

TEST(HubHistory, DoesNotShowANicknamesNextOwnerWhatWasWrittenToTheLast) {
  Three t;
  t.tell(t.alice, "bob", "our secret");
  t.say(t.alice, "hello all");
  t.bob_leaves();
  const SessionPtr next = t.login("bob", "another secret");
  const auto private_ones = t.hub.history(*next, {.with = "alice"});
  ASSERT_TRUE(private_ones);
  EXPECT_TRUE(private_ones->events.empty());
  EXPECT_EQ(t.hub.history(*next, {.room = "lobby"})->events.size(), 1U)
      << "the room's is the room's";
  EXPECT_EQ(t.hub.history(*t.alice, {.with = "bob"})->events.size(), 1U) << "alice wrote it";
}

TEST(HubSay, DoesNotTakeANicknamesNextOwnersKeyForTheLasts) {
  Three t;
  ASSERT_TRUE(t.send(t.bob, with_key("from the first bob", "k")));
  t.bob_leaves();
  const SessionPtr next = t.login("bob", "another secret");
  ASSERT_TRUE(t.send(next, with_key("from the second bob", "k")));
  EXPECT_EQ(t.heard(t.alice).back(), "lobby bob: from the second bob");
}

TEST(HubSay, GivesANicknameToNobodyWhileAMessageThatNamesItIsBeingCommitted) {
  TestHub t;
  const auto alice = t.login("alice");
  const auto bob = t.login("bob");
  t.log.hold();
  int done = 0;
  t.hub.send(alice, {.text = "for the first bob", .to = "bob"}, [&](const auto&) { ++done; });
  t.hub.send(alice, {.text = "to myself", .to = "alice"}, [&](const auto&) { ++done; });
  t.hub.logout(alice);
  t.hub.logout(bob);
  EXPECT_EQ(error_of(t.hub.login("alice", "")), ErrorCode::kNicknameTaken);
  EXPECT_EQ(error_of(t.hub.login("bob", "")), ErrorCode::kNicknameTaken);
  t.log.release();
  EXPECT_EQ(done, 2);
  const auto next = t.login("bob");
  t.login("alice");
  EXPECT_TRUE(t.heard(next).empty());
}

TEST(HubSay, FreesANicknameWhenAMessageThatNamesItIsRefused) {
  TestHub t;
  const auto alice = t.login("alice");
  const auto bob = t.login("bob");
  t.log.refuse();
  EXPECT_EQ(error_of(t.tell(alice, "bob", "text")), ErrorCode::kLogUnavailable);
  EXPECT_EQ(error_of(t.tell(alice, "nobody", "text")), ErrorCode::kNoSuchUser);
  t.log.release();
  t.hub.logout(bob);
  t.login("bob");
}

}  // namespace
}  // namespace encke
