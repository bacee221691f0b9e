#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/hub.h"
#include "support/test_hub.h"

namespace encke {
namespace {

// --- Log in ---

TEST(HubSessions, LetsSomebodyIn) {
  TestHub t;
  const auto session = t.hub.login("alice", "");
  ASSERT_TRUE(session);
  EXPECT_EQ((*session)->user->nickname, "alice");
  EXPECT_EQ((*session)->cursor, t.hub.end());
  EXPECT_EQ(t.hub.user_count(), 1U);
  EXPECT_EQ(t.hub.counters().online, 1);
  const auto found = t.hub.find_session((*session)->token.text());
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, *session);
}

TEST(HubSessions, RefusesANicknameThatIsTaken) {
  TestHub t;
  t.login("alice");
  EXPECT_EQ(error_of(t.hub.login("alice", "")), ErrorCode::kNicknameTaken)
      << "no secret is no proof of being the same";
  EXPECT_EQ(error_of(t.hub.login("alice", "a guess")), ErrorCode::kNicknameTaken);
  t.login("bob", "his secret");
  EXPECT_EQ(error_of(t.hub.login("bob", "a guess")), ErrorCode::kNicknameTaken);
  EXPECT_EQ(error_of(t.hub.login("bob", "")), ErrorCode::kNicknameTaken);
  EXPECT_EQ(t.hub.user_count(), 2U);
}

TEST(HubSessions, RefusesReservedAndImpossibleNicknames) {
  TestHub t;
  EXPECT_EQ(error_of(t.hub.login("system", "")), ErrorCode::kNicknameReserved);
  EXPECT_EQ(error_of(t.hub.login("我", "")), ErrorCode::kNicknameReserved);
  EXPECT_EQ(error_of(t.hub.login("", "")), ErrorCode::kNicknameInvalid);
  EXPECT_EQ(error_of(t.hub.login("<b>", "")), ErrorCode::kNicknameInvalid);
  EXPECT_EQ(t.hub.user_count(), 0U);
}

TEST(HubSessions, TakesNicknamesThatAreNamesOfOtherThings) {
  TestHub t;
  const auto session = t.login("__proto__");
  EXPECT_TRUE(t.tell(session, "__proto__", "hi"));
  EXPECT_EQ(error_of(t.tell(session, "constructor", "hi")), ErrorCode::kNoSuchUser);
}

TEST(HubSessions, BoundsTheSecret) {
  TestHub t;
  EXPECT_TRUE(t.hub.login("alice", std::string(256, 'x')));
  EXPECT_EQ(error_of(t.hub.login("bob", std::string(257, 'x'))), ErrorCode::kSecretTooLong);
}

TEST(HubSessions, LetsANicknameInAgainWithItsSecret) {
  TestHub t;
  const auto laptop = t.login("alice", "secret");
  const auto phone = t.login("alice", "secret");
  EXPECT_EQ(laptop->user, phone->user);
  EXPECT_FALSE(laptop->token.same_as(phone->token));
  EXPECT_EQ(t.hub.user_count(), 1U);
  EXPECT_EQ(t.hub.counters().online, 1);
  t.say(phone, "hi");
  EXPECT_EQ(t.heard(laptop), t.heard(phone));
}

TEST(HubSessions, EndsTheOldestSessionOfAUserWithTooMany) {
  TestHub t({.max_sessions_of_user = 2});
  const auto first = t.login("alice", "secret");
  const auto reader = t.enter(first);
  const auto second = t.login("alice", "secret");
  EXPECT_EQ(t.ending(first, *reader), Ending::kNone);
  const auto third = t.login("alice", "secret");
  EXPECT_EQ(error_of(t.hub.find_session(first->token.text())), ErrorCode::kSessionExpired);
  EXPECT_TRUE(first->ended);
  EXPECT_EQ(t.ending(first, *reader), Ending::kClosed);
  EXPECT_EQ(reader->wakes, 1);
  EXPECT_TRUE(t.hub.find_session(second->token.text()));
  EXPECT_TRUE(t.hub.find_session(third->token.text()));
}

TEST(HubSessions, RefusesOneUserTooMany) {
  TestHub t({.max_users = 2});
  t.login("alice", "secret");
  const auto bob = t.login("bob");
  EXPECT_EQ(error_of(t.hub.login("carol", "")), ErrorCode::kTooManyUsers);
  t.login("alice", "secret");
  t.hub.logout(bob);
  t.login("carol");
}

TEST(HubSessions, HasNoLimitsWhenTheyAreZero) {
  TestHub t({.max_users = 0, .max_sessions_of_user = 0});
  for (int i = 0; i < 50; ++i) t.login("alice", "secret");
  for (int i = 0; i < 50; ++i) t.login("user" + std::to_string(i));
  EXPECT_EQ(t.hub.user_count(), 51U);
}

// --- Who is asking ---

TEST(HubSessions, KnowsNoTokenThatItDidNotGive) {
  TestHub t;
  const auto session = t.login("alice");
  std::string token = session->token.text();
  EXPECT_EQ(error_of(t.hub.find_session("")), ErrorCode::kUnauthorized);
  EXPECT_EQ(error_of(t.hub.find_session("alice")), ErrorCode::kUnauthorized);
  EXPECT_EQ(error_of(t.hub.find_session(std::string(32, '0'))), ErrorCode::kUnauthorized);
  token.back() = token.back() == '0' ? '1' : '0';
  EXPECT_EQ(error_of(t.hub.find_session(token)), ErrorCode::kUnauthorized)
      << "half a token finds the entry, and proves nothing";
}

TEST(HubSessions, GivesEveryLoginATokenOfItsOwn) {
  TestHub t;
  std::set<std::string> tokens;
  for (int i = 0; i < 100; ++i) tokens.insert(t.login("user" + std::to_string(i))->token.text());
  EXPECT_EQ(tokens.size(), 100U);
}

// --- Log out ---

TEST(HubSessions, EndsOneSessionAndKeepsTheUserForTheOthers) {
  TestHub t;
  const auto laptop = t.login("alice", "secret");
  const auto phone = t.login("alice", "secret");
  const auto laptop_reader = t.enter(laptop);
  const auto phone_reader = t.enter(phone);
  t.hub.logout(laptop);
  EXPECT_EQ(error_of(t.hub.find_session(laptop->token.text())), ErrorCode::kUnauthorized);
  EXPECT_EQ(t.ending(laptop, *laptop_reader), Ending::kClosed);
  EXPECT_EQ(t.ending(phone, *phone_reader), Ending::kNone);
  EXPECT_TRUE(t.hub.find_session(phone->token.text()));
  EXPECT_EQ(t.hub.user_count(), 1U);
}

TEST(HubSessions, LetsTheUserGoWithTheLastSession) {
  TestHub t;
  const auto bob = t.login("bob");
  const auto alice = t.login("alice");
  t.settle();
  t.hub.logout(alice);
  t.hub.logout(alice);
  t.settle();
  EXPECT_EQ(t.heard(bob), (Lines{"lobby 2 +bob +alice", "lobby 1 -alice"}));
  EXPECT_EQ(t.hub.user_count(), 1U);
  EXPECT_EQ(t.hub.counters().online, 1);
  EXPECT_EQ(error_of(t.say(alice, "still here?")), ErrorCode::kEvicted);
  t.login("alice");  // the nickname is free
}

TEST(HubSessions, LeavesNoGhostAfterALoginFromTheSamePlace) {
  TestHub t;
  const auto first = t.login("alice");
  const auto second = t.login("alicia");
  t.hub.logout(first);
  t.hub.logout(second);
  EXPECT_EQ(t.hub.user_count(), 0U);
  EXPECT_EQ(t.hub.counters().online, 0);
  EXPECT_EQ(t.hub.users_of("lobby", "", 10)->size, 0U);
}

TEST(HubSessions, RemembersWhyOfTheMostRecentlyEndedSessions) {
  TestHub t({.max_sessions_of_user = 1});
  const auto first = t.login("alice", "secret");
  SessionPtr last;
  for (int i = 0; i < 8192; ++i) last = t.login("alice", "secret");
  EXPECT_EQ(error_of(t.hub.find_session(first->token.text())), ErrorCode::kSessionExpired);
  t.login("alice", "secret");
  EXPECT_EQ(error_of(t.hub.find_session(first->token.text())), ErrorCode::kUnauthorized)
      << "what is remembered is bounded";
  EXPECT_EQ(error_of(t.hub.find_session(last->token.text())), ErrorCode::kSessionExpired);
}

// --- Basic ---

TEST(HubSessions, LogsABasicUserInWithTheFirstRequest) {
  TestHub t;
  const auto first = t.hub.basic_session("alice", "secret");
  ASSERT_TRUE(first);
  const auto second = t.hub.basic_session("alice", "secret");
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(t.hub.counters().logins, 1U);
}

TEST(HubSessions, RefusesABasicUserWithoutTheRightSecret) {
  TestHub t;
  EXPECT_EQ(error_of(t.hub.basic_session("alice", "")), ErrorCode::kBadCredentials);
  ASSERT_TRUE(t.hub.basic_session("alice", "secret"));
  EXPECT_EQ(error_of(t.hub.basic_session("alice", "guess")), ErrorCode::kBadCredentials);
  t.login("bob");
  EXPECT_EQ(error_of(t.hub.basic_session("bob", "guess")), ErrorCode::kBadCredentials)
      << "bob has no secret, so nobody can prove to be him";
  EXPECT_EQ(error_of(t.hub.basic_session("system", "x")), ErrorCode::kNicknameReserved);
}

TEST(HubSessions, LetsABasicUserAndALoginBeTheSameUser) {
  TestHub t;
  const auto login = t.login("alice", "secret");
  const auto basic = t.hub.basic_session("alice", "secret");
  ASSERT_TRUE(basic);
  EXPECT_NE(*basic, login);
  EXPECT_EQ((*basic)->user, login->user);
}

TEST(HubSessions, LogsABasicUserInAgainAfterALogout) {
  TestHub t;
  const auto first = t.hub.basic_session("alice", "secret");
  t.hub.logout(*first);
  EXPECT_EQ(t.hub.user_count(), 0U);
  const auto second = t.hub.basic_session("alice", "secret");
  ASSERT_TRUE(second);
  EXPECT_NE(*first, *second);
}

TEST(HubSessions, GivesOneSessionToBasicRequestsThatComeTogether) {
  for (int round = 0; round < 200; ++round) {
    TestHub t;
    std::vector<SessionPtr> sessions(4);
    std::latch all(4);
    std::vector<std::thread> threads;
    for (auto& session : sessions) {
      threads.emplace_back([&] {
        all.arrive_and_wait();
        session = *t.hub.basic_session("alice", "secret");
      });
    }
    for (auto& thread : threads) thread.join();
    for (const auto& session : sessions) EXPECT_EQ(session, sessions[0]);
    t.hub.logout(sessions[0]);
    EXPECT_EQ(t.hub.user_count(), 0U) << "no session is left over that nobody knows";
  }
}

// --- Secrets ---

using Hashing = Hub::Hashing;

TEST(HubSessions, HashesASecretOnceAndRemembersIt) {
  TestHub t;
  const auto& hashed = t.hub.counters().secrets_hashed;
  t.login("alice", "secret");
  EXPECT_EQ(hashed, 1U);
  for (int i = 0; i < 3; ++i) {
    t.login("alice", "secret");
    EXPECT_TRUE(t.hub.basic_session("alice", "secret"));
  }
  EXPECT_EQ(hashed, 1U);
  EXPECT_EQ(error_of(t.hub.login("alice", "guess")), ErrorCode::kNicknameTaken);
  EXPECT_EQ(error_of(t.hub.basic_session("alice", "guess")), ErrorCode::kBadCredentials);
  EXPECT_EQ(hashed, 3U) << "what is wrong is not remembered";
}

TEST(HubSessions, HashesNothingWhereThereIsNoSecretOnOneSide) {
  TestHub t;
  t.login("alice");
  t.login("bob", "secret");
  const std::uint64_t before = t.hub.counters().secrets_hashed;
  EXPECT_EQ(error_of(t.hub.login("alice", "guess", Hashing::kNever)), ErrorCode::kNicknameTaken);
  EXPECT_EQ(error_of(t.hub.login("bob", "", Hashing::kNever)), ErrorCode::kNicknameTaken);
  EXPECT_EQ(error_of(t.hub.basic_session("alice", "guess", Hashing::kNever)),
            ErrorCode::kBadCredentials);
  EXPECT_TRUE(t.hub.login("carol", "", Hashing::kNever));
  EXPECT_EQ(t.hub.counters().secrets_hashed, before);
}

TEST(HubSessions, SaysThatASecretHasToBeHashedInsteadOfDoingSo) {
  TestHub t;
  EXPECT_EQ(error_of(t.hub.login("alice", "secret", Hashing::kNever)), ErrorCode::kBusy);
  EXPECT_EQ(error_of(t.hub.basic_session("alice", "secret", Hashing::kNever)), ErrorCode::kBusy);
  EXPECT_EQ(t.hub.user_count(), 0U);
  t.login("alice", "secret");
  EXPECT_EQ(error_of(t.hub.login("alice", "guess", Hashing::kNever)), ErrorCode::kBusy);
  EXPECT_EQ(error_of(t.hub.basic_session("alice", "guess", Hashing::kNever)), ErrorCode::kBusy);
  EXPECT_TRUE(t.hub.login("alice", "secret", Hashing::kNever)) << "this one is remembered";
  EXPECT_TRUE(t.hub.basic_session("alice", "secret", Hashing::kNever));
  EXPECT_EQ(t.hub.counters().secrets_hashed, 1U);
}

TEST(HubSessions, HashesAgainWhatWasForgotten) {
  TestHub t(
      {.gone_after = std::chrono::milliseconds(0), .remember_secret = std::chrono::minutes(10)});
  const auto first = t.hub.basic_session("alice", "secret");
  ASSERT_TRUE(first);
  t.advance(std::chrono::minutes(10));
  EXPECT_EQ(error_of(t.hub.basic_session("alice", "secret", Hashing::kNever)), ErrorCode::kBusy);
  const auto second = t.hub.basic_session("alice", "secret");
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, *first) << "it is the session that was there";
  EXPECT_EQ(t.hub.counters().logins, 1U);
  EXPECT_EQ(t.hub.counters().secrets_hashed, 2U);
}

TEST(HubSessions, RemembersNoSecretOfAnEarlierOwner) {
  TestHub t;
  const auto old = t.login("alice", "old secret");
  t.hub.logout(old);
  t.login("alice", "new secret");
  EXPECT_EQ(error_of(t.hub.login("alice", "old secret")), ErrorCode::kNicknameTaken);
  EXPECT_EQ(error_of(t.hub.basic_session("alice", "old secret")), ErrorCode::kBadCredentials);
}

TEST(HubSessions, HashesNoSecretForWhomThereIsNoRoom) {
  TestHub t({.max_users = 1});
  t.login("alice");
  EXPECT_EQ(error_of(t.hub.login("bob", "secret")), ErrorCode::kTooManyUsers);
  EXPECT_EQ(t.hub.counters().secrets_hashed, 0U);
}

// While one hashes, others come and go by the same name.
TEST(HubSessions, LetsOnlyOneOfManySecretsHaveANickname) {
  for (int round = 0; round < 100; ++round) {
    TestHub t;
    std::vector<SessionPtr> sessions(4);
    std::latch all(4);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      threads.emplace_back([&, i] {
        all.arrive_and_wait();
        if (const auto in = t.hub.login("alice", "secret" + std::to_string(i))) sessions[i] = *in;
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(std::count(sessions.begin(), sessions.end(), SessionPtr()), 3);
    EXPECT_EQ(t.hub.user_count(), 1U);
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      EXPECT_EQ(t.hub.login("alice", "secret" + std::to_string(i)).has_value(),
                static_cast<bool>(sessions[i]));
    }
  }
}

TEST(HubSessions, LetsOneSecretInAsOneUserHoweverManyComeTogether) {
  TestHub t({.max_sessions_of_user = 0});
  std::vector<std::thread> threads;
  std::atomic<int> refused{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        const auto session = t.hub.login("alice", "secret");
        if (!session) {
          ++refused;
          continue;
        }
        if (!(*session)->user->secret.matches("secret")) ++refused;
        t.hub.logout(*session);  // and with the last one, the user goes
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(t.hub.user_count(), 0U);
}

// --- Nothing is missed ---

TEST(HubSessions, MissesNothingBetweenLoginAndTheFirstRead) {
  HubOptions options;
  options.mailbox.max_events = 0;
  options.max_changes = 0;
  TestHub t(options);
  const auto talker = t.login("talker");
  std::atomic<bool> stop{false};
  std::vector<std::thread> talkers;
  for (int i = 0; i < 3; ++i) {
    talkers.emplace_back([&] {
      while (!stop) t.hub.send(talker, {.text = "hi"}, [](auto&) {});
    });
  }
  std::vector<SessionPtr> sessions;
  for (int i = 0; i < 100; ++i) sessions.push_back(t.login("user" + std::to_string(i)));
  stop = true;
  for (auto& thread : talkers) thread.join();
  const Position end = t.hub.end();
  // Everything is said in the lobby, so that every position after the cursor is owed.
  for (const auto& session : sessions) {
    const Batch batch = t.read(session);
    std::uint64_t expected = session->cursor.offset;
    for (const EventPtr& event : batch.events) {
      ASSERT_EQ(event->kind, EventKind::kMessage);
      ASSERT_EQ(event->position.offset, ++expected);
    }
    EXPECT_EQ(expected, end.offset);
  }
}

}  // namespace
}  // namespace encke
