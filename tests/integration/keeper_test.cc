// `encke check`, `encke export` and `encke restored`, as an operator runs them (operations.md).
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "integration/support/both_holds.h"
#include "integration/support/command.h"
#include "support/scratch.h"

namespace encke {
namespace {

class Keeper : public BothHolds {
 protected:
  Keeper() { serve(); }

  void serve() { start({kNoNews, "--data=" + data_}); }
  struct Ran {
    std::string output;
    int exit_code;
  };
  static Ran run(const std::string& what) {
    Command command(Program::file() + " " + what + " 2>&1");
    std::string output = command.read_all();
    return {std::move(output), command.wait()};
  }

  Scratch scratch_;
  const std::string data_ = scratch_.path("data");
};
ENCKE_BOTH_HOLDS(Keeper);

TEST_P(Keeper, SaysThatAllIsWellWhileTheServerRuns) {
  const User alice = login("alice");
  alice.say("1");
  alice.say("2");
  const Ran check = run("check --data " + data_);
  EXPECT_NE(check.output.find("2 events (1 to 2), 1 users, 1 sessions"), std::string::npos)
      << check.output;
  EXPECT_NE(check.output.find("all is well"), std::string::npos);
  EXPECT_EQ(check.exit_code, 0);
}

TEST_P(Keeper, FindsWhatIsMissingAndWhatIsDamaged) {
  const User alice = login("alice");
  for (int i = 0; i < 200; ++i) alice.say(std::string(1000, 'x'));
  stop();
  const std::string file = data_ + "/encke.db";
  EXPECT_EQ(Command("sqlite3 " + file + " 'DELETE FROM events WHERE offset = 7'").wait(), 0);
  const Ran missing = run("check --data " + data_);
  EXPECT_NE(missing.output.find("of the positions 1 to 200, 1 are missing"), std::string::npos)
      << missing.output;
  EXPECT_EQ(missing.exit_code, 1);

  std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
  damaged.seekp(100'000);
  damaged << std::string(20'000, '\xFF');
  damaged.close();
  const Ran check = run("check --data " + data_);
  EXPECT_NE(check.output.find("wrong: "), std::string::npos) << check.output;
  EXPECT_EQ(check.exit_code, 1);
}

TEST_P(Keeper, ExportsEveryEvent) {
  const User alice = login("alice");
  const User bob = login("bob");
  const std::string first = alice.say("1");
  bob.tell("alice", "2\nlines");
  std::istringstream lines(run("export --data " + data_).output);
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(Json::parse(line)["text"]);
  EXPECT_EQ(all, (std::vector<std::string>{"1", "2\nlines"}));
  const Json later = Json::parse(run("export --data " + data_ + " --since " + first).output);
  EXPECT_EQ(later["to"], "alice");
  EXPECT_EQ(run("export --data " + data_ + " --since 1-1").exit_code, 1);
}

TEST_P(Keeper, SeesOneMomentOfAServerThatIsWritten) {
  std::atomic<bool> over = false;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    const User user = login("user" + std::to_string(i));
    writers.emplace_back([user, &over] {
      while (!over) user.say("text");
    });
  }
  for (int i = 0; i < 12; ++i) {
    const Ran check = run("check --data " + data_);
    EXPECT_EQ(check.exit_code, 0) << check.output;
  }
  over = true;
  for (auto& writer : writers) writer.join();
}

TEST_P(Keeper, SaysIfNotAllThatIsExportedCouldBeWritten) {
  login("alice").say("1");
  stop();
  const Ran full = run("export --data " + data_ + " >/dev/full");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_EQ(run("export --data " + data_ + " >/dev/null").exit_code, 0);
}

TEST_P(Keeper, GivesARestoredLogAnotherEpoch) {
  User alice = login("alice");
  alice.say("in the backup");
  alice.poll();
  EXPECT_EQ(Command("sqlite3 " + data_ + "/encke.db \".backup '" + scratch_.path("backup") + "'\"")
                .wait(),
            0);
  alice.say("after the backup");
  alice.poll();
  EXPECT_EQ(run("restored --data " + data_).exit_code, 1) << "the server uses it";
  stop();
  for (const char* file : {"/encke.db", "/encke.db-wal", "/encke.db-shm"}) {
    std::filesystem::remove(data_ + file);
  }
  std::filesystem::copy_file(scratch_.path("backup"), data_ + "/encke.db");
  EXPECT_EQ(run("restored --data " + data_).exit_code, 0);
  serve();
  alice.port = port();
  const User bob = login("bob");
  bob.say("given the same position");
  const Json events = alice.poll();
  EXPECT_EQ(events[0]["event"], "gap") << "with a token, and a cursor, of before";
  EXPECT_EQ(run("check --data " + data_).exit_code, 0);
}

TEST_P(Keeper, SaysWhatIsWrongWithTheArguments) {
  EXPECT_EQ(run("check").exit_code, 2);
  const Ran nowhere = run("check --data " + scratch_.path("nowhere"));
  EXPECT_NE(nowhere.output.find("unable to open"), std::string::npos);
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_EQ(run("restored --data " + scratch_.path("nowhere")).exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(scratch_.path("nowhere")));
}

}  // namespace
}  // namespace encke
