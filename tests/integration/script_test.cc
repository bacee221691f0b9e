// What is answered to script elements and to forms in frames: JSONP on every GET, a page with one
// call on every POST, errors inside of both; and who gets no such answer.
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Script : public BothHolds {
 protected:
  static constexpr const char* kJavaScript = "text/javascript; charset=utf-8";

  // What the function `f.g` is called with.
  static Json argument(const Response& answer, const std::string& before,
                       const std::string& after) {
    const auto start = answer.body.find(before);
    const auto end = answer.body.rfind(after);
    if (start == std::string::npos || end == std::string::npos)
      throw Trouble("no call: " + answer.body);
    return Json::parse(answer.body.substr(start + before.size(), end - start - before.size()));
  }
  static Json called(const Response& answer) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), kJavaScript);
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_TRUE(answer.body.starts_with("/**/f.g(")) << answer.body;
    return argument(answer, "/**/f.g(", ");\n");
  }
  static Json called_from_frame(const Response& answer) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "text/html; charset=utf-8");
    EXPECT_NE(answer.body.find("parent.f.g(x)"), std::string::npos) << answer.body;
    return argument(answer, "<script>e(", ")</script>");
  }
};
ENCKE_BOTH_HOLDS(Script);

TEST_P(Script, IsAnsweredByACallToEveryGet) {
  const User alice = login("alice");
  alice.say("hi");
  const auto ask = [&](const std::string& target) {
    return called(get(target + "callback=f.g&token=" + alice.token));
  };
  EXPECT_EQ(ask("/poll?since=" + alice.cursor + "&")["events"][0]["text"], "hi");
  EXPECT_EQ(ask("/longpoll?since=" + alice.cursor + "&")["flag"], true);
  EXPECT_EQ(ask("/users?")["users"], Json({"alice"}));
  EXPECT_EQ(ask("/rooms?")["rooms"][0]["room"], "lobby");
  EXPECT_EQ(ask("/history?room=lobby&")["events"][0]["text"], "hi");
  EXPECT_EQ(ask("/session?")["nickname"], "alice");
  EXPECT_EQ(ask("/version?")["name"], "encke");
  EXPECT_EQ(ask("/health?")["status"], "ok");
  EXPECT_EQ(ask("/ready?")["status"], "ready");
  EXPECT_EQ(ask("/nowhere?")["error"]["code"], "not_found");
}

TEST_P(Script, IsToldOfEveryErrorWithoutAStatus) {
  const auto code = [&](const std::string& target, const Fields& headers = {}) {
    return called(get(target, headers))["error"].value("code", "");
  };
  EXPECT_EQ(code("/poll?callback=f.g"), "unauthorized");
  EXPECT_EQ(code("/users?callback=f.g&token=x"), "unauthorized");
  const User alice = login("alice");
  EXPECT_EQ(code("/poll?callback=f.g&since=x&token=" + alice.token), "bad_cursor");
  EXPECT_EQ(code("/poll?callback=f.g", {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}}),
            "upgrade_refused");
  // Refused at the door, before there was anybody to ask.
  EXPECT_EQ(code("/poll?callback=f.g", {{"Expect", "wonders"}}), "expectation_failed");
}

TEST_P(Script, CallsNothingButAFunctionsName) {
  for (const char* name : {"alert(1)//", "a+b", "", "%3Cscript%3E", "a%5B0%5D"}) {
    const Response answer = get(std::string("/version?callback=") + name);
    EXPECT_EQ(answer.status, 400) << name;
    EXPECT_EQ(answer.error(), "bad_parameter") << name;
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
  }
  const Response frame = get("/stream?as=iframe&callback=a(");
  EXPECT_EQ(frame.status, 400);
  EXPECT_EQ(frame.error(), "bad_parameter");
}

// Any page may load a script from here, and a browser may send its cookie along.
TEST_P(Script, OfAnotherOriginIsNotToldByTheCookieAlone) {
  const User alice = login("alice");
  const Fields cookie = {{"Cookie", "encke=" + alice.token}};
  const auto asked_from = [&](const Fields& referer) {
    return called(get("/session?callback=f.g", cookie + referer));
  };
  EXPECT_EQ(asked_from({{"Referer", "http://evil.example/"}})["error"]["code"], "foreign_origin");
  EXPECT_EQ(asked_from({})["error"]["code"], "foreign_origin");
  EXPECT_EQ(asked_from({{"Referer", "http://localhost/"}})["nickname"], "alice");
  // Reads go another way.
  EXPECT_EQ(called(get("/poll?callback=f.g", cookie))["error"]["code"], "foreign_origin");
}

TEST_P(Script, OfAFrameIsCalledByTheAnswerToAForm) {
  const Response in = post("/login?callback=f.g", "nickname=alice");
  const Json session = called_from_frame(in);
  EXPECT_EQ(session["event"], "loginSuccess");
  EXPECT_NE(in.header("Set-Cookie"), "");
  EXPECT_EQ(in.header("Content-Security-Policy"),
            "default-src 'none'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'self'");
  const std::string token = "&token=" + session["token"].get<std::string>();

  EXPECT_TRUE(called_from_frame(post("/send", "callback=f.g&text=hi" + token)).contains("id"));
  EXPECT_EQ(called_from_frame(post("/join", "callback=f.g&room=tea" + token))["joined"], true);
  EXPECT_EQ(called_from_frame(post("/leave", "callback=f.g&room=tea" + token))["joined"], false);
  EXPECT_EQ(
      called_from_frame(post("/send", "callback=f.g&to=nobody&text=hi" + token))["error"]["code"],
      "no_such_user");
  EXPECT_EQ(called_from_frame(post("/login", "callback=f.g&nickname=alice"))["event"], "repeat");
  EXPECT_EQ(called_from_frame(post("/logout", "callback=f.g" + token))["event"], "logoutSuccess");
  EXPECT_EQ(called_from_frame(post("/send", "callback=f.g&text=hi" + token))["error"]["code"],
            "unauthorized");
  EXPECT_EQ(post("/send", "callback=f(&text=hi").error(), "bad_parameter");
}

TEST_P(Script, OfAFrameIsAnsweredToAMultipartFormToo) {
  const User alice = login("alice");
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhi\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"callback\"\r\n\r\nf.g\r\n--b--\r\n";
  EXPECT_TRUE(called_from_frame(
                  post("/send", body,
                       alice.auth() + Fields{{"Content-Type", "multipart/form-data; boundary=b"}}))
                  .contains("id"));
}

TEST_P(Script, OfANewTabLearnsWhoItsCookieIs) {
  const User alice = login("alice");
  alice.say("before");
  const Json session = get("/session", {{"Cookie", "encke=" + alice.token}}).json();
  EXPECT_EQ(session["nickname"], "alice");
  EXPECT_EQ(session["token"], alice.token);
  EXPECT_EQ(session["rooms"], Json({"lobby"}));
  EXPECT_EQ(session["users"], Json({"alice"}));
  const std::string id = alice.say("after");
  User tab = alice;
  tab.cursor = session["cursor"];
  EXPECT_EQ(texts(tab.poll()), std::vector<std::string>{"after"});
  EXPECT_EQ(get("/session").error(), "unauthorized");
}

TEST_P(Script, StreamsAreAskedForByName) {
  const User alice = login("alice");
  EXPECT_EQ(alice.get("/stream?as=ndjsonp").error(), "unknown_format");
  EXPECT_EQ(alice.get("/stream?as=ndjson&beat=0").error(), "bad_parameter");
  EXPECT_EQ(alice.get("/stream?as=ndjson&pad=-1").error(), "bad_parameter");
  EXPECT_EQ(alice.get("/stream?as=ndjson&since=x").error(), "bad_cursor");
}

}  // namespace
}  // namespace encke
