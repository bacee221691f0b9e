#include "log/sqlite_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/events.h"
#include "support/fake_clock.h"
#include "support/fake_random.h"
#include "support/scratch.h"

namespace encke {
namespace {

using Retention = sqlite::Retention;

class SqliteLogTest : public testing::Test {
 protected:
  SqliteLogTest() { open(); }

  void open(const Retention& retention = {}) {
    log.reset();
    auto opened =
        SqliteLog::open({.folder = scratch.path("data"), .retention = retention, .tail = 3}, clock,
                        random, [this](SqliteLog::Side, bool works, const std::string&) {
                          if (told) told(works);
                        });
    ASSERT_TRUE(opened) << opened.error();
    log = std::move(*opened);
    log->start([this](std::span<const EventPtr> events) {
      if (in_sink) in_sink(events.size());
    });
  }

  std::future<EventPtr> append(Ref<Event> event) {
    auto result = std::make_shared<std::promise<EventPtr>>();
    log->append(std::move(event),
                [result](auto answer) { result->set_value(answer ? *answer : EventPtr()); });
    return result->get_future();
  }
  EventPtr commit(Ref<Event> event) { return append(std::move(event)).get(); }
  EventPtr say(const std::string& text, const std::string& room = "lobby") {
    return commit(message(room, "alice", text));
  }
  EventPtr tell(const std::string& from, const std::string& to, const std::string& text) {
    return commit(private_message(from, to, text));
  }
  bool is_synced() {
    std::promise<bool> result;
    log->sync([&](auto ok) { result.set_value(ok.has_value()); });
    return result.get_future().get();
  }
  void sync() { ASSERT_TRUE(is_synced()); }
  std::string file() { return scratch.path("data/encke.db"); }
  /// What the disk would do to the log is done to one of its tables.
  void alter(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  void refuse(const std::string& table) {
    alter("CREATE TRIGGER refuse BEFORE INSERT ON " + table +
          " BEGIN SELECT raise(ABORT, 'the disk refuses'); END");
  }
  void accept() { alter("DROP TRIGGER refuse"); }
  void keep_image(const std::string& name) {
    log->keep_image(
        {name, "image/png", 1, 1, clock.wall_now(), std::make_shared<const std::string>("bytes")});
  }

  Lines history(const std::string& room) {
    return texts(log->history({.room = room, .limit = 50})->events);
  }
  Lines past(const Owed& owed, std::uint64_t after, std::uint64_t upto, std::size_t limit = 100) {
    std::vector<EventPtr> events;
    const std::uint64_t epoch = log->end().epoch;
    EXPECT_TRUE(log->past(owed, {epoch, after}, {epoch, upto}, limit, events));
    return texts(events);
  }
  Owed bob(std::vector<Owed::Stay> stays = {}) {
    return {"bob", {log->end().epoch, 0}, std::move(stays)};
  }

  Scratch scratch;
  FakeClock clock;
  FakeRandom random;
  std::function<void(std::size_t)> in_sink;
  std::function<void(bool)> told;
  std::unique_ptr<SqliteLog> log;
};

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

// --- A disk that refuses ---

TEST_F(SqliteLogTest, KeepsWhatTheDiskRefusedUntilItTakesIt) {
  log->keep({"user", "bob", "1"});
  log->keep({"user", "carol", "1"});
  sync();
  refuse("facts");
  log->keep({"user", "bob", "2"});
  EXPECT_FALSE(is_synced());
  EXPECT_FALSE(log->works());
  log->keep({"user", "bob", "3"});
  log->forget("user", "carol");
  EXPECT_FALSE(say("refused")) << "as long as what it stands on is not there";
  accept();
  EXPECT_EQ(say("taken")->position.offset, 1U);
  EXPECT_TRUE(log->works());
  open();
  const auto facts = log->facts("user");
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].name + facts[0].value, "bob3");
  EXPECT_EQ(history("lobby"), (Lines{"taken"}));
}

TEST_F(SqliteLogTest, TakesNoMessageWhoseImageTheDiskRefused) {
  refuse("images");
  keep_image("a.png");
  EXPECT_FALSE(say("with a.png"));
  log->forget_image("a.png");  // as whoever was refused does
  EXPECT_TRUE(say("without")) << "nobody waits for that image any more";
  keep_image("b.png");
  EXPECT_FALSE(is_synced());
  accept();
  EXPECT_TRUE(say("with b.png"));
  open();
  EXPECT_TRUE(*log->find_image("b.png"));
  EXPECT_FALSE(*log->find_image("a.png"));
}

TEST_F(SqliteLogTest, TriesAgainThoughNobodySaysAnything) {
  refuse("events");
  std::promise<void> works;
  told = [&](bool ok) {
    if (ok) works.set_value();
  };
  EXPECT_FALSE(say("refused"));
  works.get_future().wait();  // the table still refuses: it is another that is tried
  EXPECT_TRUE(log->works());
  const auto archive = sqlite::Archive::open(file());
  EXPECT_EQ(*archive->database().word("SELECT value FROM meta WHERE name = 'tries'"), "1");
  told = {};
}

TEST_F(SqliteLogTest, DoesNotBeginWithoutWhatItKnew) {
  log->keep({"user", "bob", std::string(100, 'x')});
  sync();
  log.reset();
  const auto root = *sqlite::Archive::open(file())->database().number(
      "SELECT rootpage FROM sqlite_schema WHERE name = 'facts'");
  const auto page = *sqlite::Archive::open(file())->database().number("PRAGMA page_size");
  std::fstream damaged(file(), std::ios::in | std::ios::out | std::ios::binary);
  damaged.seekp((root - 1) * page);
  damaged << std::string(static_cast<std::size_t>(page), '\xFF');
  damaged.close();
  const auto opened = SqliteLog::open({.folder = scratch.path("data")}, clock, random, {});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().find("malformed"), std::string::npos) << opened.error();
}

TEST_F(SqliteLogTest, MakesFoldersWithinFolders) {
  EXPECT_TRUE(SqliteLog::open({.folder = scratch.path("a/b/c")}, clock, random, {}));
  EXPECT_TRUE(std::filesystem::exists(scratch.path("a/b/c/encke.db")));
  std::ofstream(scratch.path("no folder")) << "x";
  EXPECT_FALSE(SqliteLog::open({.folder = scratch.path("no folder/b")}, clock, random, {}));
}

// --- What is let go of ---

TEST_F(SqliteLogTest, LetsGoOfWhatIsTooOldButNotOfTheLast) {
  open({.keep = std::chrono::hours(1)});
  say("1");
  clock.advance(std::chrono::minutes(50));
  say("2");
  clock.advance(std::chrono::minutes(20));
  say("3");
  sync();
  EXPECT_EQ(history("lobby"), (Lines{"2", "3"}));
  EXPECT_EQ(log->oldest().offset, 1U) << "after this, everything is there";
  clock.advance(std::chrono::hours(48));
  sync();
  sync();
  EXPECT_EQ(history("lobby"), (Lines{"3"}));
  open({.keep = std::chrono::hours(1)});
  EXPECT_EQ(say("4")->position.offset, 4U) << "no position is given out twice";
}

TEST_F(SqliteLogTest, SaysWhatItLetsGoOfWhileItCanBeRead) {
  for (int i = 0; i < 10; ++i) say("text");
  log.reset();
  auto writer = sqlite::Writer::open(file(), random);
  ASSERT_TRUE(writer);
  std::uint64_t going = 0;
  const auto more =
      writer->let_go({.keep = std::chrono::hours(1)}, clock.wall_now() + std::chrono::hours(2),
                     [&](std::uint64_t oldest) {
                       going = oldest;
                       EXPECT_EQ(sqlite::Archive::open(file())->events(0, 100)->size(), 10U);
                     });
  EXPECT_TRUE(more);
  EXPECT_EQ(going, 9U);
  EXPECT_EQ(sqlite::Archive::open(file())->events(0, 100)->size(), 1U);
}

TEST_F(SqliteLogTest, LetsGoOfNothingBecauseAClockWasSet) {
  open({.keep = std::chrono::hours(24)});
  say("1");
  clock.advance(std::chrono::hours(2));
  clock.set_wall(clock.wall_now() + std::chrono::hours(24 * 90));
  say("2");
  sync();
  EXPECT_EQ(history("lobby"), (Lines{"1", "2"}));
  open({.keep = std::chrono::hours(24)});
  say("3");
  clock.advance(std::chrono::minutes(50));
  sync();
  sync();
  EXPECT_EQ(history("lobby"), (Lines{"1", "2", "3"})) << "nor after a restart";
  clock.advance(std::chrono::minutes(20));
  sync();
  sync();
  EXPECT_EQ(history("lobby"), (Lines{"2", "3"})) << "a clock that stays so is believed";
}

TEST_F(SqliteLogTest, LetsGoOfWhatIsTooMuch) {
  open({.max_bytes = 4 * 1024 * 1024});
  const std::string text(16'000, 'x');
  for (int i = 0; i < 600; ++i) {
    say(text);
    clock.advance(std::chrono::seconds(11));
  }
  open({.max_bytes = 4 * 1024 * 1024});
  EXPECT_GT(log->oldest().offset, 0U);
  EXPECT_LT(log->oldest().offset, 450U) << "nor of more than is too much";
  EXPECT_EQ(log->end().offset, 600U);
  std::size_t size = 0;
  for (const auto& file : std::filesystem::directory_iterator(scratch.path("data"))) {
    if (file.path().filename() == "encke.db") size = file.file_size();
  }
  EXPECT_LT(size, 600 * text.size());
}

TEST_F(SqliteLogTest, LetsGoOfAllThatIsTooMuchThoughNobodySaysAnything) {
  for (int i = 0; i < 100; ++i) say(std::string(16'000, 'x'));
  open({.max_bytes = 400'000});
  clock.advance(std::chrono::seconds(11));
  sync();
  while (log->oldest().offset < 75) std::this_thread::yield();
}

TEST_F(SqliteLogTest, LetsGoOfImages) {
  const Retention retention = {.keep_images = std::chrono::hours(1), .max_image_bytes = 2500};
  open(retention);
  const auto keep = [&](const std::string& name) {
    log->keep_image({name, "image/png", 1, 1, clock.wall_now(),
                     std::make_shared<const std::string>(1000, 'x')});
    sync();
    clock.advance(std::chrono::seconds(11));
    sync();
    sync();
  };
  keep("old");
  clock.advance(std::chrono::hours(2));
  sync();
  sync();
  EXPECT_FALSE(*log->find_image("old"));
  keep("1");
  keep("2");
  EXPECT_TRUE(*log->find_image("1"));
  EXPECT_TRUE(*log->find_image("2"));
}

// --- What cannot be used ---

std::string why_not(const std::string& folder, const Clock& clock, RandomSource& random) {
  const auto opened = SqliteLog::open({.folder = folder}, clock, random, {});
  return opened ? "" : opened.error();
}

TEST_F(SqliteLogTest, IsOneServersAlone) {
  EXPECT_NE(why_not(scratch.path("data"), clock, random).find("another server"), std::string::npos);
}

TEST_F(SqliteLogTest, SaysWhatIsWrongWithItsFile) {
  std::filesystem::create_directory(scratch.path("other"));
  std::ofstream(scratch.path("other/encke.db")) << std::string(10'000, 'x');
  EXPECT_NE(why_not(scratch.path("other"), clock, random).find("not a database"),
            std::string::npos);

  std::filesystem::create_directory(scratch.path("foreign"));
  {
    auto foreign =
        sqlite::Database::open(scratch.path("foreign/encke.db"), sqlite::Database::Mode::kCreate);
    ASSERT_TRUE(foreign->run("CREATE TABLE recipes (name TEXT)"));
  }
  EXPECT_NE(why_not(scratch.path("foreign"), clock, random).find("not one of Encke's"),
            std::string::npos);

  std::ofstream(scratch.path("file")) << "x";
  EXPECT_NE(why_not(scratch.path("file/data"), clock, random), "");
}

TEST_F(SqliteLogTest, RefusesAFileOfALaterVersion) {
  log.reset();
  {
    auto database =
        sqlite::Database::open(scratch.path("data/encke.db"), sqlite::Database::Mode::kCreate);
    ASSERT_TRUE(database->run("PRAGMA user_version = 99"));
  }
  EXPECT_NE(why_not(scratch.path("data"), clock, random).find("version 99"), std::string::npos);
}

TEST_F(SqliteLogTest, CanBeReadByNobodyElse) {
  say("1");
  for (const auto& file : std::filesystem::directory_iterator(scratch.path("data"))) {
    EXPECT_EQ(file.status().permissions() & std::filesystem::perms(077),
              std::filesystem::perms::none)
        << file.path();
  }
}

}  // namespace
}  // namespace encke
