// Logging in and out, and all the ways to say who is asking (protocol.md, "Who is asking").
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Session : public BothHolds {
 protected:
  // The code of the error that a login with this nickname meets.
  std::string refusal(std::string_view nickname) {
    return post("/login", "nickname=" + escaped(nickname)).error();
  }
};
ENCKE_BOTH_HOLDS(Session);

TEST_P(Session, LogsInWithAForm) {
  const Response answer = post("/login", "nickname=alice&secret=s1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  EXPECT_EQ(answer.header("Cache-Control"), "no-store, no-transform");
  const Json json = answer.json();
  EXPECT_EQ(json["event"], "loginSuccess");
  EXPECT_EQ(json["nickname"], "alice");
  EXPECT_EQ(json["token"].get<std::string>().size(), 32u);
  EXPECT_EQ(json["size"], 1);
  EXPECT_EQ(json["users"], Json::array({"alice"}));
  EXPECT_EQ(json["rooms"], Json::array({"lobby"}));
  EXPECT_EQ(answer.header("Set-Cookie"),
            "encke=" + json["token"].get<std::string>() + "; Path=/; HttpOnly; SameSite=Lax");
}

TEST_P(Session, LogsInWithJson) {
  const Response answer = post("/login", R"({"nickname":"爱丽丝"})", kJsonType);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json()["nickname"], "爱丽丝");
}

TEST_P(Session, LogsInWithMultipart) {
  const Response answer =
      post("/login",
           "--b\r\nContent-Disposition: form-data; name=\"nickname\"\r\n\r\nalice\r\n--b--\r\n",
           {{"Content-Type", "multipart/form-data; boundary=b"}});
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json()["nickname"], "alice");
}

TEST_P(Session, AnswersALoginAsTextForAShell) {
  const Response answer = post("/login?format=text", "nickname=alice");
  EXPECT_EQ(answer.header("Content-Type"), "text/plain; charset=utf-8");
  const auto tab = answer.body.find('\t');
  ASSERT_EQ(tab, 32u);
  const std::string token = answer.body.substr(0, tab);
  const std::string cursor = answer.body.substr(tab + 1, answer.body.size() - tab - 2);
  EXPECT_EQ(get("/poll?token=" + token + "&since=" + cursor).status, 200);
}

TEST_P(Session, RefusesATakenNicknameAsRepeat) {
  login("alice", "s1");
  for (const char* form : {"nickname=alice", "nickname=alice&secret=s2"}) {
    const Response answer = post("/login", form);
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.json()["event"], "repeat");
    EXPECT_EQ(answer.error(), "nickname_taken");
    EXPECT_FALSE(answer.has("Set-Cookie"));
  }
}

TEST_P(Session, RefusesReservedNicknames) {
  for (const char* nickname : {"system", "System", "group", "del", "me", "我"}) {
    const Response answer = post("/login", std::string("nickname=") + escaped(nickname));
    EXPECT_EQ(answer.status, 409) << nickname;
    EXPECT_EQ(answer.json()["event"], "repeat");
    EXPECT_EQ(answer.error(), "nickname_reserved") << nickname;
  }
}

TEST_P(Session, RefusesWhatCannotBeANickname) {
  const std::string longest(32, 'x');
  for (const std::string& nickname :
       {std::string(), std::string(" alice"), std::string("alice "), std::string("a\tb"),
        std::string("<b>bob</b>"), std::string("a&b"), longest + "x", std::string("a\xFF"),
        std::string("a\u202Eb"), std::string("a/b"), std::string("a:b"), std::string("\u3000a")}) {
    EXPECT_EQ(refusal(nickname), "nickname_invalid") << nickname;
  }
  EXPECT_EQ(refusal(longest), "");
  EXPECT_EQ(post("/login", "").error(), "nickname_invalid");
}

TEST_P(Session, RefusesASecretThatIsTooLong) {
  EXPECT_EQ(post("/login", "nickname=alice&secret=" + std::string(257, 's')).error(),
            "secret_too_long");
}

// A bug of the article's chat: its table of users was an object, and `__proto__` a key of it.
TEST_P(Session, TakesProtoForANicknameLikeAnyOther) {
  for (const char* nickname : {"__proto__", "constructor", "hasOwnProperty"}) {
    User user = login(nickname);
    user.say(std::string("I am ") + nickname);
    EXPECT_EQ(user.wait_for("message")["from"], nickname);
    user.tell("__proto__", "psst");
    EXPECT_EQ(user.wait_for("private")["to"], "__proto__");
  }
}

// A bug of the article's chat: a message before login killed the server.
TEST_P(Session, AnswersAMessageBeforeLoginWith401) {
  const Response answer = post("/send", "text=hello");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.error(), "unauthorized");
  EXPECT_EQ(answer.header("WWW-Authenticate"), "Bearer realm=\"encke\"");
  for (const char* path :
       {"/poll", "/longpoll", "/events", "/users", "/rooms", "/history?room=lobby"}) {
    EXPECT_EQ(get(path).status, 401) << path;
  }
  for (const char* path : {"/logout", "/join", "/leave"}) {
    EXPECT_EQ(post(path, "room=r").status, 401) << path;
  }
  login("alice").say("still here");
}

TEST_P(Session, KnowsATokenInAnyOfFourPlaces) {
  const User alice = login("alice");
  EXPECT_EQ(get("/users", {{"Authorization", "Bearer " + alice.token}}).status, 200);
  EXPECT_EQ(get("/users", {{"authorization", "bearer " + alice.token}}).status, 200);
  EXPECT_EQ(get("/users", {{"Cookie", "encke=" + alice.token}}).status, 200);
  EXPECT_EQ(get("/users", {{"Cookie", "a=b; encke=" + alice.token + "; c=d"}}).status, 200);
  EXPECT_EQ(get("/users?token=" + alice.token).status, 200);
  EXPECT_EQ(post("/send", "text=hello&token=" + alice.token).status, 200);
  EXPECT_EQ(post("/send?token=" + alice.token, "hello", kPlainText).status, 200);
}

TEST_P(Session, KnowsNoOtherToken) {
  const User alice = login("alice");
  std::string other = alice.token;
  other.back() = other.back() == '0' ? '1' : '0';
  for (const std::string& token :
       {other, std::string("x"), alice.token + "0", std::string(32, '0'), std::string(4000, 'a')}) {
    EXPECT_EQ(get("/users?token=" + token).error(), "unauthorized") << token;
  }
  EXPECT_EQ(get("/users", {{"Authorization", "Digest " + alice.token}}).status, 401);
}

TEST_P(Session, BasicLogsInByItself) {
  const Fields bob = {{"Authorization", "Basic Ym9iOnMx"}};  // bob:s1
  const Response first = get("/poll", bob);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(get("/users", bob).json()["users"], Json::array({"bob"}));
  EXPECT_EQ(post("/send", "hello", bob + kForm).status, 200);
  // The same session, and so the same cursor, as the first time.
  EXPECT_EQ(texts(get("/poll", bob).json()["events"]), std::vector<std::string>{"hello"});
  EXPECT_EQ(metric("encke_logins_total"), 1);
}

TEST_P(Session, BasicWithAnotherSecretIsRefused) {
  login("bob", "s1");
  login("carol");
  EXPECT_EQ(get("/poll", {{"Authorization", "Basic Ym9iOnMy"}}).error(),
            "bad_credentials");                                                    // bob:s2
  EXPECT_EQ(get("/poll", {{"Authorization", "Basic Y2Fyb2w6eA=="}}).status, 401);  // carol:x
  EXPECT_EQ(get("/poll", {{"Authorization", "Basic Ym9iOg=="}}).status, 401);      // bob:
  EXPECT_EQ(get("/poll", {{"Authorization", "Basic Ym9i"}}).status, 401);          // bob
  EXPECT_EQ(get("/poll", {{"Authorization", "Basic !!!!"}}).status, 401);
  EXPECT_EQ(get("/poll", {{"Authorization", "Basic Ym9iOnMx"}}).status, 200);  // bob:s1
}

TEST_P(Session, LogoutEndsTheSession) {
  const User alice = login("alice");
  const Response answer = alice.post("/logout");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json()["event"], "logoutSuccess");
  EXPECT_NE(answer.header("Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(alice.get("/poll").error(), "unauthorized");
  EXPECT_EQ(alice.post("/logout").status, 401);
  login("alice");  // the nickname is free again
}

TEST_P(Session, LogoutEndsItsHeldPollAndItsStream) {
  const User alice = login("alice");
  const User tab = login("bob");
  Wire poll = alice.hold();
  Wire stream = alice.stream();
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  wait_for_metric("encke_held{transport=\"stream\"}", 1);
  alice.post("/logout");
  const Response answer = poll.read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json()["flag"], false);
  EXPECT_FALSE(stream.next_event());
  EXPECT_EQ(get("/users", tab.auth()).json()["users"], Json::array({"bob"}));
}

TEST_P(Session, LogoutOfOneTabLeavesTheOther) {
  const User one = login("alice", "s1");
  User two = login("alice", "s1");
  one.post("/logout");
  two.say("still here");
  EXPECT_EQ(two.wait_for("message")["text"], "still here");
}

// A bug of the article's chat: a second login on one connection left a nickname that nobody could
// ever take again.
TEST_P(Session, ASecondLoginOnOneConnectionLeavesNoGhost) {
  Wire wire(port());
  std::vector<std::string> tokens;
  for (const char* nickname : {"alice", "bob"}) {
    wire.send(make_request("POST", "/login", kForm, std::string("nickname=") + nickname));
    tokens.push_back(wire.read().json()["token"]);
  }
  for (const std::string& token : tokens) {
    wire.send(make_request("POST", "/logout", {{"Authorization", "Bearer " + token}}));
    EXPECT_EQ(wire.read().status, 200);
  }
  EXPECT_EQ(login("carol").get("/users").json()["users"], Json::array({"carol"}));
  login("alice");
  login("bob");
}

// A bug of the article's chat: who is not logged in got all group traffic.
TEST_P(Session, WhoIsNotLoggedInGetsNothing) {
  const User alice = login("alice");
  alice.say("hello");
  for (const char* path :
       {"/poll?since=earliest", "/longpoll?since=earliest", "/events?since=earliest"}) {
    const Response answer = get(path);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.body.find("hello"), std::string::npos);
  }
}

// A bug of the article's chat: after a reconnect a client looked logged in, and was not.
TEST_P(Session, ARestartIsToldAndNeverPretendsContinuity) {
  const User before = login("alice", "s1");
  before.say("lost with the server");
  stop();
  start({kNoNews});
  const Response answer = get("/poll", before.auth());
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.error(), "unauthorized");
  User again = login("alice", "s1");
  again.cursor = before.cursor;
  again.say("hello");
  const Json events = again.poll();
  EXPECT_EQ(events[0]["event"], "gap");
  EXPECT_EQ(texts(events), std::vector<std::string>{"hello"});
}

TEST_P(Session, OneLoginTooManyEndsTheOldest) {
  start({kNoNews, "--max-sessions=2"});
  const User one = login("alice", "s1");
  const User two = login("alice", "s1");
  login("alice", "s1");
  EXPECT_EQ(one.get("/poll").error(), "session_expired");
  EXPECT_EQ(two.get("/poll").status, 200);
}

TEST_P(Session, AFullChatSaysWhenToComeBack) {
  start({kNoNews, "--max-users=1"});
  login("alice");
  const Response answer = post("/login", "nickname=bob");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.error(), "too_many_users");
  EXPECT_EQ(answer.header("Retry-After"), "30");
  EXPECT_EQ(answer.json()["error"]["retry_after"], 30);
}

}  // namespace
}  // namespace encke
