// Hundreds who idle, hundreds who are slow in each way there is, and a few who chat meanwhile:
// these miss nothing, and those are ended as docs/protocol.md says.
#include <sys/resource.h>

#include <string>
#include <vector>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

class SlowCrowd : public BothHolds {
 protected:
  static constexpr std::size_t kOfEach = 300;
  static constexpr std::size_t kChatting = 20;
  static constexpr std::size_t kReaders = 8;  // of one user: as many as there may be
  static constexpr std::size_t kDripping = 10;
  static constexpr int kKept = 50;    // events, in a mailbox
  static constexpr int kRounds = 10;  // of chat: more than is kept for a reader anywhere

  SlowCrowd() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    start({kNoNews, "--log-level=warn", "--threads=1400", "--max-per-address=0",
           "--logins-per-address=0", "--sends-per-user=0", "--sends-per-address=0",
           "--requests-per-address=0", "--head-within=2s", "--body-rate=1000", "--keep-alive=2s",
           "--stall-after=1s", "--max-output=16k", "--mailbox-events=" + std::to_string(kKept)});
  }

  void begin_to_chat() {
    for (std::size_t i = 0; i < kChatting; ++i) {
      chatting_.push_back(login("chatting" + std::to_string(i)));
      streams_.push_back(chatting_.back().stream());
    }
  }
  /// Each says something, and everybody hears all of it, in order, and nothing else.
  void chat() {
    std::vector<std::string> said;
    for (const User& user : chatting_) {
      said.push_back(std::to_string(++texts_) + std::string(1'000, '.'));
      user.say(said.back());
    }
    for (Wire& stream : streams_) {
      for (const std::string& text : said) {
        const auto event = stream.next_event();
        ASSERT_TRUE(event);
        ASSERT_EQ(event->event, "message");
        ASSERT_EQ(event->json()["text"], text);
      }
    }
  }

  std::vector<Wire> say(const std::string& bytes) {
    std::vector<Wire> wires;
    for (std::size_t i = 0; i < kOfEach; ++i) {
      wires.emplace_back(port());
      wires.back().send(bytes);
    }
    return wires;
  }
  /// What became of those to which bytes went on may be lost with the connection.
  static void expect_timed_out(std::vector<Wire>& wires) {
    for (std::size_t i = 0; i < wires.size(); ++i) {
      const std::string answer = wires[i].read_to_end();
      const bool told = answer.starts_with("HTTP/1.1 408");
      EXPECT_TRUE(told || (i < kDripping && answer.empty())) << i << answer;
    }
  }

  std::vector<User> chatting_;
  std::vector<Wire> streams_;
  int texts_ = 0;
};
ENCKE_BOTH_HOLDS(SlowCrowd);

TEST_P(SlowCrowd, IsEndedAndThoseWhoChatMissNothing) {
  begin_to_chat();
  std::vector<Wire> idle = say(make_request("GET", "/version"));
  for (Wire& wire : idle) ASSERT_EQ(wire.read().status, 200);
  std::vector<User> asleep;
  std::vector<Wire> unread;
  for (std::size_t i = 0; i < kOfEach; ++i) {
    if (i % kReaders == 0) asleep.push_back(login("asleep" + std::to_string(i)));
    unread.push_back(Wire::narrow(port()));
    unread.back().send(make_request("GET", "/events", asleep.back().auth()));
  }
  wait_for_metric("encke_held{transport=\"stream\"}", kOfEach + kChatting);
  std::vector<Wire> heads = say("GET /version HTTP/1.1\r\nHost: x\r\nX: ");
  std::vector<Wire> bodies = say("POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n");

  // A byte now and then buys no more time.
  bool open = true;
  for (int round = 0; open || round < kRounds; ++round) {
    chat();
    open = false;
    for (std::size_t i = 0; i < kDripping; ++i) {
      open = heads[i].try_send("x") || open;
      open = bodies[i].try_send("x") || open;
    }
  }
  expect_timed_out(heads);
  expect_timed_out(bodies);
  for (Wire& wire : idle) EXPECT_TRUE(wire.closed());
  wait_for_metric("encke_slow_readers_cut_total", kOfEach);
  EXPECT_EQ(metric("encke_requests_timed_out_total"), 2 * kOfEach);
  EXPECT_EQ(metric("encke_held{transport=\"stream\"}"), kChatting);

  chat();
  // Whoever did not read comes back to what is kept, and is told that there was more.
  for (User& user : asleep) {
    Json events = user.poll();
    ASSERT_EQ(events.at(0)["event"], "gap");
    int next = texts_ - kKept + 1;
    for (events.erase(0); !events.empty(); events = user.poll()) {
      for (const std::string& text : texts(events)) EXPECT_EQ(std::stoi(text), next++);
    }
    EXPECT_EQ(next, texts_ + 1);
  }
}

}  // namespace
}  // namespace encke
