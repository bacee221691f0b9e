#include "core/send_keys.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "support/events.h"
#include "support/fake_clock.h"

namespace encke {
namespace {

using std::chrono::minutes;

/// Send keys on a fake clock; what each begin() was answered, by number.
struct Keys {
  explicit Keys(std::size_t max = 100) : keys(minutes(10), max) {}

  /// True if the caller is to send. Its answer will be in answers[n], for the nth call.
  bool begin(const std::string& user, const std::string& key) {
    const std::size_t index = answers.size();
    answers.emplace_back("waits");
    return keys.begin(user, key, clock.now(), [this, index](const SendKeys::Answer& answer) {
      answers[index] = answer ? (*answer)->text : "failed";
    });
  }
  void succeed(const std::string& user, const std::string& key, const std::string& text) {
    keys.settle(user, key, EventPtr(message("lobby", user, text)));
  }
  void fail(const std::string& user, const std::string& key) {
    keys.settle(user, key, tl::unexpected(Error{ErrorCode::kLogUnavailable}));
  }

  FakeClock clock;
  SendKeys keys;
  Lines answers;
};

TEST(SendKeys, AnswersARepeatWithTheFirstAnswer) {
  Keys k;
  EXPECT_TRUE(k.begin("alice", "1"));
  k.succeed("alice", "1", "first");
  EXPECT_FALSE(k.begin("alice", "1"));
  EXPECT_FALSE(k.begin("alice", "1"));
  EXPECT_EQ(k.answers, (Lines{"first", "first", "first"}));
}

TEST(SendKeys, LetsARepeatWaitWhileTheFirstIsBeingCommitted) {
  Keys k;
  EXPECT_TRUE(k.begin("alice", "1"));
  EXPECT_FALSE(k.begin("alice", "1"));
  EXPECT_EQ(k.answers, (Lines{"waits", "waits"}));
  k.succeed("alice", "1", "first");
  EXPECT_EQ(k.answers, (Lines{"first", "first"}));
}

TEST(SendKeys, LetsAFailedSendBeTriedAgain) {
  Keys k;
  EXPECT_TRUE(k.begin("alice", "1"));
  EXPECT_FALSE(k.begin("alice", "1"));
  k.fail("alice", "1");
  EXPECT_EQ(k.answers, (Lines{"failed", "failed"}));
  EXPECT_TRUE(k.begin("alice", "1"));
  k.succeed("alice", "1", "second try");
  EXPECT_FALSE(k.begin("alice", "1"));
  EXPECT_EQ(k.answers.back(), "second try");
}

TEST(SendKeys, TellsKeysAndUsersApart) {
  Keys k;
  EXPECT_TRUE(k.begin("alice", "1"));
  EXPECT_TRUE(k.begin("alice", "2"));
  EXPECT_TRUE(k.begin("bob", "1"));
  EXPECT_TRUE(k.begin("alice1", ""));
  k.succeed("alice", "1", "one");
  EXPECT_EQ(k.answers, (Lines{"one", "waits", "waits", "waits"}));
}

TEST(SendKeys, ForgetsAKeyAfterItsTime) {
  Keys k;
  EXPECT_TRUE(k.begin("alice", "1"));
  k.succeed("alice", "1", "first");
  k.clock.advance(minutes(10) - std::chrono::milliseconds(1));
  EXPECT_FALSE(k.begin("alice", "1"));
  k.clock.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(k.begin("alice", "1"));
}

TEST(SendKeys, CountsTheTimeOfASecondTryFromTheSecondTry) {
  Keys k;
  k.begin("alice", "1");
  k.fail("alice", "1");
  k.clock.advance(minutes(6));
  k.begin("alice", "1");
  k.succeed("alice", "1", "second try");
  k.clock.advance(minutes(6));
  EXPECT_FALSE(k.begin("alice", "1")) << "the first try's time is up, the second's is not";
  k.clock.advance(minutes(4));
  EXPECT_TRUE(k.begin("alice", "1"));
}

TEST(SendKeys, KeepsAKeyThatIsStillBeingCommittedHoweverLongItTakes) {
  Keys k;
  EXPECT_TRUE(k.begin("alice", "1"));
  k.clock.advance(minutes(60));
  EXPECT_FALSE(k.begin("alice", "1"));
  k.succeed("alice", "1", "first");
  EXPECT_EQ(k.answers, (Lines{"first", "first"}));
}

TEST(SendKeys, ForgetsTheOldestKeyWhenThereAreTooMany) {
  Keys k(3);
  for (int i = 1; i <= 10; ++i) {
    const std::string key = std::to_string(i);
    EXPECT_TRUE(k.begin("alice", key));
    k.succeed("alice", key, key);
  }
  EXPECT_FALSE(k.begin("alice", "10"));
  EXPECT_FALSE(k.begin("alice", "9"));
  EXPECT_TRUE(k.begin("alice", "1")) << "forgotten";
}

TEST(SendKeys, NeverForgetsOneThatSomebodyWaitsFor) {
  Keys k(2);
  EXPECT_TRUE(k.begin("alice", "waiting"));
  for (int i = 1; i <= 10; ++i) {
    EXPECT_TRUE(k.begin("alice", std::to_string(i)));
    k.succeed("alice", std::to_string(i), "");
  }
  EXPECT_FALSE(k.begin("alice", "waiting"));
  k.succeed("alice", "waiting", "at last");
  EXPECT_EQ(k.answers.front(), "at last");
  EXPECT_EQ(k.answers.back(), "at last");
}

TEST(SendKeys, HasNoLimitWhenTheLimitIsZero) {
  Keys k(0);
  for (int i = 0; i < 1000; ++i) {
    k.begin("alice", std::to_string(i));
    k.succeed("alice", std::to_string(i), "");
  }
  EXPECT_FALSE(k.begin("alice", "0"));
}

TEST(SendKeys, MayBeAskedAgainFromWithinAnAnswer) {
  FakeClock clock;
  SendKeys keys(minutes(10), 100);
  std::string repeated = "not answered";
  keys.begin("alice", "1", clock.now(), [&](const SendKeys::Answer&) {
    keys.begin("alice", "1", clock.now(),
               [&](const SendKeys::Answer& answer) { repeated = (*answer)->text; });
  });
  keys.settle("alice", "1", EventPtr(message("lobby", "alice", "hi")));
  EXPECT_EQ(repeated, "hi");
}

TEST(SendKeys, LetsOneOfManyThreadsSendAndAnswersAll) {
  constexpr int kThreads = 4;
  FakeClock clock;
  SendKeys keys(minutes(10), 0);
  std::atomic<int> sends{0};
  std::atomic<int> answers{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        const std::string key = std::to_string(i);
        // The answer may come after this turn of the loop: it has to hold its own key.
        const auto done = [&answers, key](const SendKeys::Answer& answer) {
          if (answer && (*answer)->text == key) ++answers;
        };
        if (!keys.begin("alice", key, clock.now(), done)) continue;
        ++sends;
        keys.settle("alice", key, EventPtr(message("lobby", "alice", key)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(sends, 500);
  EXPECT_EQ(answers, kThreads * 500);
}

}  // namespace
}  // namespace encke
