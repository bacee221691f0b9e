// /events: Server-Sent Events (HTML Living Standard, section 9.2).
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Events : public BothHolds {};
ENCKE_BOTH_HOLDS(Events);

TEST_P(Events, OpensWithARetryAndHeadersThatNobodyBuffers) {
  const User alice = login("alice");
  Wire wire(port());
  wire.send(make_request("GET", "/events", alice.auth()));
  const Response head = wire.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.header("Cache-Control"), "no-store, no-transform");
  EXPECT_EQ(head.header("X-Accel-Buffering"), "no");
  EXPECT_EQ(head.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(head.header("Connection"), "close");
  const auto opening = wire.next_block();
  ASSERT_TRUE(opening);
  const int retry = std::stoi(opening->retry);
  EXPECT_GE(retry, 1000);
  EXPECT_LT(retry, 3000);
}

TEST_P(Events, RetryDiffersFromClientToClient) {
  const User alice = login("alice");
  std::vector<std::string> retries;
  for (int i = 0; i < 6; ++i) {
    Wire stream = alice.stream();
    retries.push_back(stream.next_block()->retry);
  }
  EXPECT_NE(std::count(retries.begin(), retries.end(), retries[0]), 6);
}

TEST_P(Events, TellsWhatIsSaid) {
  const User alice = login("alice");
  Wire stream = alice.stream();
  const std::string id = alice.say("one\ntwo");
  const auto event = stream.next_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->id, id);
  EXPECT_EQ(event->event, "message");
  EXPECT_EQ(event->json()["text"], "one\ntwo");
}

// One antivirus holds the first event until more comes.
TEST_P(Events, SendsAcommentRightBehindTheFirstEvent) {
  const User alice = login("alice");
  alice.say("one");
  alice.say("two");
  Wire stream = alice.stream();
  EXPECT_FALSE(stream.next_block()->retry.empty());
  EXPECT_EQ(stream.next_block()->json()["text"], "one");
  EXPECT_TRUE(stream.next_block()->comment);
  EXPECT_EQ(stream.next_block()->json()["text"], "two");
  alice.say("three");
  EXPECT_EQ(stream.next_block()->json()["text"], "three") << "only behind the first";
}

TEST_P(Events, BeatsWhileNothingIsSaid) {
  start({kNoNews, "--heartbeat=200ms"});
  const User alice = login("alice");
  Wire stream = alice.stream();
  EXPECT_FALSE(stream.next_block()->retry.empty());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(stream.next_block()->comment);
  alice.say("hello");
  EXPECT_EQ(stream.next_event()->json()["text"], "hello");
}

TEST_P(Events, WithoutHeartbeatItIsSilent) {
  start({kNoNews, "--heartbeat=0"});
  const User alice = login("alice");
  Wire stream = alice.stream();
  alice.say("one");
  EXPECT_FALSE(stream.next_block()->retry.empty());
  EXPECT_EQ(stream.next_block()->event, "message");
  EXPECT_TRUE(stream.next_block()->comment);  // the one behind the first event
  alice.say("two");
  EXPECT_EQ(stream.next_block()->json()["text"], "two");
}

TEST_P(Events, ResumesByLastEventId) {
  User alice = login("alice");
  Wire stream = alice.stream();
  const std::string first = alice.say("one");
  EXPECT_EQ(stream.next_event()->id, first);
  stream.cut();
  alice.say("two");
  Wire resumed(port());
  // An EventSource repeats its address, with the `since` that it began with.
  resumed.send(make_request("GET", "/events?since=" + alice.cursor,
                            alice.auth() + Fields{{"Last-Event-ID", first}}));
  EXPECT_EQ(resumed.read_head().status, 200);
  EXPECT_EQ(resumed.next_event()->json()["text"], "two");
}

TEST_P(Events, ResumesBySince) {
  User alice = login("alice");
  alice.cursor = alice.say("one");
  alice.say("two");
  Wire stream = alice.stream();
  EXPECT_EQ(stream.next_event()->json()["text"], "two");
}

TEST_P(Events, ChangesToAPollInTheMiddleAndBack) {
  User alice = login("alice");
  Wire stream = alice.stream();
  alice.say("one");
  alice.cursor = stream.next_event()->id;
  stream.cut();
  alice.say("two");
  EXPECT_EQ(texts(alice.poll()), std::vector<std::string>{"two"});
  alice.say("three");
  Wire again = alice.stream();
  EXPECT_EQ(again.next_event()->json()["text"], "three");
}

TEST_P(Events, TellsOfAGapWithAnIdToGoOnFrom) {
  start({kNoNews, "--mailbox-events=2"});
  User alice = login("alice");
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(alice.say(std::to_string(i)));
  Wire stream = alice.stream();
  const auto gap = stream.next_event();
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->event, "gap");
  EXPECT_EQ(gap->json()["after"], alice.cursor);
  EXPECT_EQ(gap->json()["oldest"], ids[2]);
  EXPECT_EQ(gap->id, ids[2]);
  EXPECT_EQ(stream.next_event()->json()["text"], "3");
}

TEST_P(Events, ManyEventsArriveWholeAndInOrder) {
  const User alice = login("alice");
  Wire stream = alice.stream();
  std::vector<std::string> sent;
  Wire wire(port());
  for (int i = 0; i < 300; ++i) {
    sent.push_back(std::to_string(i));
    wire.send(make_request("POST", "/send", alice.auth() + kPlainText, sent.back()));
    EXPECT_EQ(wire.read().status, 200);
  }
  std::vector<std::string> heard;
  while (heard.size() < sent.size()) heard.push_back(stream.next_event()->json()["text"]);
  EXPECT_EQ(heard, sent);
  Wire late = alice.stream();
  heard.clear();
  while (heard.size() < sent.size()) heard.push_back(late.next_event()->json()["text"]);
  EXPECT_EQ(heard, sent);
}

TEST_P(Events, GoesToAnHttp10ClientWithoutChunks) {
  const User alice = login("alice");
  Wire wire(port());
  wire.send("GET /events?token=" + alice.token + " HTTP/1.0\r\n\r\n");
  const Response head = wire.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_FALSE(head.has("Transfer-Encoding"));
  EXPECT_FALSE(head.has("Content-Length"));
  EXPECT_FALSE(wire.next_block()->retry.empty());
  alice.say("hello");
  EXPECT_EQ(wire.next_event()->json()["text"], "hello");
  alice.post("/logout");
  EXPECT_FALSE(wire.next_event()) << "the end of the connection is the end of the stream";
}

TEST_P(Events, AnErrorIsAnAnswerAndNoStream) {
  const Response answer = get("/events");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.error(), "unauthorized");
  EXPECT_EQ(login("alice").get("/events?since=x").error(), "bad_cursor");
}

TEST_P(Events, ANewerStreamOfTheSameReaderEndsTheOlder) {
  const User alice = login("alice");
  Wire older = alice.stream("&reader=tab");
  EXPECT_FALSE(older.next_block()->retry.empty());
  wait_for_metric("encke_held{transport=\"stream\"}", 1);
  Wire newer = alice.stream("&reader=tab");
  const auto bye = older.next_event();
  ASSERT_TRUE(bye);
  EXPECT_EQ(bye->event, "bye");
  EXPECT_GE(bye->json()["retry"], 30'000) << "or the two would take turns";
  EXPECT_FALSE(older.next_event());
  EXPECT_TRUE(older.closed());
  alice.say("hello");
  EXPECT_EQ(newer.next_event()->json()["text"], "hello");
}

}  // namespace
}  // namespace encke
