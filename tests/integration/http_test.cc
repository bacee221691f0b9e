// What HTTP asks of a server, as far as clients can tell (RFC 9110, RFC 9112).
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Http : public BothHolds {};
ENCKE_BOTH_HOLDS(Http);

TEST_P(Http, HeadIsGetWithoutItsBody) {
  const User alice = login("alice");
  alice.say("hello");
  Wire wire(port());
  for (const char* target : {"/poll", "/longpoll?wait=100", "/users", "/health", "/nothing"}) {
    wire.send(make_request("HEAD", target, alice.auth()));
    const Response head = wire.read("HEAD");
    wire.send(make_request("GET", target, alice.auth()));
    const Response whole = wire.read();
    EXPECT_EQ(head.status, whole.status) << target;
    EXPECT_EQ(head.header("Content-Length"), whole.header("Content-Length")) << target;
    EXPECT_EQ(head.header("Content-Type"), whole.header("Content-Type")) << target;
  }
}

TEST_P(Http, HeadOfAStreamIsItsHead) {
  const User alice = login("alice");
  Wire wire(port());
  wire.send(make_request("HEAD", "/events", alice.auth()));
  const Response head = wire.read("HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Type"), "text/event-stream");
  EXPECT_TRUE(wire.closed());
}

TEST_P(Http, HeadOfALongPollIsNotHeld) {
  const User alice = login("alice");
  Wire wire(port());
  wire.send(make_request("HEAD", "/longpoll?wait=100", alice.auth()));
  EXPECT_EQ(wire.read("HEAD").status, 200);
}

TEST_P(Http, OneConnectionServesAnyNumberOfRequests) {
  const User alice = login("alice");
  Wire wire(port());
  for (int i = 0; i < 300; ++i) {
    wire.send(i % 2 == 0 ? make_request("POST", "/send", alice.auth() + kForm, "text=hello")
                         : make_request("GET", "/poll", alice.auth()));
    const Response answer = wire.read();
    ASSERT_EQ(answer.status, 200) << i;
    ASSERT_NE(answer.header("Connection"), "close") << i;
  }
}

TEST_P(Http, ConnectionCloseCloses) {
  const User alice = login("alice");
  for (const char* target : {"/poll", "/longpoll?wait=0", "/users"}) {
    Wire wire(port());
    wire.send(make_request("GET", target, alice.auth() + Fields{{"Connection", "close"}}));
    const Response answer = wire.read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Connection"), "close") << target;
    EXPECT_TRUE(wire.closed()) << target;
  }
  Wire wire(port());
  wire.send(make_request("POST", "/send", alice.auth() + kForm + Fields{{"Connection", "Close"}},
                         "text=hello"));
  EXPECT_EQ(wire.read().status, 200);
  EXPECT_TRUE(wire.closed());
}

TEST_P(Http, PipelinedRequestsAreAnsweredInOrder) {
  const User alice = login("alice");
  Wire wire(port());
  std::string all;
  for (int i = 0; i < 5; ++i) {
    all += make_request("POST", "/send", alice.auth() + kPlainText, std::to_string(i));
    all += make_request("GET", "/poll", alice.auth());
    all += make_request("GET", "/version");
  }
  wire.send(all);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(wire.read().json().contains("id")) << i;
    EXPECT_EQ(texts(wire.read().json()["events"]).size(), i + 1);
    EXPECT_EQ(wire.read().json()["name"], "encke") << i;
  }
}

TEST_P(Http, ARequestBehindALongPollWaitsForIt) {
  const User alice = login("alice");
  Wire wire(port());
  wire.send(make_request("GET", "/longpoll?wait=100", alice.auth()) +
            make_request("GET", "/version"));
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  alice.say("hello");
  EXPECT_EQ(texts(wire.read().json()["events"]), std::vector<std::string>{"hello"});
  EXPECT_EQ(wire.read().json()["name"], "encke");
}

TEST_P(Http, ARequestMayComeByteByByte) {
  const User alice = login("alice");
  Wire wire(port());
  const std::string request =
      make_request("POST", "/send", alice.auth() + kForm, "text=hello&key=k") +
      make_request("GET", "/poll", alice.auth());
  for (const char c : request) wire.send({&c, 1});
  EXPECT_EQ(wire.read().status, 200);
  EXPECT_EQ(texts(wire.read().json()["events"]), std::vector<std::string>{"hello"});
}

TEST_P(Http, EmptyLinesBeforeARequestArePassedOver) {
  Wire wire(port());
  wire.send("\r\n\r\n" + make_request("GET", "/version"));
  EXPECT_EQ(wire.read().status, 200);
  wire.send("\r\n" + make_request("GET", "/version"));
  EXPECT_EQ(wire.read().status, 200);
}

TEST_P(Http, ContinuesWhoeverExpectsIt) {
  const User alice = login("alice");
  Wire wire(port());
  const std::string request = make_request(
      "POST", "/send", alice.auth() + kForm + Fields{{"Expect", "100-continue"}}, "text=hello");
  const auto body = request.find("text=hello");
  wire.send(request.substr(0, body));
  EXPECT_EQ(wire.read().status, 100);
  wire.send(request.substr(body));
  EXPECT_EQ(wire.read().status, 200);
  // Who sends the body right behind needs no leave.
  wire.send(request);
  Response answer = wire.read();
  if (answer.status == 100) answer = wire.read();
  EXPECT_EQ(answer.status, 200);
}

TEST_P(Http, RefusesABodyThatIsTooLargeBeforeItIsSent) {
  Wire wire(port());
  wire.send(
      "POST /login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 999999\r\n\r\n");
  const Response answer = wire.read();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.error(), "body_too_large");
}

TEST_P(Http, ExpectsNothingElse) {
  const Response answer = get("/version", {{"Expect", "miracles"}});
  EXPECT_EQ(answer.status, 417);
  EXPECT_EQ(answer.error(), "expectation_failed");
}

TEST_P(Http, TakesChunkedBodies) {
  User alice = login("alice");
  Wire wire(port());
  const std::string head =
      "POST /send HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
      "Authorization: Bearer " +
      alice.token + "\r\nTransfer-Encoding: chunked\r\n\r\n";
  wire.send(head +
            "5\r\nhello\r\n1;ext=\"x\"\r\n \r\n00000A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(wire.read().status, 200);
  wire.send(head + "0\r\n\r\n");
  EXPECT_EQ(wire.read().error(), "nothing_to_say");
  EXPECT_EQ(texts(alice.poll()), std::vector<std::string>{"hello 0123456789"});
}

TEST_P(Http, Http10ClosesUnlessAskedNotTo) {
  const User alice = login("alice");
  Wire wire(port());
  wire.send("GET /poll?token=" + alice.token + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(wire.read().status, 200);
  wire.send("GET /users?token=" + alice.token + " HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_EQ(wire.read().status, 200);
  wire.send("GET /users?token=" + alice.token + " HTTP/1.0\r\n\r\n");
  EXPECT_EQ(wire.read().status, 200);
  EXPECT_TRUE(wire.closed());
  Wire poll(port());
  poll.send("GET /longpoll?wait=0&token=" + alice.token + " HTTP/1.0\r\n\r\n");
  EXPECT_EQ(poll.read().json()["flag"], false);
  EXPECT_TRUE(poll.closed());
}

TEST_P(Http, Http10MaySend) {
  User alice = login("alice");
  Wire wire(port());
  wire.send("POST /send?token=" + alice.token +
            " HTTP/1.0\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(wire.read().status, 200);
  EXPECT_TRUE(wire.closed());
  EXPECT_EQ(texts(alice.poll()), std::vector<std::string>{"hello"});
}

TEST_P(Http, TakesTheAbsoluteFormOfATarget) {
  EXPECT_EQ(get("http://chat.example/version").status, 200);
  EXPECT_EQ(get("https://chat.example/version?x=1").status, 200);
}

TEST_P(Http, AnUpgradeIsAnsweredWithWhatWorks) {
  const Fields upgrade = {{"Connection", "Upgrade"},
                          {"Upgrade", "websocket"},
                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                          {"Sec-WebSocket-Version", "13"}};
  for (const char* target : {"/", "/events", "/poll", "/socket.io/"}) {
    Wire wire(port());
    wire.send(make_request("GET", target, upgrade));
    const Response answer = wire.read();
    EXPECT_EQ(answer.status, 426) << target;
    EXPECT_EQ(answer.error(), "upgrade_refused") << target;
    EXPECT_EQ(answer.header("Upgrade"), "HTTP/1.1") << target;
    for (const char* transport : {"/events", "/longpoll", "/poll"}) {
      EXPECT_NE(answer.body.find(transport), std::string::npos);
    }
  }
  // Another protocol's Upgrade may be passed over (RFC 9110, section 7.8).
  EXPECT_EQ(get("/version", {{"Connection", "Upgrade"}, {"Upgrade", "h2c"}}).status, 200);
}

TEST_P(Http, OptionsTellsWhatThereIs) {
  Wire wire(port());
  for (const char* target : {"/send", "*"}) {
    wire.send(make_request("OPTIONS", target));
    const Response answer = wire.read();
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.header("Allow"), "GET, HEAD, POST, OPTIONS");
  }
  wire.send(make_request("GET", "/version"));
  EXPECT_EQ(wire.read().status, 200) << "a 204 has no body to be mistaken for the next answer";
}

TEST_P(Http, AWriterMayCloseItsSideAndStillIsAnswered) {
  const User alice = login("alice");
  Wire wire(port());
  wire.send(make_request("POST", "/send", alice.auth() + kForm, "text=hello"));
  wire.finish_sending();
  EXPECT_EQ(wire.read().status, 200);
  EXPECT_TRUE(wire.closed());
}

// As `printf '…' | nc -N` does.
TEST_P(Http, PipelinedRequestsOfAHalfClosedClientAreAllAnswered) {
  const User alice = login("alice");
  for (const bool with_send : {false, true}) {
    Wire wire(port());
    std::string all;
    if (with_send) all = make_request("POST", "/send", alice.auth() + kForm, "text=hello");
    for (int i = 0; i < 3; ++i) all += make_request("GET", "/version");
    all += make_request("GET", "/poll", alice.auth());
    wire.send(all);
    wire.finish_sending();
    if (with_send) {
      EXPECT_EQ(wire.read().status, 200);
    }
    for (int i = 0; i < 3; ++i) EXPECT_EQ(wire.read().json()["name"], "encke") << i;
    EXPECT_EQ(wire.read().status, 200);
    EXPECT_TRUE(wire.closed());
  }
}

}  // namespace
}  // namespace encke
