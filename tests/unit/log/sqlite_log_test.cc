// What the log on a disk keeps, and how it is there again.
#include "unit/log/sqlite_log_fixture.h"

namespace encke {
namespace {

TEST_F(SqliteLogTest, GoesOnWhereItWas) {
  for (int i = 1; i <= 5; ++i) say(std::to_string(i));
  const Position end = log->end();
  open();
  EXPECT_EQ(log->end(), end) << "the same epoch, the same offset";
  EXPECT_EQ(history("lobby"), (Lines{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(say("6")->position.offset, 6U);
}

TEST_F(SqliteLogTest, GivesNoEarlierTimeThanBeforeTheRestart) {
  const EventPtr before = say("1");
  clock.set_wall(FakeClock::kStart - std::chrono::hours(24));
  open();
  EXPECT_GE(say("2")->time, before->time);
}

TEST_F(SqliteLogTest, GivesWhatOneIsOwedOfRoomsWhileTheyWereThere) {
  say("1");
  say("2", "kitchen");
  say("3");
  say("4", "kitchen");
  say("5");
  constexpr auto kStill = Owed::Stay::kStill;
  EXPECT_EQ(past(bob({{"lobby", 0, kStill}}), 0, 5), (Lines{"1", "3", "5"}));
  EXPECT_EQ(past(bob({{"lobby", 1, kStill}, {"kitchen", 2, kStill}}), 0, 5),
            (Lines{"3", "4", "5"}));
  EXPECT_EQ(past(bob({{"lobby", 0, 3}}), 0, 5), (Lines{"1", "3"})) << "left after the third";
  EXPECT_EQ(past(bob({{"lobby", 0, 1}, {"lobby", 3, kStill}}), 0, 5), (Lines{"1", "5"}));
  EXPECT_EQ(past(bob({{"lobby", 0, kStill}}), 1, 4), (Lines{"3"}))
      << "after the one, up to the other";
  EXPECT_TRUE(past(bob(), 0, 5).empty());
}

TEST_F(SqliteLogTest, GivesWhatOneIsOwedInPrivate) {
  tell("alice", "bob", "1");
  tell("bob", "carol", "2");
  tell("alice", "carol", "3");
  tell("bob", "bob", "4");
  EXPECT_EQ(past(bob(), 0, 4), (Lines{"1", "2", "4"})) << "what was said to oneself, once";
  Owed later = bob();
  later.born.offset = 1;
  EXPECT_EQ(past(later, 0, 4), (Lines{"2", "4"}))
      << "what was told to an earlier owner of the name";
}

TEST_F(SqliteLogTest, GivesThePastInOrderUpToTheLimit) {
  for (int i = 1; i <= 8; ++i) {
    i % 2 == 0 ? tell("alice", "bob", std::to_string(i)) : say(std::to_string(i));
  }
  const Owed owed = bob({{"lobby", 0, Owed::Stay::kStill}});
  EXPECT_EQ(past(owed, 0, 8, 3), (Lines{"1", "2", "3"})) << "from the disk";
  EXPECT_EQ(past(owed, 3, 8, 3), (Lines{"4", "5", "6"})) << "from the disk and from memory";
  EXPECT_EQ(past(owed, 6, 8, 3), (Lines{"7", "8"})) << "from memory";
}

TEST_F(SqliteLogTest, SharesTheNewestEventsBetweenAllWhoReadThem) {
  const EventPtr said = say("1");
  EXPECT_EQ(log->history({.room = "lobby"})->events[0], said) << "the same object";
}

TEST_F(SqliteLogTest, RemembersSendKeysWithTheirEvents) {
  auto first = message("lobby", "alice", "1");
  first->send_key = "alice\n1-0\nk1";
  commit(first);
  clock.advance(std::chrono::minutes(5));
  auto second = message("lobby", "alice", "2");
  second->send_key = "alice\n1-0\nk2";
  commit(second);
  say("without");
  open();
  clock.advance(std::chrono::hours(1));
  const auto all = *log->keyed(std::chrono::minutes(5));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]->send_key, "alice\n1-0\nk1");
  EXPECT_EQ(all[0]->text, "1");
  EXPECT_EQ(texts(*log->keyed(std::chrono::minutes(4))), (Lines{"2"}))
      << "as old as they were when the last was committed";
}

TEST_F(SqliteLogTest, KeepsFactsInTheLastOfTheirForms) {
  log->keep({"user", "bob", "1"});
  log->keep({"user", "alice", "2\n\xE4\xB8\x96"});
  log->keep({"user", "carol", "3"});
  log->keep({"ban", "bob", "4"});
  log->keep({"user", "bob", "5"});
  log->forget("user", "carol");
  log->forget("user", "nobody");
  sync();
  open();
  const auto facts = log->facts("user");
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_EQ(facts[0].name + "=" + facts[0].value, "alice=2\n\xE4\xB8\x96");
  EXPECT_EQ(facts[1].name + "=" + facts[1].value, "bob=5");
  EXPECT_EQ(log->facts("ban").size(), 1U);
  EXPECT_TRUE(log->facts("ban").empty()) << "once for each kind";
  EXPECT_TRUE(log->facts("room").empty());
}

TEST_F(SqliteLogTest, KeepsFactsThatCameBeforeAnEventWithIt) {
  log->keep({"user", "bob", "1"});
  say("1");
  EXPECT_EQ(sqlite::Archive::open(file())->facts()->size(), 1U) << "without a sync";
}

TEST_F(SqliteLogTest, KeepsImagesByteForByte) {
  std::string bytes(100'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
  log->keep_image({"a.png", "image/png", 640, 480, FakeClock::kStart,
                   std::make_shared<const std::string>(bytes)});
  log->keep_image(
      {"b.png", "image/png", 1, 1, FakeClock::kStart, std::make_shared<const std::string>("b")});
  log->forget_image("b.png");
  sync();
  open();
  const auto image = *log->find_image("a.png");
  ASSERT_TRUE(image);
  EXPECT_EQ(*image->bytes, bytes);
  EXPECT_EQ(image->type, "image/png");
  EXPECT_EQ(image->width, 640U);
  EXPECT_EQ(image->height, 480U);
  EXPECT_EQ(image->time, FakeClock::kStart);
  EXPECT_FALSE(*log->find_image("b.png"));
}

TEST_F(SqliteLogTest, CommitsAllThatWaitsAtOnce) {
  std::promise<void> entered;
  std::promise<void> go_on;
  std::vector<std::size_t> batches;
  in_sink = [&](std::size_t size) {
    batches.push_back(size);
    if (batches.size() != 1) return;
    entered.set_value();
    go_on.get_future().wait();
  };
  auto first = append(message("lobby", "alice", "first"));
  entered.get_future().wait();
  std::vector<std::future<EventPtr>> rest;
  for (int i = 0; i < 64; ++i) rest.push_back(append(message("lobby", "alice", "more")));
  go_on.set_value();
  first.get();
  for (auto& each : rest) EXPECT_TRUE(each.get());
  EXPECT_EQ(batches, (std::vector<std::size_t>{1, 64})) << "one sync of the disk for 64";
}

TEST_F(SqliteLogTest, CommitsWhatWaitsBeforeItStopsAndRefusesTheRest) {
  std::vector<std::future<EventPtr>> waiting;
  for (int i = 0; i < 100; ++i) waiting.push_back(append(message("lobby", "alice", "hi")));
  log->stop();
  for (auto& each : waiting) EXPECT_TRUE(each.get());
  std::optional<ErrorCode> refused;
  log->append(message("lobby", "alice", "late"),
              [&](auto answer) { refused = answer ? ErrorCode::kCount : answer.error().code; });
  EXPECT_EQ(refused, ErrorCode::kLogUnavailable);
  open();
  EXPECT_EQ(log->end().offset, 100U);
}

}  // namespace
}  // namespace encke
