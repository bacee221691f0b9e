// What is there again after a restart: the hub on a log and a store that outlive it.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/hub.h"
#include "core/kept.h"
#include "log/sqlite_log.h"
#include "support/counting_reader.h"
#include "support/events.h"
#include "support/fake_clock.h"
#include "support/fake_random.h"
#include "support/scratch.h"
#include "support/test_hub.h"

namespace encke {
namespace {

class HubStore : public testing::Test {
 protected:
  using Sent = tl::expected<EventPtr, Error>;

  HubStore() {
    // options.secret_cost.log2_n = 4;
    start();
  }
  ~HubStore() override { stop(); }

  void start() {
    auto opened = SqliteLog::open({.folder = scratch.path("data"), .tail = 10}, clock, random, {});
    if (!opened) throw std::runtime_error(opened.error());
    log = std::move(*opened);
    hub.emplace(options, clock, random, *log, *log);
  }
  void stop() {
    log->stop();
    hub.reset();
    log.reset();
  }
  /// All that was asked for so far is on the disk.
  void settle() {
    std::promise<void> kept;
    hub->when_kept([&](auto ok) {
      EXPECT_TRUE(ok);
      kept.set_value();
    });
    kept.get_future().wait();
  }
  void restart() {
    stop();
    start();
  }

  SessionPtr login(const std::string& nickname, const std::string& secret = "") {
    auto session = hub->login(nickname, secret);
    if (!session) throw std::runtime_error(nickname + " is refused");
    return *session;
  }
  /// The same session, by its token, as after a restart.
  SessionPtr again(const SessionPtr& session) {
    auto found = hub->find_session(session->token.text());
    if (!found) throw std::runtime_error("the token is not known any more");
    return *found;
  }
  Sent send(const SessionPtr& session, Say say) {
    std::promise<Sent> sent;
    hub->send(session, std::move(say), [&](const Sent& answer) { sent.set_value(answer); });
    return sent.get_future().get();
  }
  Position say(const SessionPtr& session, const std::string& text, const std::string& room = "") {
    return (*send(session, {.text = text, .room = room}))->position;
  }
  Position tell(const SessionPtr& session, const std::string& to, const std::string& text) {
    return (*send(session, {.text = text, .to = to}))->position;
  }

  /// What came after the cursor, read as a client does, in parts.
  Lines heard(const SessionPtr& session, std::optional<Position> since = {}) {
    Lines all;
    Position cursor = since.value_or(session->cursor);
    while (true) {
      Batch batch;
      session->user->mailbox->read(cursor, 3, batch);
      for (const EventPtr& event : batch.events) {
        if (event->kind != EventKind::kSystem) all.push_back(line(*event));
      }
      cursor = batch.next;
      if (batch.events.size() < 3) return all;
    }
  }

  Scratch scratch;
  FakeClock clock;
  FakeRandom random;
  HubOptions options;
  std::unique_ptr<SqliteLog> log;
  std::optional<Hub> hub;
};

TEST_F(HubStore, KnowsTokensAndGoesOnFromCursors) {
  auto alice = login("alice");
  auto bob = login("bob");
  const Position read = say(alice, "1");
  say(alice, "2");
  tell(alice, "bob", "3");
  restart();
  bob = again(bob);
  EXPECT_EQ(heard(bob), (Lines{"lobby alice: 1", "lobby alice: 2", "alice>bob: 3"}));
  EXPECT_EQ(heard(bob, read), (Lines{"lobby alice: 2", "alice>bob: 3"}));
  alice = again(alice);
  say(alice, "4");
  EXPECT_EQ(heard(bob, read), (Lines{"lobby alice: 2", "alice>bob: 3", "lobby alice: 4"}))
      << "from the disk, and then from the mailbox";
}

TEST_F(HubStore, GoesOnAfterMoreThanAMailboxHolds) {
  options.mailbox.max_events = 4;
  restart();
  auto alice = login("alice");
  auto bob = login("bob");
  Lines all;
  for (int i = 0; i < 50; ++i) {
    say(alice, std::to_string(i));
    all.push_back("lobby alice: " + std::to_string(i));
  }
  EXPECT_EQ(heard(bob), all) << "what the mailbox has let go of is in the log";
  clock.advance(std::chrono::hours(1));
  say(alice, "later");
  all.emplace_back("lobby alice: later");
  EXPECT_EQ(heard(bob), all) << "however old";
}

TEST_F(HubStore, KnowsWhoWasWhereAndWhen) {
  auto alice = login("alice");
  auto bob = login("bob");
  ASSERT_TRUE(hub->join(alice, "kitchen"));
  say(alice, "before bob", "kitchen");
  ASSERT_TRUE(hub->join(bob, "kitchen"));
  say(alice, "with bob", "kitchen");
  ASSERT_TRUE(hub->leave(bob, "kitchen"));
  say(alice, "after bob", "kitchen");
  restart();
  bob = again(bob);
  alice = again(alice);
  EXPECT_EQ(heard(bob), (Lines{"kitchen alice: with bob"}));
  EXPECT_EQ(heard(alice).size(), 3U);
  EXPECT_EQ(hub->rooms_of(*alice), (std::vector<std::string>{"lobby", "kitchen"}));
  EXPECT_EQ(hub->rooms_of(*bob), (std::vector<std::string>{"lobby"}));
  say(alice, "now", "kitchen");
  EXPECT_EQ(heard(alice).back(), "kitchen alice: now");
  EXPECT_EQ(heard(bob).size(), 1U);
}

TEST_F(HubStore, KnowsSecrets) {
  login("alice", "s1");
  settle();
  restart();
  EXPECT_EQ(error_of(hub->login("alice", "s2")), ErrorCode::kNicknameTaken);
  EXPECT_TRUE(hub->login("alice", "s1"));
}

TEST_F(HubStore, KnowsTheSessionOfAScript) {
  const auto first = hub->basic_session("robot", "s1");
  ASSERT_TRUE(first);
  settle();
  restart();
  const auto second = hub->basic_session("robot", "s1");
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)->token.text(), (*first)->token.text()) << "no new login";
  EXPECT_EQ((*second)->cursor, (*first)->cursor);
}

TEST_F(HubStore, KnowsWhatWasSaidUnderAKey) {
  auto alice = login("alice");
  const auto first = send(alice, {.text = "once", .key = "k1"});
  restart();
  alice = again(alice);
  const auto second = send(alice, {.text = "once", .key = "k1"});
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)->position, (*first)->position);
}

TEST_F(HubStore, KnowsKeysForTheirTimeHoweverLongItWasAway) {
  auto alice = login("alice");
  const auto old = send(alice, {.text = "old", .key = "k0"});
  clock.advance(std::chrono::minutes(7));
  const auto first = send(alice, {.text = "once", .key = "k1"});
  stop();
  clock.advance(std::chrono::hours(3));
  clock.set_wall(clock.wall_now() + std::chrono::hours(24));
  start();
  alice = again(alice);
  EXPECT_EQ((*send(alice, {.text = "once", .key = "k1"}))->position, (*first)->position);
  EXPECT_EQ((*send(alice, {.text = "old", .key = "k0"}))->position, (*old)->position);
  clock.advance(std::chrono::minutes(4));
  EXPECT_NE((*send(alice, {.text = "old", .key = "k0"}))->position, (*old)->position);
  EXPECT_EQ((*send(alice, {.text = "once", .key = "k1"}))->position, (*first)->position);
  clock.advance(std::chrono::minutes(7));
  EXPECT_NE((*send(alice, {.text = "once", .key = "k1"}))->position, (*first)->position);
}

TEST_F(HubStore, TellsNobodyOfARestart) {
  auto alice = login("alice");
  login("bob");
  settle();
  restart();
  EXPECT_EQ(hub->users("", 10).users, (std::vector<std::string>{"alice", "bob"}));
  EXPECT_EQ(hub->users("", 10).size, 2U);
  EXPECT_EQ(hub->users_of("lobby", "", 10)->size, 2U);
  alice = again(alice);
  hub->seen(alice->user);
  clock.advance(std::chrono::seconds(1));
  hub->run_due();
  settle();
  Batch batch;
  alice->user->mailbox->read(hub->end(), 100, batch);
  EXPECT_TRUE(batch.events.empty()) << "whoever comes back had not gone";
}

TEST_F(HubStore, GivesThoseWhoDoNotComeBackTheirTime) {
  const auto alice = login("alice");
  settle();
  restart();
  const auto pass = [&](Duration time) {
    const TimePoint end = clock.now() + time;
    for (auto due = hub->next_due(); due && *due <= end; due = hub->next_due()) {
      if (*due > clock.now()) clock.advance(*due - clock.now());
      hub->run_due();
    }
    clock.advance(end - clock.now());
  };
  pass(options.gone_after + std::chrono::seconds(5));
  EXPECT_EQ(hub->users("", 10).size, 0U) << "gone";
  settle();
  restart();
  EXPECT_EQ(hub->users("", 10).size, 0U) << "and not back by a restart";
  EXPECT_TRUE(hub->find_session(alice->token.text())) << "but may come back";
  pass(options.gone_after + options.resume_within + std::chrono::seconds(5));
  EXPECT_FALSE(hub->find_session(alice->token.text()));
  settle();
  restart();
  EXPECT_FALSE(hub->find_session(alice->token.text())) << "for good";
  EXPECT_TRUE(hub->login("alice", "")) << "the nickname is free";
}

TEST_F(HubStore, ForgetsWhoLoggedOut) {
  const auto alice = login("alice", "s1");
  hub->logout(alice);
  settle();
  restart();
  EXPECT_EQ(error_of(hub->find_session(alice->token.text())), ErrorCode::kUnauthorized);
  EXPECT_EQ(hub->user_count(), 0U);
  EXPECT_TRUE(hub->login("alice", "another")) << "the nickname is free";
}

TEST_F(HubStore, GivesALaterOwnerOfANameNothingOfTheEarlier) {
  auto alice = login("alice");
  auto bob = login("bob");
  const Position early = bob->cursor;
  tell(alice, "bob", "for the first");
  hub->logout(bob);
  auto next = login("bob");
  tell(alice, "bob", "for the next");
  restart();
  next = again(next);
  EXPECT_EQ(heard(next), (Lines{"alice>bob: for the next"}));
  EXPECT_EQ(heard(next, early), (Lines{"gap", "alice>bob: for the next"}))
      << "an old cursor is told that something is missing";
}

TEST_F(HubStore, LetsNobodyInWithATokenThatWasAnEarlierOwners) {
  const auto first = login("xavier", "s1");
  ASSERT_TRUE(hub->send_out("xavier", "out", {ErrorCode::kKicked}));
  clock.advance(options.gather);
  hub->run_due();  // the notice is in the mailbox, and nobody has read it
  settle();
  const auto next = login("xavier", "s2");
  settle();
  restart();
  EXPECT_EQ(error_of(hub->find_session(first->token.text())), ErrorCode::kUnauthorized);
  EXPECT_EQ(again(next)->user->nickname, "xavier");
}

TEST_F(HubStore, LetsNobodyBackInWhoWasSentOutAMomentBefore) {
  const auto eve = login("eve");
  ASSERT_TRUE(hub->send_out("eve", "out", {ErrorCode::kKicked}));
  settle();
  restart();
  EXPECT_EQ(error_of(hub->find_session(eve->token.text())), ErrorCode::kUnauthorized);
  EXPECT_EQ(hub->user_count(), 0U);
}

TEST_F(HubStore, CountsNobodyWhoseLastSessionWasForgottenAMomentBefore) {
  const auto bob = login("bob");
  hub->logout(login("carol"));  // who was online, or not, when the server went
  log->forget(KeptSession::kKind, bob->token.text());
  log->keep(KeptUser{{"carol", hub->end(), {{"lobby", 0, Owed::Stay::kStill}}}, false, ""}.fact());
  settle();
  restart();
  EXPECT_EQ(hub->user_count(), 0U);
  EXPECT_EQ(hub->users_of("lobby", "", 10)->size, 0U);
  EXPECT_EQ(hub->users("", 10).size, 0U);
}

TEST_F(HubStore, KeepsWhatItCannotRead) {
  log->keep({KeptUser::kKind, "zoe", "from another version"});
  settle();
  restart();
  settle();
  restart();
  const auto kept = sqlite::Archive::open(scratch.path("data/encke.db"))->facts();
  EXPECT_TRUE(
      std::any_of(kept->begin(), kept->end(), [](const Fact& f) { return f.name == "zoe"; }));
}

TEST_F(HubStore, KnowsTheStayThatWasOverLastAfterManyOthers) {
  auto alice = login("alice");
  auto bob = login("bob");
  const auto visit = [&](int rooms) {
    for (int i = 0; i < rooms; ++i) {
      const std::string room = "r" + std::to_string(i);
      ASSERT_TRUE(hub->join(bob, room));
      say(bob, "in " + room, room);
      ASSERT_TRUE(hub->leave(bob, room));
    }
  };
  visit(128);
  const Position before = hub->end();
  say(alice, "1");
  ASSERT_TRUE(hub->leave(bob, "lobby"));
  say(alice, "2");
  restart();
  bob = again(bob);
  EXPECT_EQ(heard(bob, before), (Lines{"lobby alice: 1"}));
  EXPECT_EQ(heard(bob).front(), "gap") << "of the first of the rooms nothing is known any more";
  EXPECT_EQ(heard(bob, bob->user->mailbox->earliest()).size(), 128U);
  visit(128);
  restart();
  bob = again(bob);
  EXPECT_EQ(heard(bob, before).front(), "gap") << "nor of the lobby, and that is said";
}

TEST_F(HubStore, ReadsEverythingThatIsKeptFromTheEarliestOn) {
  auto alice = login("alice");
  say(alice, "1");
  say(alice, "2");
  restart();
  alice = again(alice);
  EXPECT_EQ(heard(alice, alice->user->mailbox->earliest()),
            (Lines{"lobby alice: 1", "lobby alice: 2"}));
}

TEST_F(HubStore, WakesAReaderThatWaitsAfterARestart) {
  auto alice = login("alice");
  auto bob = login("bob");
  say(alice, "1");
  const Position read = hub->end();
  restart();
  bob = again(bob);
  alice = again(alice);
  auto reader = make_ref<CountingReader>();
  WakeList wakes;
  bob->user->mailbox->enter(*reader, clock.now(), wakes);
  Batch batch;
  bob->user->mailbox->read_or_arm(*reader, bob->cursor, 10, batch);
  EXPECT_EQ(reader->wakes, 0);
  EXPECT_FALSE(batch.events.empty()) << "there is something already, on the disk";
  bob->user->mailbox->read_or_arm(*reader, read, 10, batch);
  EXPECT_TRUE(batch.events.empty());
  say(alice, "2");
  EXPECT_EQ(reader->wakes, 1);
  bob->user->mailbox->leave(*reader, clock.now());
}

TEST_F(HubStore, PassesOverNothingThatCannotBeRead) {
  auto alice = login("alice");
  auto bob = login("bob");
  for (int i = 0; i < 30; ++i) say(alice, "text");
  restart();
  bob = again(bob);
  std::filesystem::resize_file(scratch.path("data/encke.db"), 4096);
  Batch batch;
  bob->user->mailbox->read(bob->cursor, 10, batch);
  EXPECT_TRUE(batch.stuck);
  EXPECT_TRUE(batch.events.empty()) << "no gap: it may be there again later";
  EXPECT_EQ(batch.next, bob->cursor);
  EXPECT_FALSE(hub->history(*bob, {.room = "lobby"})) << "nor an empty history";
}

}  // namespace
}  // namespace encke
