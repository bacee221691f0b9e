#include "log/memory_log.h"

#include <gtest/gtest.h>

#include <string>

#include "support/events.h"
#include "support/fake_clock.h"
#include "support/fake_random.h"

// What every log does is in tests/contract/; here is what this one alone does.

namespace encke {
namespace {

struct Log {
  explicit Log(std::size_t keep, std::size_t keep_bytes = 0)
      : log(clock, random, keep, keep_bytes) {
    log.start([](auto) {});
  }
  void say(const std::string& room, const std::string& text) {
    log.append(message(room, "alice", text), {});
  }
  Lines room(const std::string& name) { return texts(history(name).events); }
  History history(const std::string& name) { return *log.history({.room = name, .limit = 50}); }

  FakeClock clock;
  FakeRandom random;
  MemoryLog log;
};

TEST(MemoryLog, KeepsTheNewestMessagesOfAllConversationsTogether) {
  Log l(3);
  l.say("lobby", "1");
  l.say("kitchen", "2");
  l.say("lobby", "3");
  l.say("lobby", "4");
  EXPECT_EQ(l.room("lobby"), (Lines{"3", "4"}));
  EXPECT_EQ(l.room("kitchen"), (Lines{"2"}));
  l.say("lobby", "5");
  EXPECT_EQ(l.room("kitchen"), Lines{}) << "an old conversation goes in its turn";
  EXPECT_FALSE(l.history("lobby").more) << "there is nothing older any more";
}

TEST(MemoryLog, TakesAConversationUpAgainThatWasForgotten) {
  Log l(1);
  l.say("kitchen", "1");
  l.say("lobby", "2");
  l.say("kitchen", "3");
  EXPECT_EQ(l.room("kitchen"), (Lines{"3"}));
  EXPECT_EQ(l.room("lobby"), Lines{});
}

TEST(MemoryLog, KeepsNoMoreTextThanItIsTold) {
  Log l(100, 10);
  l.say("lobby", "four");
  l.say("kitchen", "four");
  l.say("lobby", "2.");
  EXPECT_EQ(l.room("lobby"), (Lines{"four", "2."})) << "just as much as may be";
  l.say("lobby", "!");
  EXPECT_EQ(l.room("lobby"), (Lines{"2.", "!"}));
  l.say("lobby", "longer than all");
  EXPECT_EQ(l.room("lobby"), Lines{});
}

TEST(MemoryLog, KeepsNothingWhenToldSoAndStillCounts) {
  Log l(0);
  l.say("lobby", "1");
  EXPECT_EQ(l.room("lobby"), Lines{});
  EXPECT_EQ(l.log.end().offset, 1U);
}

TEST(MemoryLog, CommitsBeforeAppendReturnsWhenNobodyElseAppends) {
  Log l(10);
  bool done = false;
  l.log.append(message("lobby", "alice", "hi"), [&](auto answer) { done = answer.has_value(); });
  EXPECT_TRUE(done);
}

TEST(MemoryLog, GivesPositionsThatAreShortToType) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    FakeClock clock;
    FakeRandom random(seed);
    const MemoryLog log(clock, random, 0);
    EXPECT_LE(to_string(log.end()).size(), 12U);
  }
}

}  // namespace
}  // namespace encke
