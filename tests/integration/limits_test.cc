// The door: what is refused before anything else sees it, with what answer, and that each limit is
// an option that 0 turns off (docs/architecture.md, D7).
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Limits : public BothHolds {
 protected:
  // The error that these bytes meet; and that the connection is closed behind it.
  std::string refusal(std::string_view bytes, int status) {
    Wire wire(port());
    (void)wire.try_send(bytes);
    const Response answer = wire.read();
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    EXPECT_TRUE(wire.closed());
    return answer.error();
  }
  std::string refusal(std::string_view bytes) { return refusal(bytes, 400); }

  static std::string with_headers(int count) {
    std::string request = "GET /version HTTP/1.1\r\nHost: x\r\n";
    for (int i = 1; i < count; ++i) request += "X-" + std::to_string(i) + ": y\r\n";
    return request + "\r\n";
  }
  static std::string with_head_of(std::size_t bytes) {
    std::string request = "GET /version HTTP/1.1\r\nHost: x\r\n";
    while (request.size() + 2 < bytes) {
      const std::size_t left = bytes - request.size() - 2;
      const std::size_t line = left < 2'000 ? left : 1'000;
      request += "X: " + std::string(line - 5, 'y') + "\r\n";
    }
    return request + "\r\n";
  }
};
ENCKE_BOTH_HOLDS(Limits);

constexpr const char* kPost = "POST /send HTTP/1.1\r\nHost: x\r\n";

TEST_P(Limits, HeadsOf16KilobytesAndNoMore) {
  EXPECT_EQ(raw(with_head_of(16 * 1024)).status, 200);
  EXPECT_EQ(refusal(with_head_of(16 * 1024 + 1), 431), "head_too_large");
  EXPECT_EQ(refusal("GET /" + std::string(20'000, 'x'), 431), "head_too_large");
}

TEST_P(Limits, AHundredHeadersAndNoMore) {
  EXPECT_EQ(raw(with_headers(100)).status, 200);
  EXPECT_EQ(refusal(with_headers(101), 431), "too_many_headers");
}

TEST_P(Limits, LinesOf8KilobytesAndNoMore) {
  EXPECT_EQ(get("/version?x=" + std::string(8'000, 'y')).status, 200);
  EXPECT_EQ(
      refusal("GET /version?x=" + std::string(8'200, 'y') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414),
      "uri_too_long");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(8'200, 'y') + "\r\n\r\n", 431),
            "head_too_large");
}

TEST_P(Limits, BodiesByRoute) {
  EXPECT_EQ(post("/login", "nickname=alice&x=" + std::string(16'000, 'x')).status, 200);
  EXPECT_EQ(refusal("POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 16385\r\n\r\n", 413),
            "body_too_large");
  EXPECT_EQ(refusal(std::string(kPost) + "Content-Length: 99999999\r\n\r\n", 413),
            "body_too_large");
  EXPECT_EQ(refusal("POST /poll HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 405),
            "method_not_allowed");
  EXPECT_EQ(refusal("POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 404),
            "not_found");
}

TEST_P(Limits, LimitsAreOptions) {
  start({"--max-head=1k", "--max-headers=5", "--max-line=256", "--image-bytes=1", "--max-text=1"});
  EXPECT_EQ(raw(with_headers(5)).status, 200);
  EXPECT_EQ(refusal(with_headers(6), 431), "too_many_headers");
  EXPECT_EQ(refusal(with_head_of(1'025), 431), "head_too_large");
  EXPECT_EQ(refusal("GET /" + std::string(300, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414),
            "uri_too_long");
  EXPECT_EQ(refusal(std::string(kPost) + "Content-Length: 20000\r\n\r\n", 413), "body_too_large");
}

TEST_P(Limits, ZeroTurnsThemOff) {
  start(
      {"--max-head=0",        "--max-headers=0",    "--max-line=0",          "--max-connections=0",
       "--max-per-address=0", "--head-within=0",    "--body-rate=0",         "--keep-alive=0",
       "--stall-after=0",     "--max-output=0",     "--max-text=0",          "--image-bytes=0",
       "--max-readers=0",     "--mailbox-events=0", "--mailbox-age=0",       "--max-users=0",
       "--max-sessions=0",    "--max-rooms=0",      "--max-rooms-of-user=0", "--gone-after=0",
       "--silent-after=0",    "--heartbeat=0",      "--max-wait=0",          "--gather=0"});
  EXPECT_EQ(raw(with_headers(500)).status, 200);
  EXPECT_EQ(raw(with_head_of(100'000)).status, 200);
  EXPECT_EQ(raw("GET /version?" + std::string(50'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n").status,
            200);
  User alice = login("alice", "s1");
  alice.say(std::string(200'000, 'x'));
  std::vector<Wire> polls;
  const std::string latest = alice.get("/poll?since=latest").json()["next"];
  alice.cursor = latest;
  for (int i = 0; i < 20; ++i) polls.push_back(alice.hold());
  wait_for_metric("encke_held{transport=\"longpoll\"}", 20);
  Wire stream = alice.stream();
  alice.say("hello");
  for (Wire& poll : polls) {
    EXPECT_EQ(texts(poll.read().json()["events"]), std::vector<std::string>{"hello"});
  }
  EXPECT_EQ(stream.next_event()->json()["text"], "hello");
}

// Nothing is timed once it is turned off, not even by a deadline that was set before.
TEST_P(Limits, WithoutTimeLimitsASlowRequestIsServed) {
  start({kNoNews, "--head-within=0", "--keep-alive=1s"});
  Wire slow(port());
  slow.send(make_request("GET", "/version"));
  EXPECT_EQ(slow.read().status, 200);
  slow.send("GET /version HTTP/1.1\r\n");
  // Another connection is idle for as long as that, and then is closed.
  Wire idle(port());
  idle.send(make_request("GET", "/version"));
  EXPECT_EQ(idle.read().status, 200);
  EXPECT_TRUE(idle.closed());
  slow.send("Host: x\r\n\r\n");
  EXPECT_EQ(slow.read().status, 200);
}

TEST_P(Limits, WithoutKeepAliveLimitAnIdleConnectionStays) {
  start({kNoNews, "--head-within=500ms", "--keep-alive=0"});
  Wire idle(port());
  idle.send(make_request("GET", "/version"));
  EXPECT_EQ(idle.read().status, 200);
  Wire silent(port());  // has sent nothing, and so is closed when a head's time is up
  EXPECT_TRUE(silent.closed());
  idle.send(make_request("GET", "/version"));
  EXPECT_EQ(idle.read().status, 200);
}

TEST_P(Limits, HeadsArriveInTime) {
  start({kNoNews, "--head-within=500ms"});
  Wire head(port());
  head.send("GET /version HTTP/1.1\r\nHost: x\r\n");
  const Response answer = head.read();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.error(), "request_timeout");
  EXPECT_EQ(answer.header("Retry-After"), "1");
  EXPECT_TRUE(head.closed());
  EXPECT_EQ(metric("encke_requests_timed_out_total"), 1);
}

// A body that came fast has time to spare, but not for standing still.
TEST_P(Limits, ABodyThatStandsStillIsRefused) {
  start({kNoNews, "--head-within=500ms", "--body-rate=1"});
  Wire wire(port());
  const std::string request =
      make_request("POST", "/login", kForm, "nickname=" + std::string(900, 'x'));
  wire.send(request.substr(0, request.size() - 1));
  EXPECT_EQ(wire.read().error(), "request_timeout");
}

TEST_P(Limits, BodiesArriveInTime) {
  start({kNoNews, "--head-within=500ms", "--body-rate=100000"});
  Wire body(port());
  body.send(std::string(kPost) + "Content-Length: 10000\r\n\r\nhello");
  EXPECT_EQ(body.read().error(), "request_timeout");
  EXPECT_TRUE(body.closed());
  Wire chunked(port());
  chunked.send(std::string(kPost) + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  EXPECT_EQ(chunked.read().error(), "request_timeout");
  EXPECT_TRUE(chunked.closed());
}

TEST_P(Limits, AnIdleConnectionIsClosed) {
  start({kNoNews, "--keep-alive=500ms"});
  Wire wire(port());
  wire.send(make_request("GET", "/version"));
  EXPECT_EQ(wire.read().status, 200);
  EXPECT_TRUE(wire.closed());
}

TEST_P(Limits, OneConnectionTooManyIsTold) {
  start({kNoNews, "--max-connections=4"});
  std::vector<Wire> all;
  for (int i = 0; i < 4; ++i) {
    all.emplace_back(port());
    all.back().send(make_request("GET", "/version"));
    EXPECT_EQ(all.back().read().status, 200);
  }
  Wire wire(port());
  const Response answer = wire.read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.error(), "too_many_connections");
  EXPECT_EQ(answer.header("Retry-After"), "5");
  EXPECT_TRUE(wire.closed());
  all.front().cut();
  while (get("/version").status != 200) {
  }
}

TEST_P(Limits, OneConnectionTooManyFromAnAddressIsTold) {
  start({kNoNews, "--max-per-address=3"});
  std::vector<Wire> all;
  for (int i = 0; i < 3; ++i) {
    all.emplace_back(port());
    all.back().send(make_request("GET", "/version"));
    EXPECT_EQ(all.back().read().status, 200);
  }
  Wire wire(port());
  (void)wire.try_send(make_request("GET", "/version"));
  const Response answer = wire.read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.error(), "too_many_from_address");
  EXPECT_EQ(answer.header("Retry-After"), "5");
  all.clear();
  while (get("/version").status != 200) {
  }
}

TEST_P(Limits, AmbiguousLengthsAreRefused) {
  for (const char* headers : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: 5, 5\r\n",
           "Content-Length: +5\r\n",
           "Content-Length: -5\r\n",
           "Content-Length: 0x5\r\n",
           "Content-Length: 5 5\r\n",
           "Content-Length:\r\n",
           "Content-Length: 99999999999999999999\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding : chunked\r\n",
           "Content-Length : 5\r\n",
       }) {
    EXPECT_EQ(refusal(std::string(kPost) + headers + "\r\nhello"), "bad_request") << headers;
  }
  for (const char* coding : {"gzip, chunked", "chunked, identity", "identity", "xchunked",
                             "chunked "
                             ";x"}) {
    EXPECT_EQ(refusal(std::string(kPost) + "Transfer-Encoding: " + coding + "\r\n\r\nhello", 501),
              "not_implemented")
        << coding;
  }
  EXPECT_EQ(refusal("POST /send HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "bad_request");
}

TEST_P(Limits, OddChunksAreRefused) {
  for (const char* chunks :
       {"-1\r\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n",
        "5 \r\nhello\r\n", "g\r\n", "\r\n", ";x\r\n", "1234567890123456\r\n",
        "5\nhello\r\n0\r\n\r\n", "5\rhello", "5\r\nhello0\r\n\r\n", "5\r\nhelloX\r\n",
        "5\r\nhello\n0\r\n\r\n", "0\r\n\n", "5\r\rhello\r\n"}) {
    Wire wire(port());
    (void)wire.try_send(std::string(kPost) + "Transfer-Encoding: chunked\r\n\r\n" + chunks);
    wire.finish_sending();
    const std::string answer = wire.read_to_end();
    // One that is never whole is not answered; all others are refused.
    if (!answer.empty()) {
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << chunks << ": " << answer;
      EXPECT_NE(answer.find("bad_request"), std::string::npos);
      EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "one answer, and no more";
    } else {
      EXPECT_EQ(std::string(chunks), "5\rhello");
    }
  }
  EXPECT_EQ(refusal(std::string(kPost) + "Transfer-Encoding: chunked\r\n\r\n" +
                    std::string(300, '0') + "5\r\nhello\r\n0\r\n\r\n"),
            "bad_request");
  EXPECT_EQ(refusal(std::string(kPost) + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " +
                    std::string(5'000, 'y') + "\r\n\r\n"),
            "bad_request");
}

TEST_P(Limits, ABodyWhereThereIsNoneIsRefused) {
  for (const char* method : {"GET", "HEAD", "DELETE", "OPTIONS"}) {
    Wire wire(port());
    (void)wire.try_send(std::string(method) +
                        " /version HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(wire.read(method).status, 400) << method;
    EXPECT_TRUE(wire.closed()) << method;
  }
  EXPECT_EQ(get("/version", {{"Content-Length", "0"}}).status, 200);
}

TEST_P(Limits, LineEndsAreLineEnds) {
  const User alice = login("alice");
  for (const std::string& request : {
           std::string("GET /version HTTP/1.1\nHost: x\n\n"),
           std::string("GET /version HTTP/1.1\r\nHost: x\n\r\n"),
           std::string("GET /version HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n"),
           std::string("GET /version HTTP/1.1\r\r\nHost: x\r\n\r\n"),
           std::string("GET /version HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"),
           std::string("GET /poll?a=%0D%0Ax HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET /poll?a=%0ax HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET /version HTTP/1.1\r\nHost: x\r\nX: a%0d%0aSet-Cookie: b\r\n\r\n"),
       }) {
    EXPECT_EQ(refusal(request), "bad_request") << request;
  }
}

TEST_P(Limits, HeadsThatAreNoneAreRefused) {
  for (const std::string& request : {
           std::string("GET /version HTTP/1.1\r\n\r\n"),  // no Host
           std::string("GET /version HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
           std::string("GET /version HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n"),
           std::string("GET /version HTTP/1.1\r\nHost: x\r\n: empty\r\n\r\n"),
           std::string("GET /version HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n"),
           std::string("GET /version HTTP/1.1\r\n Host: x\r\n\r\n"),
           std::string("GET /version HTTP/1.1\r\nHost: x\r\nX: \x01\r\n\r\n"),
           std::string("GET /version HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 43),
           std::string("GET /ver\0sion HTTP/1.1\r\nHost: x\r\n\r\n", 36),
           std::string("GET /\xC3\xA4 HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET version HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET\r\n\r\n"),
           std::string("GET /\r\n\r\n"),
           std::string(" GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("G(ET / HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n"),
           std::string("GET / HTCPCP/1.0\r\nHost: x\r\n\r\n"),
           std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03\r\n\r\n", 15),  // TLS
       }) {
    EXPECT_EQ(refusal(request), "bad_request") << request;
  }
  for (const char* version : {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "HTTP/3"}) {
    EXPECT_EQ(refusal(std::string("GET / ") + version + "\r\nHost: x\r\n\r\n", 505), "http_version")
        << version;
  }
}

TEST_P(Limits, NothingBehindARefusedRequestIsServed) {
  User alice = login("alice");
  Wire wire(port());
  (void)wire.try_send(std::string(kPost) + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" +
                      make_request("POST", "/send", alice.auth() + kForm, "text=smuggled"));
  EXPECT_EQ(wire.read().status, 400);
  EXPECT_TRUE(wire.closed());
  EXPECT_EQ(alice.poll().size(), 0u);
}

TEST_P(Limits, AnErrorIsInTheFormatThatWasAskedFor) {
  const Response answer =
      raw("POST /login?format=text HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n");
  EXPECT_EQ(answer.status, 413);
  EXPECT_TRUE(answer.body.starts_with("error\tbody_too_large\t")) << answer.body;
}

}  // namespace
}  // namespace encke
