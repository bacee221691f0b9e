// Saying something: every kind of body, to a room and to one user (protocol.md, "Say").
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Send : public BothHolds {
 protected:
  Send() = default;
  // What alice reads after this was sent by her.
  Json said(std::string_view target, std::string_view body, const Fields& headers) {
    User alice = login("alice", "s1");
    const Response answer = post(target, body, alice.auth() + headers);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const Json events = alice.poll();
    EXPECT_EQ(events.size(), 1u);
    return events.at(0);
  }
  std::string refusal(const User& user, const std::string& form) {
    return user.post("/send", form).error();
  }
};
ENCKE_BOTH_HOLDS(Send);

TEST_P(Send, AnswersWithIdAndTimeOnceItIsSaid) {
  User alice = login("alice");
  const Json answer = alice.post("/send", "text=hello").json();
  const Json event = alice.poll().at(0);
  EXPECT_EQ(event["id"], answer["id"]);
  EXPECT_EQ(event["time"], answer["time"]);
  EXPECT_EQ(event["event"], "message");
  EXPECT_EQ(event["room"], "lobby");
  EXPECT_EQ(event["from"], "alice");
  EXPECT_EQ(event["text"], "hello");
}

TEST_P(Send, AnswersAsTextForAShell) {
  const User alice = login("alice");
  const Response answer = alice.post("/send?format=text", "text=hello");
  EXPECT_EQ(answer.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_NE(answer.body.find('\t'), std::string::npos);
  EXPECT_EQ(answer.body.back(), '\n');
}

TEST_P(Send, TakesAForm) {
  EXPECT_EQ(said("/send", "text=a+b%26c&room=lobby", kForm)["text"], "a b&c");
}

TEST_P(Send, TakesJson) {
  EXPECT_EQ(said("/send", R"({"text":"\u4f60\u597d \"x\"","key":17})", kJsonType)["text"],
            "你好 \"x\"");
}

TEST_P(Send, TakesMultipart) {
  EXPECT_EQ(
      said("/send",
           "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\ntwo\nlines\r\n--x--\r\n",
           {{"Content-Type", "multipart/form-data; boundary=\"x\""}})["text"],
      "two\nlines");
}

TEST_P(Send, TakesPlainTextWithTheRestInTheQuery) {
  login("bob");
  const Json event = said("/send?to=bob", "text=is not a field here", kPlainText);
  EXPECT_EQ(event["event"], "private");
  EXPECT_EQ(event["to"], "bob");
  EXPECT_EQ(event["text"], "text=is not a field here");
}

TEST_P(Send, TakesABodyWithoutAType) { EXPECT_EQ(said("/send", "hello", {})["text"], "hello"); }

TEST_P(Send, TakesABareFormForTheText) {
  EXPECT_EQ(said("/send", "1 + 1 = 2 & so on", kForm)["text"], "1 + 1 = 2 & so on");
}

TEST_P(Send, TakesAFormOverEightKilobytes) {
  const std::string text(16'000, 'x');
  EXPECT_EQ(said("/send", "text=" + text, kForm)["text"], text);
}

TEST_P(Send, APrivateReachesBothAndNobodyElse) {
  User alice = login("alice");
  User bob = login("bob");
  User carol = login("carol");
  alice.tell("bob", "psst");
  alice.say("all");
  EXPECT_EQ(texts(alice.poll()), (std::vector<std::string>{"psst", "all"}));
  const Json heard = bob.poll();
  EXPECT_EQ(texts(heard), (std::vector<std::string>{"psst", "all"}));
  EXPECT_EQ(heard[0]["event"], "private");
  EXPECT_EQ(heard[0]["from"], "alice");
  EXPECT_EQ(heard[0]["to"], "bob");
  EXPECT_EQ(texts(carol.poll()), std::vector<std::string>{"all"});
}

TEST_P(Send, ARoomReachesThoseWhoAreInIt) {
  User alice = login("alice");
  User bob = login("bob");
  User carol = login("carol");
  alice.post("/join", "room=den");
  bob.post("/join", "room=den");
  alice.say("here", "den");
  EXPECT_EQ(texts(bob.poll()), std::vector<std::string>{"here"});
  EXPECT_EQ(texts(carol.poll()), std::vector<std::string>{});
  EXPECT_EQ(refusal(carol, "text=x&room=den"), "not_in_room");
  EXPECT_EQ(refusal(carol, "text=x&room=none"), "no_such_room");
}

TEST_P(Send, TellsWhenTheOtherIsNotHere) {
  const Response answer = login("alice").post("/send", "text=x&to=nobody");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.error(), "no_such_user");
  EXPECT_NE(answer.body.find("该用户已经下线"), std::string::npos);
}

TEST_P(Send, RefusesARoomAndANicknameTogether) {
  login("bob");
  EXPECT_EQ(refusal(login("alice"), "text=x&to=bob&room=lobby"), "bad_parameter");
}

TEST_P(Send, MakesNothingPublicThatWasMeantForOne) {
  const User alice = login("alice");
  const User bob = login("bob");
  for (const char* name : {"to", "room", "key"}) {
    const std::string empty = std::string(name) + "=";
    const Response form = alice.post("/send", empty + "&text=secret");
    EXPECT_EQ(form.status, 400);
    EXPECT_EQ(form.error(), "bad_parameter");
    EXPECT_EQ(post("/send?" + empty, "secret", alice.auth() + kPlainText).error(), "bad_parameter");
  }
  std::string many;
  for (int i = 0; i < 64; ++i) many += "f" + std::to_string(i) + "=1&";
  EXPECT_EQ(alice.post("/send", many + "to=bob&text=secret").error(), "bad_request");
  EXPECT_TRUE(texts(bob.get("/poll").json()["events"]).empty());
}

TEST_P(Send, SaysOnceForOneKey) {
  User alice = login("alice");
  const Response first = alice.post("/send", "text=hello&key=k-1");
  const Response again = alice.post("/send", "text=hello&key=k-1");
  EXPECT_EQ(again.body, first.body);
  const Response other = alice.post("/send", "text=hello&key=k-2");
  EXPECT_NE(other.body, first.body);
  EXPECT_EQ(texts(alice.poll()).size(), 2u);
  // Another user's key of the same name is another key.
  login("bob").send("text=hello&key=k-1");
  EXPECT_EQ(texts(alice.poll()).size(), 1u);
  EXPECT_EQ(refusal(alice, "text=x&key=" + std::string(65, 'k')), "bad_key");
  EXPECT_EQ(refusal(alice, "text=x&key=a%20b"), "bad_key");
}

TEST_P(Send, RefusesNothingAndBlanks) {
  const User alice = login("alice");
  for (const char* form : {"", "text=", "text=%20%20", "to=bob", "image="}) {
    const Response answer = alice.post("/send", form);
    EXPECT_EQ(answer.status, 400) << form;
    EXPECT_EQ(answer.error(), "nothing_to_say") << form;
  }
}

TEST_P(Send, RefusesTextThatIsTooLong) {
  const User alice = login("alice");
  const Response answer = alice.post("/send", "text=" + std::string(16 * 1024 + 1, 'x'));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.error(), "text_too_long");
  alice.say(std::string(16 * 1024, 'x'));
}

TEST_P(Send, RefusesWhatIsNotText) {
  User alice = login("alice");
  for (const std::string& text :
       {std::string("\xFF\xFE"), std::string("\xC0\x80"), std::string("\xED\xA0\x80"),
        std::string("a\0b", 3), std::string("\x1B[2J"), std::string("\xC2\x9B")}) {
    EXPECT_EQ(refusal(alice, "text=" + escaped(text)), "bad_text");
    EXPECT_EQ(post("/send", text, alice.auth() + kPlainText).error(), "bad_text");
  }
  EXPECT_EQ(post("/send", "{\"text\":\"\xFF\"}", alice.auth() + kJsonType).error(), "bad_json");
  EXPECT_EQ(post("/send", R"({"text":"a\u0000b"})", alice.auth() + kJsonType).error(), "bad_text");
  EXPECT_EQ(alice.poll().size(), 0u) << "nothing is said when it is refused";
}

TEST_P(Send, RefusesWhatIsNoJsonObject) {
  const User alice = login("alice");
  for (const char* body : {"", "{", "[]", "\"text\"", "17", "{\"text\":[\"x\"]}",
                           "{\"text\":{\"a\":1}}", "{\"text\":\"x\"}}", "{'text':'x'}"}) {
    const Response answer = post("/send", body, alice.auth() + kJsonType);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.error(), "bad_json") << body;
  }
}

TEST_P(Send, RefusesABodyOfAnotherType) {
  const User alice = login("alice");
  for (const char* type : {"application/xml", "image/png", "text/html"}) {
    const Response answer = post("/send", "hello", alice.auth() + Fields{{"Content-Type", type}});
    EXPECT_EQ(answer.status, 415) << type;
    EXPECT_EQ(answer.error(), "unsupported_media_type") << type;
  }
}

TEST_P(Send, AnswersAnErrorInTheFormatThatWasAskedFor) {
  const Response answer = post("/send?format=text", "hello");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(answer.body.starts_with("error\tunauthorized\t")) << answer.body;
  // One that is found when the request is long gone, too.
  const User alice = login("alice");
  const Response late = alice.post("/send?format=text", "text=x&to=nobody");
  EXPECT_EQ(late.status, 404);
  EXPECT_TRUE(late.body.starts_with("error\tno_such_user\t")) << late.body;
}

// A bug of the article's chat: it relayed HTML as HTML. Here it is data, escaped as JSON is.
TEST_P(Send, RelaysHtmlAsData) {
  const std::string html = "<script>alert(\"1\")</script>\n</script>";
  User alice = login("alice");
  alice.say(html);
  const Response answer = alice.get("/poll");
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(texts(answer.json()["events"]), std::vector<std::string>{html});
  Wire stream = alice.stream();
  const auto event = stream.next_event();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->json()["text"], html);
}

TEST_P(Send, KeepsTheOrderOfOneConnection) {
  User alice = login("alice");
  Wire wire(port());
  std::vector<std::string> sent;
  for (int i = 0; i < 50; ++i) {
    sent.push_back(std::to_string(i));
    wire.send(make_request("POST", "/send", alice.auth() + kPlainText, sent.back()));
    EXPECT_EQ(wire.read().status, 200);
  }
  EXPECT_EQ(texts(alice.poll()), sent);
}

}  // namespace
}  // namespace encke
