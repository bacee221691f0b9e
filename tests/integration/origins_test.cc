// Pages of other origins: who may read (CORS), and who may write with a browser's cookie.
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class OtherOrigins : public BothHolds {
 protected:
  static Fields cookie(const User& user) { return {{"Cookie", "encke=" + user.token}}; }
  static Fields origin(const std::string& origin) { return {{"Origin", origin}}; }
};
ENCKE_BOTH_HOLDS(OtherOrigins);

constexpr const char* kOurs = "https://chat.example";

TEST_P(OtherOrigins, AConfiguredOneMayRead) {
  start({kNoNews, std::string("--origin=") + kOurs, "--origin=https://two.example"});
  const User alice = login("alice");
  for (const char* target : {"/poll", "/users", "/longpoll?wait=0", "/nothing", "/poll?since=x"}) {
    const Response answer = get(target, alice.auth() + origin(kOurs));
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), kOurs) << target;
    EXPECT_EQ(answer.header("Access-Control-Allow-Credentials"), "true") << target;
    EXPECT_EQ(answer.header("Vary"), "Origin") << target;
  }
  EXPECT_EQ(get("/users", alice.auth() + origin("https://two.example"))
                .header("Access-Control-Allow-Origin"),
            "https://two.example");
  const Response sent = post("/send", "text=hello", alice.auth() + kForm + origin(kOurs));
  EXPECT_EQ(sent.header("Access-Control-Allow-Origin"), kOurs);
  Wire stream(port());
  stream.send(make_request("GET", "/events", alice.auth() + origin(kOurs)));
  EXPECT_EQ(stream.read_head().header("Access-Control-Allow-Origin"), kOurs);
}

TEST_P(OtherOrigins, AnErrorAtTheDoorMayBeReadToo) {
  start({kNoNews, std::string("--origin=") + kOurs});
  const Response answer = post("/login", std::string(20'000, 'x'), origin(kOurs));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), kOurs);
}

TEST_P(OtherOrigins, AnotherMayNot) {
  start({kNoNews, std::string("--origin=") + kOurs});
  const User alice = login("alice");
  for (const char* other : {"https://evil.example", "http://chat.example", "null",
                            "https://chat.example.evil.example", "https://CHAT.example"}) {
    const Response answer = get("/poll", alice.auth() + origin(other));
    EXPECT_FALSE(answer.has("Access-Control-Allow-Origin")) << other;
    EXPECT_FALSE(answer.has("Access-Control-Allow-Credentials")) << other;
    EXPECT_EQ(answer.header("Vary"), "Origin") << other;
  }
}

TEST_P(OtherOrigins, WithoutAnyThereAreNoHeadersForThem) {
  const User alice = login("alice");
  const Response answer = get("/poll", alice.auth() + origin(kOurs));
  EXPECT_FALSE(answer.has("Access-Control-Allow-Origin"));
  EXPECT_FALSE(answer.has("Vary"));
}

TEST_P(OtherOrigins, AStarIsForEverybodyWithoutACookie) {
  start({kNoNews, "--origin=*"});
  const User alice = login("alice");
  const Response answer = get("/poll", alice.auth() + origin("https://any.example"));
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(answer.has("Access-Control-Allow-Credentials"));
  EXPECT_EQ(post("/send", "text=x", cookie(alice) + kForm + origin("https://any.example")).error(),
            "foreign_origin");
}

TEST_P(OtherOrigins, APreflightIsAnsweredForADay) {
  start({kNoNews, std::string("--origin=") + kOurs});
  const Response answer =
      fetch(port(), "OPTIONS", "/send",
            origin(kOurs) + Fields{{"Access-Control-Request-Method", "POST"},
                                   {"Access-Control-Request-Headers", "authorization"}});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), kOurs);
  EXPECT_EQ(answer.header("Access-Control-Allow-Methods"), "GET, POST");
  EXPECT_NE(answer.header("Access-Control-Allow-Headers").find("Authorization"), std::string::npos);
  EXPECT_EQ(answer.header("Access-Control-Max-Age"), "86400");
}

// What a browser asks without a preflight: no header but those of the Fetch Standard's safelist,
// and a body that a form could have sent.
TEST_P(OtherOrigins, OrdinaryUseNeedsNoPreflight) {
  start({kNoNews, std::string("--origin=") + kOurs});
  const Response in = post("/login", "nickname=alice", kForm + origin(kOurs));
  const std::string token = in.json()["token"];
  EXPECT_EQ(post("/send?token=" + token, "hello", kPlainText + origin(kOurs)).status, 200);
  const Response poll = get("/longpoll?wait=5&token=" + token, origin(kOurs));
  EXPECT_EQ(texts(poll.json()["events"]), std::vector<std::string>{"hello"});
  EXPECT_EQ(poll.header("Access-Control-Allow-Origin"), kOurs);
}

TEST_P(OtherOrigins, MayNotWriteWithACookieAlone) {
  start({kNoNews, std::string("--origin=") + kOurs});
  User alice = login("alice");
  for (const char* target : {"/send", "/join", "/leave", "/logout"}) {
    for (const Fields& from : {origin("https://evil.example"), origin("null"),
                               Fields{{"Referer", "https://evil.example/page"}}}) {
      const Response answer = post(target, "text=x&room=y", cookie(alice) + kForm + from);
      EXPECT_EQ(answer.status, 403) << target;
      EXPECT_EQ(answer.error(), "foreign_origin") << target;
    }
  }
  EXPECT_EQ(alice.poll().size(), 0u);
}

TEST_P(OtherOrigins, OursMayWriteWithACookie) {
  start({kNoNews, std::string("--origin=") + kOurs});
  User alice = login("alice");
  const auto say = [&](const Fields& from) {
    return post("/send", "text=x", cookie(alice) + kForm + from).status;
  };
  EXPECT_EQ(say(origin(kOurs)), 200);
  EXPECT_EQ(say(origin("http://localhost")), 200) << "the Host that was asked";
  EXPECT_EQ(say({{"Referer", "http://localhost/index.html"}}), 200);
  EXPECT_EQ(say({}), 403) << "may be anybody's page";
}

TEST_P(OtherOrigins, AnyMayWriteWithATokenOfItsOwn) {
  const User alice = login("alice");
  const Fields evil = origin("https://evil.example");
  EXPECT_EQ(post("/send", "text=x", alice.auth() + kForm + evil).status, 200);
  EXPECT_EQ(post("/send", "text=x&token=" + alice.token, kForm + evil).status, 200);
  EXPECT_EQ(
      post("/send", "text=x", kForm + evil + Fields{{"Authorization", "Basic Ym9iOnMx"}}).status,
      200);
}

TEST_P(OtherOrigins, ReadingWithACookieIsTheBrowsersToGuard) {
  const User alice = login("alice");
  EXPECT_EQ(get("/poll", cookie(alice) + origin("https://evil.example")).status, 200);
}

}  // namespace
}  // namespace encke
