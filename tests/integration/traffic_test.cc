// What the server counts of its own wire: exactly the bytes that went over it.
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class TrafficOnTheWire : public BothHolds {
 protected:
  struct Moved {
    double requests, head_in, body_in, head_out, body_out;
  };
  Moved moved(const std::string& kind) {
    const auto bytes = [&](const std::string& direction, const std::string& part) {
      return metric("encke_http_bytes_total{for=\"" + kind + "\",direction=\"" + direction +
                    "\",part=\"" + part + "\"}");
    };
    return {metric("encke_http_requests_total{for=\"" + kind + "\"}"), bytes("in", "head"),
            bytes("in", "body"), bytes("out", "head"), bytes("out", "body")};
  }
  // What went out is counted when it has gone, which may be after it was read here.
  void wait_until_out(const std::string& kind, double bytes) {
    wait_for_metric("encke_http_bytes_total{for=\"" + kind + "\",direction=\"out\",part=\"body\"}",
                    bytes);
  }
  // Asks, with an end to the connection, and answers all that came.
  std::string exchange(const std::string& request) {
    Wire wire(port());
    wire.send(request);
    return wire.read_to_end();
  }
  static std::size_t head_of(const std::string& answer) { return answer.find("\r\n\r\n") + 4; }
};
ENCKE_BOTH_HOLDS(TrafficOnTheWire);

TEST_P(TrafficOnTheWire, IsCountedToTheByteForPolls) {
  const User alice = login("alice");
  alice.say("hi");
  const std::string request = make_request("GET", "/longpoll?since=" + alice.cursor,
                                           alice.auth() + Fields{{"Connection", "close"}});
  const Moved before = moved("listen");
  const std::string answer = exchange(request);
  wait_until_out("listen", before.body_out + answer.size() - head_of(answer));
  const Moved after = moved("listen");
  ASSERT_NE(answer.find("\"hi\""), std::string::npos) << answer;
  EXPECT_EQ(after.requests - before.requests, 1);
  EXPECT_EQ(after.head_in - before.head_in, request.size());
  EXPECT_EQ(after.body_in, before.body_in);
  EXPECT_EQ(after.head_out - before.head_out, head_of(answer));
}

TEST_P(TrafficOnTheWire, IsCountedToTheByteForAStream) {
  const User alice = login("alice");
  for (int i = 0; i < 50; ++i) alice.say("a line of some length, number " + std::to_string(i));
  const Moved before = moved("listen");
  std::string heard;
  {
    Wire wire(port());
    wire.send(make_request("GET", "/stream?as=ndjson&since=" + alice.cursor, alice.auth()));
    while (heard.find("number 49") == std::string::npos) heard += wire.read_any();
    alice.post("/logout");  // and so the stream ends
    heard += wire.read_to_end();
  }
  wait_until_out("listen", before.body_out + heard.size() - head_of(heard));
  const Moved after = moved("listen");
  EXPECT_EQ(after.requests - before.requests, 1);
  EXPECT_EQ(after.head_out - before.head_out, head_of(heard));
}

TEST_P(TrafficOnTheWire, OfWhatIsSaidIsCountedApart) {
  const User alice = login("alice");
  const std::string body = "text=hello";
  const std::string request =
      make_request("POST", "/send", alice.auth() + kForm + Fields{{"Connection", "close"}}, body);
  const Moved listen = moved("listen");
  const Moved before = moved("other");
  // Asking for the figures is a request, too: what that costs is known from asking twice.
  const Moved again = moved("other");
  exchange(request);
  const Moved after = moved("other");
  EXPECT_EQ(moved("listen").requests, listen.requests);
  EXPECT_EQ(after.body_in - again.body_in, body.size());
  EXPECT_EQ(after.requests - again.requests, again.requests - before.requests + 1);
}

TEST_P(TrafficOnTheWire, CountsAnswersWithoutAnEvent) {
  const User alice = login("alice");
  const double before = metric("encke_http_empty_total");
  alice.get("/poll");
  alice.get("/longpoll?wait=0");
  EXPECT_EQ(metric("encke_http_empty_total") - before, 2);
  alice.say("hi");
  alice.get("/poll");
  EXPECT_EQ(metric("encke_http_empty_total") - before, 2);
}

}  // namespace
}  // namespace encke
