// A reader that does not keep up is cut, and comes back by its cursor: it gets everything, or a
// gap.
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class SlowReader : public BothHolds {
 protected:
  // More than any kernel keeps for a connection that nobody reads from.
  static constexpr int kMessages = 800;

  void flood(const User& user) {
    const std::string padding(16'000, '.');
    Wire wire(port());
    for (int i = 0; i < kMessages; ++i) {
      wire.send(make_request("POST", "/send", user.auth() + kPlainText,
                             std::to_string(i) + ' ' + padding));
      ASSERT_EQ(wire.read().status, 200);
    }
  }

  // The numbers of the messages of a stream, and -1 for a gap, until it ends or `last` has come.
  static std::vector<int> numbers(Wire& stream, std::string& cursor, int last) {
    std::vector<int> all;
    try {
      while (const auto event = stream.next_event()) {
        cursor = event->id;
        all.push_back(event->event == "gap" ? -1
                                            : std::stoi(event->json()["text"].get<std::string>()));
        if (all.back() == last) break;
      }
    } catch (const Trouble&) {
      // Cut in the middle of an event, which then was not read.
    }
    return all;
  }

  // Reads until the last message has come, on as many streams as it takes.
  void read_everything(User& user, Wire stream) {
    int before = -1;
    bool after_gap = false;
    for (int streams = 0; before != kMessages - 1; ++streams) {
      ASSERT_LT(streams, 50);
      for (const int number : numbers(stream, user.cursor, kMessages - 1)) {
        if (number >= 0) {
          EXPECT_GT(number, before) << "twice";
          EXPECT_TRUE(after_gap || number == before + 1) << "lost without a word: " << number;
          before = number;
        }
        after_gap = number < 0;
      }
      if (before != kMessages - 1) stream = user.stream();
    }
  }

  Wire slow_stream(const User& user) {
    Wire wire(port(), 4096);
    wire.send(make_request("GET", "/events", user.auth()));
    EXPECT_EQ(wire.read_head().status, 200);
    return wire;
  }
};
ENCKE_BOTH_HOLDS(SlowReader);

TEST_P(SlowReader, IsCutAtItsBoundAndMissesNothing) {
  start({kNoNews, "--stall-after=500ms", "--mailbox-events=0"});
  User alice = login("alice");
  Wire slow = slow_stream(alice);
  flood(alice);
  wait_for_metric("encke_held{transport=\"stream\"}", 0);
  read_everything(alice, std::move(slow));
}

TEST_P(SlowReader, IsToldOfTheGapWhenTheMailboxIsSmall) {
  start({kNoNews, "--stall-after=500ms", "--mailbox-events=20"});
  User alice = login("alice");
  Wire slow = slow_stream(alice);
  flood(alice);
  wait_for_metric("encke_held{transport=\"stream\"}", 0);
  bool gap = false;
  std::string cursor = alice.cursor;
  const std::vector<int> got = numbers(slow, cursor, kMessages - 1);
  ASSERT_LT(got.size(), static_cast<std::size_t>(kMessages - 20));
  User resumed = alice;
  resumed.cursor = cursor;
  Wire stream = resumed.stream();
  for (const int number : numbers(stream, cursor, kMessages - 1)) gap = gap || number < 0;
  EXPECT_TRUE(gap);
  read_everything(alice, alice.stream());
}

// A stream sends so many events at a time, and the gap comes besides.
TEST_P(SlowReader, GoesOnBehindAGapWithMoreThanOnePartHolds) {
  start({kNoNews, "--mailbox-events=200", "--max-output=0"});
  User alice = login("alice");
  flood(alice);
  Wire stream = alice.stream();
  std::string cursor = alice.cursor;
  const std::vector<int> got = numbers(stream, cursor, kMessages - 1);
  ASSERT_EQ(got.size(), 201U);
  EXPECT_EQ(got.front(), -1);
}

TEST_P(SlowReader, ThatReadsOnInTimeStaysAndMissesNothing) {
  start({kNoNews, "--mailbox-events=0"});
  User alice = login("alice");
  Wire slow = slow_stream(alice);
  flood(alice);
  std::string cursor = alice.cursor;
  const std::vector<int> got = numbers(slow, cursor, kMessages - 1);
  EXPECT_EQ(got.size(), static_cast<std::size_t>(kMessages));
}

TEST_P(SlowReader, OfAPollsAnswerIsCut) {
  start({kNoNews, "--stall-after=500ms", "--mailbox-events=0", "--max-output=0"});
  const User alice = login("alice");
  flood(alice);
  Wire slow(port(), 4096);
  slow.send(make_request("GET", "/poll?limit=1000", alice.auth()));
  wait_for_metric("encke_slow_readers_cut_total", 1);
  EXPECT_LT(slow.read_to_end().size(), std::size_t{kMessages} * 16'000);
}

// However much there is, one answer is bounded; what it leaves out is asked for with `next`.
TEST_P(SlowReader, OfPollsGetsEverythingInBoundedAnswers) {
  start({kNoNews, "--mailbox-events=0", "--max-output=64k"});
  User alice = login("alice");
  flood(alice);
  std::size_t events = 0;
  while (true) {
    const Response answer = alice.get("/poll?limit=1000&since=" + alice.cursor);
    EXPECT_LT(answer.body.size(), 64U * 1024 + 20'000);
    const Json json = answer.json();
    if (json["events"].empty()) break;
    events += json["events"].size();
    alice.cursor = json["next"];
  }
  EXPECT_EQ(events, std::size_t{kMessages});
  const Json history = alice.get("/history?room=lobby&limit=1000").json();
  EXPECT_LT(history["events"].size(), 10U);
  EXPECT_EQ(history["more"], true);
}

}  // namespace
}  // namespace encke
