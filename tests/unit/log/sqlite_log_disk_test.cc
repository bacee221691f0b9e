// A disk that refuses, one that is to be kept small, and files that cannot be used.
#include "unit/log/sqlite_log_fixture.h"

namespace encke {
namespace {

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
