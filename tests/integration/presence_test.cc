// Presence, with the spans of a test: who is gone, who comes back, who is evicted.
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Presence : public BothHolds {
 protected:
  // Reads until it is told that this user came or went; answers the event.
  static Json told(User& by, const std::string& nickname, bool came) {
    while (true) {
      Json event = by.wait_for("system");
      for (const Json& change : event["changes"]) {
        if (change["nickname"] == nickname && change["flag"] == came) return event;
      }
    }
  }
};
ENCKE_BOTH_HOLDS(Presence);

TEST_P(Presence, WhoIsNotHeardOfIsGoneAndComesBackWithoutLoss) {
  start({"--gone-after=1s", "--resume-within=60s", "--gather=50ms"});
  User alice = login("alice");
  User bob = login("bob");
  told(alice, "bob", true);  // alice goes on polling, bob does not
  const Json gone = told(alice, "bob", false);
  EXPECT_EQ(gone["size"], 1);
  EXPECT_EQ(alice.get("/users").json()["users"], Json::array({"alice"}));
  alice.say("while you slept");
  bob.tell("bob", "x");  // any sign of life
  told(alice, "bob", true);
  EXPECT_EQ(bob.wait_for_text("while you slept")["from"], "alice");
}

TEST_P(Presence, AHeldPollAndAStreamAreSignsOfLife) {
  start({"--gone-after=500ms", "--resume-within=1s", kNoNews});
  const User bob = login("bob");
  const User carol = login("carol");
  login("dave");
  Wire poll = bob.hold();
  Wire stream = carol.stream();
  wait_for_metric("encke_gone_total", 1);
  wait_for_metric("encke_evicted_total{reason=\"absent\"}", 1);
  EXPECT_EQ(bob.get("/users").json()["users"], Json::array({"bob", "carol"}));
  EXPECT_EQ(metric("encke_gone_total"), 1);
}

TEST_P(Presence, AfterTheTimeToResumeTheNicknameIsFree) {
  start({"--gone-after=1s", "--resume-within=2s", "--gather=50ms"});
  User alice = login("alice");
  const User bob = login("bob");
  EXPECT_EQ(post("/login", "nickname=bob").error(), "nickname_taken");
  told(alice, "bob", false);
  EXPECT_EQ(post("/login", "nickname=bob").error(), "nickname_taken") << "gone, but may come back";
  while (post("/login", "nickname=bob").status != 200) alice.poll();
  EXPECT_EQ(bob.get("/poll").error(), "session_expired");
  EXPECT_EQ(bob.post("/send", "text=x").error(), "session_expired");
}

TEST_P(Presence, WhoSaysNothingIsEvictedAfterEverybodyWasTold) {
  start({"--silent-after=1s", "--silent-check=100ms", "--gather=50ms"});
  User alice = login("alice");
  std::vector<std::string> names;
  std::string last;
  while (last != "nouser") {
    const Response answer = alice.get("/longpoll?wait=20&since=" + alice.cursor);
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Json json = answer.json();
    alice.cursor = json["next"];
    for (const Json& event : json["events"]) {
      last = event["event"];
      names.push_back(last);
      if (last == "system" && event["changes"][0]["flag"] == false) names.push_back("went");
      if (last == "nouser") {
        EXPECT_NE(
            event["text"].get<std::string>().find("由于长时间未说话，您已经掉线，请重新刷新页面"),
            std::string::npos);
      }
    }
  }
  ASSERT_GE(names.size(), 3u);
  EXPECT_EQ(names[names.size() - 2], "went") << "first `system`, then `nouser`";
  const Response answer = alice.get("/poll");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.error(), "evicted");
}

TEST_P(Presence, AStreamIsToldOfItsEvictionAndEnds) {
  start({"--silent-after=1s", "--silent-check=100ms", "--gather=50ms"});
  const User alice = login("alice");
  Wire stream = alice.stream();
  std::string last;
  while (const auto event = stream.next_event()) last = event->event;
  EXPECT_EQ(last, "nouser");
  EXPECT_EQ(alice.get("/events").error(), "evicted");
}

// A bug of the article's chat: the next message of one who was evicted killed the server.
TEST_P(Presence, TheNextMessageOfTheEvictedIsRefusedAndKillsNothing) {
  start({"--silent-after=1s", "--silent-check=100ms", "--gather=50ms"});
  const User alice = login("alice");
  Response answer = alice.get("/longpoll?wait=20&format=text");
  while (answer.status == 200 && answer.body.find("nouser") == std::string::npos) {
    answer = alice.get("/longpoll?wait=20&format=text&since=latest");
  }
  answer = alice.post("/send", "text=am+I+here");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.error(), "evicted");
  EXPECT_EQ(alice.post("/join", "room=x").error(), "evicted");
  User again = login("alice");
  EXPECT_EQ(again.say("hello again").empty(), false);
}

TEST_P(Presence, WhoSpeaksStays) {
  start({"--silent-after=1s", "--silent-check=100ms", "--gather=50ms"});
  const User alice = login("alice");
  const User bob = login("bob");
  // Bob is evicted, alice is not, who spoke meanwhile.
  while (bob.get("/poll?since=latest").status != 401) alice.say("I am here");
  EXPECT_EQ(alice.get("/poll?since=latest").status, 200);
  EXPECT_EQ(metric("encke_evicted_total{reason=\"silent\"}"), 1);
}

}  // namespace
}  // namespace encke
