// SIGTERM: everybody who waits is told bye, nobody new is let in, and the program ends soon.
#include <csignal>
#include <set>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Drain : public BothHolds {};
ENCKE_BOTH_HOLDS(Drain);

// Without TLS, of which a handshake would wait for a server that stands still.
class LateRequests : public BothHolds {};
ENCKE_BOTH_HOLDS(LateRequests);

TEST_P(Drain, HundredsOfPollsAndStreamsGetABye) {
  // An hour would be waited for anybody who is not let go of.
  Program& program = start({kNoNews, "--threads=400", "--drain-within=1h"});
  constexpr int kUsers = 25;
  constexpr std::size_t kEach = 4;  // polls, and as many streams, of one user
  std::vector<Wire> polls;
  std::vector<Wire> streams;
  for (int i = 0; i < kUsers; ++i) {
    const User user = login("user" + std::to_string(i));
    for (std::size_t k = 0; k < kEach; ++k) {
      polls.push_back(user.hold());
      streams.push_back(user.stream());
    }
  }
  wait_for_metric("encke_held{transport=\"longpoll\"}", kUsers * kEach);
  wait_for_metric("encke_held{transport=\"stream\"}", kUsers * kEach);
  program.terminate();
  std::multiset<int> retries;
  for (Wire& poll : polls) {
    const Response answer = poll.read();
    EXPECT_EQ(answer.status, 200);
    const Json events = answer.json()["events"];
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0]["event"], "bye");
    retries.insert(events[0]["retry"].get<int>());
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(poll.closed());
  }
  for (Wire& stream : streams) {
    const auto bye = stream.next_event();
    ASSERT_TRUE(bye);
    EXPECT_EQ(bye->event, "bye");
    EXPECT_TRUE(bye->id.empty()) << "a bye must not move the cursor";
    EXPECT_EQ(bye->retry, std::to_string(bye->json()["retry"].get<int>()));
    retries.insert(bye->json()["retry"].get<int>());
    EXPECT_FALSE(stream.next_block());
  }
  EXPECT_EQ(program.wait_for_exit(), 0);
  EXPECT_GE(*retries.begin(), 1000);
  // Of 200 numbers out of 4,000 or more, nearly all differ.
  const std::set<int> different(retries.begin(), retries.end());
  EXPECT_GT(different.size(), retries.size() / 2);
}

TEST_P(Drain, AnAnswerOnItsWayIsStillGiven) {
  Program& program = start({kNoNews});
  User alice = login("alice");
  alice.say("one");
  Wire idle(port());
  Wire half(port());
  const std::string request = make_request("POST", "/send", alice.auth() + kForm, "text=too+late");
  half.send(request.substr(0, request.size() - 3));
  Wire poll = alice.hold("&reader=late");
  EXPECT_EQ(texts(poll.read().json()["events"]), std::vector<std::string>{"one"});
  alice.cursor = alice.get("/poll").json()["next"];
  Wire held = alice.hold();
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  program.terminate();
  EXPECT_EQ(held.read().json()["events"][0]["event"], "bye");
  // From now on, new work is refused: on a connection that is there, with an answer.
  half.send(request.substr(request.size() - 3));
  const Response refused = half.read();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.error(), "draining");
  EXPECT_EQ(refused.header("Retry-After"), "2");
  EXPECT_EQ(refused.header("Connection"), "close");
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(program.wait_for_exit(), 0);
  EXPECT_THROW(Wire{program.port()}, Trouble) << "nobody new is let in";
}

TEST_P(LateRequests, AreAnsweredThoughTheServerHadNotLookedYetWhenItEnds) {
  Program& program = start({kNoNews, "--threads=64", "--drain-within=1h"});
  const User alice = login("alice");
  std::vector<Wire> wires;
  for (int i = 0; i < 20; ++i) {  // known to the server, and idle
    wires.emplace_back(port());
    wires.back().send(make_request("GET", "/health"));
    ASSERT_EQ(wires.back().read().status, 200);
  }
  kill(program.pid(), SIGSTOP);
  for (int i = 0; i < 20; ++i) wires.emplace_back(port());  // known to its kernel only
  for (Wire& wire : wires) {
    wire.send(make_request("POST", "/send", alice.auth() + kForm, "text=just+in+time"));
  }
  program.terminate();
  kill(program.pid(), SIGCONT);
  for (Wire& wire : wires) {
    const Response answer = wire.read();
    if (answer.status == 200) continue;  // said before the server knew that it ends
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.error(), "draining");
  }
  EXPECT_EQ(program.wait_for_exit(), 0);
}

TEST_P(Drain, NobodyWhoDoesNotReadHoldsItUp) {
  Program& program = start({kNoNews, "--mailbox-events=0"});
  const User alice = login("alice");
  Wire slow(port(), 4096);
  slow.send(make_request("GET", "/events", alice.auth()));
  const std::string text(16'000, 'x');
  Wire wire(port());
  for (int i = 0; i < 700; ++i) {
    wire.send(make_request("POST", "/send", alice.auth() + kPlainText, text));
    ASSERT_EQ(wire.read().status, 200);
  }
  Wire half(port());
  half.send("POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
  program.terminate();
  EXPECT_EQ(program.wait_for_exit(), 0);
}

TEST_P(Drain, AServerThatNobodyUsesEndsAtOnce) {
  Program& program = start({});
  Wire idle(port());
  program.terminate();
  EXPECT_EQ(program.wait_for_exit(), 0);
}

}  // namespace
}  // namespace encke
