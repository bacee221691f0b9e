// Secrets cost whoever guesses them, and nobody else: they are hashed beside the loops, what was
// right is remembered, and wrong ones are bounded (protocol.md, "Secrets").
#include "integration/support/both_holds.h"
#include "unit/images/samples.h"

namespace encke {
namespace {

Fields basic(const std::string& nickname, const std::string& secret) {
  return {{"Authorization", "Basic " + base64(nickname + ':' + secret)}};
}

class Secrets : public BothHolds {
 protected:
  // Slow enough for other things to happen meanwhile.
  static constexpr const char* kSlow = "--secret-cost=14";

  double hashed() { return metric("encke_secrets_hashed_total"); }
  Wire ask(std::string_view method, std::string_view target, const Fields& headers = {},
           std::string_view body = {}, unsigned from = 1) {
    Wire wire(port(), 0, from);
    wire.send(make_request(method, target, headers, body));
    return wire;
  }
  Response guess(const std::string& target, unsigned from = 1) {
    return ask("GET", target, basic("bob", "guess"), {}, from).read();
  }
};
ENCKE_BOTH_HOLDS(Secrets);

// --- Whatever asks with a secret ---

TEST_P(Secrets, AreHashedAsTheyAreByDefault) {
  start({kNoNews, "--secret-cost=14"});
  EXPECT_EQ(get("/poll", basic("bob", "s1")).status, 200);
  EXPECT_EQ(get("/poll", basic("bob", "s2")).error(), "bad_credentials");
  EXPECT_EQ(post("/login", "nickname=bob&secret=s1").status, 200);
  EXPECT_EQ(post("/login", "nickname=bob&secret=s2").error(), "nickname_taken");
}

TEST_P(Secrets, ArePaidForOnceByAScriptThatUsesBasic) {
  const Fields bob = basic("bob", "s1");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(get("/poll", bob).status, 200);
    EXPECT_EQ(post("/send", "hello", bob + kForm).status, 200);
    EXPECT_EQ(get("/users", bob).status, 200);
    EXPECT_EQ(post("/login", "nickname=bob&secret=s1").status, 200);
  }
  EXPECT_EQ(hashed(), 1);
  EXPECT_EQ(get("/poll", basic("bob", "s2")).status, 401);
  EXPECT_EQ(hashed(), 2);
}

TEST_P(Secrets, AreNotRememberedWhereThatIsTurnedOff) {
  start({kNoNews, "--remember-secret=0"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get("/poll", basic("bob", "s1")).status, 200);
  EXPECT_GE(hashed(), 3);
}

TEST_P(Secrets, LetALongPollBeHeldAfterTheyWereHashed) {
  Wire poll = ask("GET", "/longpoll?wait=60", basic("bob", "s1"));
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  login("alice").say("hello");
  EXPECT_EQ(texts(poll.read().json()["events"]), std::vector<std::string>{"hello"});
  poll.send(make_request("GET", "/poll?since=latest", basic("bob", "s1")));
  EXPECT_EQ(poll.read().status, 200) << "the connection goes on";
}

TEST_P(Secrets, LetAStreamBeginAfterTheyWereHashed) {
  for (const char* target : {"/events", "/stream?as=sse"}) {
    Wire stream = ask("GET", target, basic(std::string("bob") + target[1], "s1"));
    EXPECT_EQ(stream.read_head().status, 200);
    login(std::string("alice") + target[1]).say("hello");
    EXPECT_EQ(stream.next_event()->json()["text"], "hello");
  }
}

TEST_P(Secrets, LetASendBeSaidAfterTheyWereHashed) {
  const std::string image = samples::png();
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nlook\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n"
      "Content-Type: image/png\r\n\r\n" +
      image + "\r\n--b--\r\n";
  User alice = login("alice");
  const Response sent =
      post("/send", body,
           basic("bob", "s1") + Fields{{"Content-Type", "multipart/form-data; boundary=b"}});
  ASSERT_EQ(sent.status, 200) << sent.body;
  const Json said = alice.wait_for("message");
  EXPECT_EQ(said["id"], sent.json()["id"]);
  EXPECT_EQ(said["text"], "look");
  EXPECT_EQ(get(std::string(said["image"]["url"])).body, image);
}

TEST_P(Secrets, KeepTheOrderOfRequestsThatWereSentAhead) {
  const Fields bob = basic("bob", "s1");
  Wire wire(port());
  wire.send(make_request("GET", "/users", bob) + make_request("POST", "/send", bob + kForm, "hi") +
            make_request("HEAD", "/poll", bob) + make_request("GET", "/poll", basic("bob", "x")) +
            make_request("GET", "/poll", bob) + make_request("GET", "/health"));
  EXPECT_EQ(wire.read().json()["users"], Json::array({"bob"}));
  EXPECT_EQ(wire.read("POST").status, 200);
  EXPECT_EQ(wire.read("HEAD").status, 200);
  EXPECT_EQ(wire.read().error(), "bad_credentials");
  EXPECT_EQ(texts(wire.read().json()["events"]), std::vector<std::string>{"hi"});
  EXPECT_EQ(wire.read().json()["status"], "ok");
}

TEST_P(Secrets, AnswerAHeadWithoutABody) {
  int number = 0;
  for (const char* target : {"/longpoll", "/events", "/users"}) {
    Wire wire = ask("HEAD", target, basic("bob" + std::to_string(++number), "s1"));
    EXPECT_EQ(wire.read("HEAD").status, 200) << target;
  }
}

TEST_P(Secrets, AnswerEachInItsOwnFormat) {
  for (int i = 0; i < 2; ++i) {  // what is wrong, and what may not be tried any more
    if (i == 1) {
      for (int tries = 0; tries < 5; ++tries) guess("/poll");
    } else {
      ASSERT_EQ(get("/poll", basic("bob", "s1")).status, 200);
    }
    const std::string code = i == 0 ? "bad_credentials" : "too_many_attempts";
    EXPECT_TRUE(guess("/longpoll?format=text").body.starts_with("error\t" + code)) << i;
    EXPECT_TRUE(guess("/poll?callback=f").body.starts_with("/**/f({\"error\":{\"code\":\"" + code));
  }
}

TEST_P(Secrets, LetPeopleWithoutScriptsInAndTellThemWhyNot) {
  const Response in = post("/plain/login", "nickname=bob&secret=s1");
  EXPECT_EQ(in.status, 303);
  EXPECT_TRUE(in.has("Set-Cookie"));
  const Response out = post("/plain/login", "nickname=bob&secret=x&text=typed");
  EXPECT_EQ(out.status, 409);
  EXPECT_NE(out.body.find("typed"), std::string::npos);
  for (int i = 0; i < 5; ++i) guess("/poll");
  const Response limited = post("/plain/login", "nickname=bob&secret=x&text=typed");
  EXPECT_EQ(limited.status, 429);
  EXPECT_NE(limited.body.find("typed"), std::string::npos);
}

// --- Beside the loops ---

TEST_P(Secrets, HoldUpNobodyElse) {
  start({kNoNews, kSlow, "--secret-tries-address=0", "--loops=1", "--gone-after=1h"});
  const User alice = login("alice");
  std::vector<Wire> logins;
  for (int i = 0; i < 8; ++i) {
    logins.push_back(ask("POST", "/login", kForm, "secret=s&nickname=user" + std::to_string(i)));
  }
  // Asked after all of them, and answered before.
  EXPECT_EQ(alice.get("/poll").status, 200);
  EXPECT_LT(alice.get("/users").json()["size"], 9);
  for (Wire& wire : logins) EXPECT_EQ(wire.read("POST").status, 200);
  EXPECT_EQ(alice.get("/users").json()["size"], 9);
}

TEST_P(Secrets, HoldNothingForWhomIsGoneBeforeTheyAreHashed) {
  start({kNoNews, kSlow, "--loops=1"});
  (void)ask("GET", "/longpoll?wait=100", basic("bob", "s"));  // and hangs up
  Wire half = ask("GET", "/events", basic("carol", "s"));
  half.finish_sending();
  wait_for_metric("encke_logins_total", 2);
  for (const char* later : {"dave", "erin"}) login(later, "s");  // by now both are answered
  // Whoever holds by threads looks after them every few seconds.
  wait_for_metric("encke_held{transport=\"longpoll\"}", 0);
  wait_for_metric("encke_held{transport=\"stream\"}", 0);
}

TEST_P(Secrets, AreRefusedAsBusyWhereTooManyWaitAndAnsweredAtTheEnd) {
  Program& program =
      start({kNoNews, kSlow, "--threads=256", "--secret-tries-address=0", "--drain-within=1h"});
  std::vector<Wire> logins;
  for (int i = 0; i < 150; ++i) {
    logins.push_back(ask("POST", "/login", kForm, "secret=s&nickname=user" + std::to_string(i)));
  }
  EXPECT_EQ(get("/health").status, 200);
  program.terminate();
  int busy = 0;
  int draining = 0;
  for (Wire& wire : logins) {
    const Response answer = wire.read("POST");
    if (answer.status == 200) continue;
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "2");
    busy += answer.error() == "busy" ? 1 : 0;
    draining += answer.error() == "draining" ? 1 : 0;
  }
  EXPECT_GT(busy, 0);
  EXPECT_GT(draining, 0);
}

// --- Guessing ---

TEST_P(Secrets, AreNotTriedAnyMoreAfterFiveWrongOnes) {
  const User alice = login("alice", "s2");
  ASSERT_EQ(post("/login", "nickname=bob&secret=s1").status, 200);
  for (int i = 0; i < 5; ++i) {
    const Response answer = i % 2 == 0 ? guess("/poll") : guess("/users");
    EXPECT_EQ(answer.error(), "bad_credentials");
  }
  const double before = hashed();
  for (const char* target : {"/poll", "/longpoll", "/events", "/users", "/stream"}) {
    const Response answer = guess(target);
    EXPECT_EQ(answer.status, 429) << target;
    EXPECT_GE(std::stoi(answer.header("Retry-After")), 1);
    EXPECT_LE(std::stoi(answer.header("Retry-After")), 12);
  }
  const Response login = post("/login", "nickname=bob&secret=guess");
  EXPECT_EQ(login.error(), "too_many_attempts");
  EXPECT_GE(login.json()["error"]["retry_after"], 1);
  EXPECT_EQ(hashed(), before) << "what is refused costs nothing";
  EXPECT_EQ(get("/poll", basic("bob", "s1")).status, 200) << "what is remembered is not hindered";
  EXPECT_EQ(get("/poll", basic("alice", "s2")).status, 200) << "nor is anybody else";
}

TEST_P(Secrets, AreNotTriedEvenIfTheyAreRight) {
  start({kNoNews, "--remember-secret=0"});
  ASSERT_EQ(post("/login", "nickname=bob&secret=s1").status, 200);
  for (int i = 0; i < 5; ++i) guess("/poll");
  EXPECT_EQ(get("/poll", basic("bob", "s1")).error(), "too_many_attempts");
  EXPECT_EQ(ask("GET", "/poll", basic("bob", "s1"), {}, 2).read().status, 200)
      << "from another address they are: the owner is not locked out";
}

TEST_P(Secrets, AreCountedBeforeTheyAreHashed) {
  start({kNoNews, kSlow});
  ASSERT_EQ(post("/login", "nickname=bob&secret=s1").status, 200);
  std::vector<Wire> guesses;
  for (int i = 0; i < 20; ++i) guesses.push_back(ask("GET", "/poll", basic("bob", "guess")));
  int looked_at = 0;
  for (Wire& wire : guesses) looked_at += wire.read().status == 401 ? 1 : 0;
  EXPECT_EQ(looked_at, 5);
  EXPECT_EQ(hashed(), 6);
}

TEST_P(Secrets, OfNewNicknamesAreBoundedForAnAddress) {
  start({kNoNews, "--secret-tries-address=3"});
  for (int i = 0; i < 3; ++i) login("user" + std::to_string(i), "s");
  EXPECT_EQ(post("/login", "nickname=one-more&secret=s").error(), "too_many_attempts");
  EXPECT_EQ(get("/poll", basic("one-more", "s")).error(), "too_many_attempts");
  login("without-one");
  EXPECT_EQ(hashed(), 3);
  EXPECT_EQ(ask("GET", "/poll", basic("one-more", "s"), {}, 2).read().status, 200);
}

TEST_P(Secrets, MayBeTriedForEverWhereTheLimitsAreOff) {
  start({kNoNews, "--secret-tries=0", "--secret-tries-address=0", "--secret-tries-nickname=0"});
  ASSERT_EQ(post("/login", "nickname=bob&secret=s1").status, 200);
  for (int i = 0; i < 110; ++i) ASSERT_EQ(guess("/poll").status, 401);
}

}  // namespace
}  // namespace encke
