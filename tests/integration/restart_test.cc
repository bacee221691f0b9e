// What a client sees of a server that was killed and is there again, and of a disk that takes no
// more (protocol.md, "What is never lost"; operations.md).
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "integration/support/both_holds.h"
#include "support/scratch.h"
#include "unit/images/samples.h"

namespace encke {
namespace {

class Restart : public BothHolds {
 protected:
  Restart() { serve(); }

  void serve(const std::string& limits = "") {
    Program::Flags flags = {kNoNews, "--data=" + scratch_.path("data")};
    flags.insert(flags.end(), serve_with.begin(), serve_with.end());
    program_ = &start(flags, limits);
  }
  /// As a power cut would, as far as the program can tell; and served again, elsewhere.
  void kill_and_serve(std::initializer_list<User*> users) {
    ASSERT_EQ(::kill(program_->pid(), SIGKILL), 0);
    program_->wait_for_exit();
    serve();
    for (User* user : users) user->port = port();
  }

  Program::Flags serve_with;
  Scratch scratch_;
  Program* program_ = nullptr;
};
ENCKE_BOTH_HOLDS(Restart);

TEST_P(Restart, GoesOnFromTokensAndCursors) {
  User alice = login("alice");
  User bob = login("bob", "s1");
  const std::string first = alice.say("1");
  EXPECT_EQ(texts(bob.poll()), (std::vector<std::string>{"1"}));
  alice.say("2");
  alice.tell("bob", "3");
  kill_and_serve({&alice, &bob});
  EXPECT_EQ(texts(bob.poll()), (std::vector<std::string>{"2", "3"}));
  const std::string later = alice.say("4");
  EXPECT_EQ(first.substr(0, first.find('-')), later.substr(0, later.find('-'))) << "the same epoch";
  EXPECT_EQ(texts(bob.poll()), (std::vector<std::string>{"4"}));
  EXPECT_EQ(post("/login", "nickname=bob").error(), "nickname_taken");
}

TEST_P(Restart, KeepsAllThatWasAnswered) {
  User alice = login("alice");
  User bob = login("bob");
  std::vector<std::string> said;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i) {
      said.push_back(std::to_string(said.size()));
      alice.say(said.back());
    }
    kill_and_serve({&alice, &bob});
  }
  EXPECT_EQ(texts(bob.poll()), said) << "each once, in order";
}

TEST_P(Restart, AnswersThePollsThatComeBack) {
  User alice = login("alice");
  User bob = login("bob");
  Wire held = bob.hold();
  Wire stream = bob.stream();
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  ::kill(program_->pid(), SIGKILL);
  EXPECT_TRUE(held.closed());
  kill_and_serve({&alice, &bob});
  Wire again = bob.hold();
  Wire stream_again = bob.stream();
  alice.say("after");
  EXPECT_EQ(texts(again.read().json()["events"]), (std::vector<std::string>{"after"}));
  const auto event = stream_again.next_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->json()["text"], "after");
}

TEST_P(Restart, SaysWhatWasSentTwiceOnce) {
  User alice = login("alice");
  const std::string id = alice.send("text=once&key=k1");
  kill_and_serve({&alice});
  EXPECT_EQ(alice.send("text=once&key=k1"), id);
  EXPECT_EQ(texts(alice.poll()), (std::vector<std::string>{"once"}));
}

TEST_P(Restart, KeepsImages) {
  User alice = login("alice");
  constexpr const char* kPixel =
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
      "YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
  alice.send("image=" + escaped(kPixel));
  const Json events = alice.poll();
  ASSERT_EQ(events.size(), 1U);
  const std::string url = events[0]["image"]["url"];
  const Response before = get(url);
  kill_and_serve({&alice});
  const Response after = get(url);
  EXPECT_EQ(after.status, 200);
  EXPECT_EQ(after.header("Content-Type"), "image/png");
  EXPECT_EQ(after.body, before.body);
}

TEST_P(Restart, TellsACursorAheadOfTheLogThatItIsOfAnotherLife) {
  User alice = login("alice");
  const std::string id = alice.say("1");
  const Response answer = alice.get("/poll?since=" + id.substr(0, id.find('-')) + "-1000");
  EXPECT_EQ(answer.json()["events"][0]["event"], "gap");
}

TEST_P(Restart, LetsNobodyInWhoLoggedOut) {
  User alice = login("alice");
  EXPECT_EQ(alice.post("/logout", "").status, 200);
  kill_and_serve({&alice});
  EXPECT_EQ(alice.get("/session").status, 401);
}

// What cannot be read for a while comes with the next beat, though nobody says anything.
TEST_P(Restart, GoesOnWithAStreamWhenTheDiskCanBeReadAgain) {
  serve_with = {"--heartbeat=1"};
  User alice = login("alice");
  User bob = login("bob");
  for (int i = 0; i < 300; ++i) alice.say(std::to_string(i) + std::string(16'000, 'x'));
  stop();
  serve();
  for (User* user : {&alice, &bob}) user->port = port();
  const std::string file = scratch_.path("data/encke.db");
  std::filesystem::copy_file(file, scratch_.path("whole"));
  std::filesystem::resize_file(file, 4096);
  Wire stream = bob.stream();
  for (int i = 0; i < 3; ++i) {  // what it opens with, and beats
    const auto block = stream.next_block();
    ASSERT_TRUE(block);
    EXPECT_TRUE(block->event.empty()) << block->event;
  }
  EXPECT_EQ(metric("encke_log_works"), 0);
  std::ofstream(file, std::ios::in | std::ios::out | std::ios::binary)
      << std::ifstream(scratch_.path("whole"), std::ios::binary).rdbuf();
  for (int i = 0; i < 300; ++i) {
    const auto event = stream.next_event();
    ASSERT_TRUE(event);
    EXPECT_EQ(std::stoi(std::string(event->json()["text"])), i);
  }
  EXPECT_EQ(metric("encke_log_works"), 1);
}

// --- A disk that takes no more ---

class FullDisk : public Restart {
 protected:
  // So many bytes may a file have; what `ulimit -S -f` counts differs from shell to shell.
  void limit_files(rlim_t bytes) {
    rlimit limit{};
    ASSERT_EQ(prlimit(program_->pid(), RLIMIT_FSIZE, nullptr, &limit), 0);
    limit.rlim_cur = bytes;
    ASSERT_EQ(prlimit(program_->pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  }
  // What was said is added; what was refused is answered.
  static Response say_until_refused(const User& user, std::size_t size,
                                    std::vector<std::string>& said) {
    for (int i = 0; i < 1000; ++i) {
      const std::string text = std::to_string(i) + std::string(size, 'x');
      Response answer = user.post("/send", "text=" + text);
      if (answer.status != 200) return answer;
      said.push_back(text);
    }
    throw Trouble("nothing was refused");
  }
};
ENCKE_BOTH_HOLDS(FullDisk);

// All that is there for the user, in as many answers as that takes.
std::vector<std::string> read_all(User& user) {
  std::vector<std::string> all;
  while (true) {
    const auto some = texts(user.poll());
    if (some.empty()) return all;
    all.insert(all.end(), some.begin(), some.end());
  }
}

TEST_P(FullDisk, RefusesWhatItCannotKeepAndReadsOn) {
  User alice = login("alice");
  User bob = login("bob");
  const User dave = login("dave");
  limit_files(200'000);
  std::vector<std::string> said;
  const Response refused = say_until_refused(alice, 5000, said);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.error(), "log_unavailable");
  EXPECT_FALSE(refused.header("Retry-After").empty());
  EXPECT_GT(said.size(), 5U);
  limit_files(1000);  // nor does anything smaller fit
  EXPECT_EQ(alice.post("/send", "text=small").error(), "log_unavailable");
  EXPECT_EQ(get("/ready").json()["log"], "unavailable");
  EXPECT_EQ(metric("encke_log_works"), 0);

  EXPECT_EQ(read_all(bob), said) << "reads go on, and nobody is told of what was refused";
  EXPECT_EQ(texts(bob.get("/history?room=lobby&limit=1000").json()["events"]).size(), said.size());
  EXPECT_EQ(post("/login", "nickname=carol").error(), "log_unavailable");
  EXPECT_EQ(dave.post("/logout", "").error(), "log_unavailable");

  limit_files(RLIM_INFINITY);
  said.emplace_back("there is room again");
  alice.say(said.back());
  EXPECT_EQ(get("/ready").json().count("log"), 0U);
  EXPECT_EQ(post("/login", "nickname=carol").status, 200) << "whoever was refused may try again";
  kill_and_serve({&alice, &bob});
  EXPECT_EQ(texts(bob.get("/history?room=lobby&limit=1000").json()["events"]), said);
}

TEST_P(FullDisk, LeavesEverybodyWhereTheyWereToldTheyAre) {
  User alice = login("alice");
  User bob = login("bob");
  EXPECT_EQ(alice.post("/join", "room=old").status, 200);
  EXPECT_EQ(bob.post("/join", "room=old").status, 200);
  limit_files(1000);
  EXPECT_EQ(alice.post("/leave", "room=old").error(), "log_unavailable");
  EXPECT_EQ(alice.post("/join", "room=new").error(), "log_unavailable");
  EXPECT_EQ(alice.post("/join", "room=old").error(), "log_unavailable") << "where she is";
  limit_files(RLIM_INFINITY);
  for (int life = 0; life < 2; ++life) {
    std::string rooms;
    const Json all = alice.get("/rooms").json()["rooms"];
    for (const Json& room : all) {
      if (room["joined"] == true) rooms += room["room"].get<std::string>() + ' ';
    }
    EXPECT_EQ(rooms, "lobby old ");
    bob.send("room=old&text=important");
    EXPECT_EQ(texts(alice.poll()), std::vector<std::string>{"important"});
    kill_and_serve({&alice, &bob});
  }
}

TEST_P(FullDisk, TakesNoImageThatItCannotKeep) {
  User alice = login("alice");
  const std::string image = samples::png() + std::string(400'000, 'x');
  const auto send = [&] {
    return alice.post("/send", "image=" + escaped("data:image/png;base64," + base64(image)));
  };
  limit_files(200'000);
  EXPECT_EQ(send().error(), "log_unavailable");
  EXPECT_EQ(alice.post("/send", "text=small").status, 200);
  limit_files(RLIM_INFINITY);
  EXPECT_EQ(send().status, 200);
  kill_and_serve({&alice});
  const Json events = alice.poll();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(get(std::string(events[1]["image"]["url"])).body, image);
}

// What is committed stands in the write-ahead log first. That it cannot be moved into the file does
// not undo it, and must not be told as if it did.
TEST_P(FullDisk, RefusesNothingThatIsKept) {
  User alice = login("alice");
  User bob = login("bob");
  limit_files(6'000'000);
  std::vector<std::string> said;
  EXPECT_EQ(say_until_refused(alice, 16'000, said).error(), "log_unavailable");
  EXPECT_GT(said.size(), 300U) << "more than one write-ahead log full";
  limit_files(RLIM_INFINITY);
  said.emplace_back("there is room again");
  alice.say(said.back());
  kill_and_serve({&alice, &bob});
  EXPECT_EQ(read_all(bob), said);
}

}  // namespace
}  // namespace encke
