// Operators, bans, and rooms with rules (protocol.md, "Who may").
#include <signal.h>

#include "integration/support/operators.h"
#include "support/scratch.h"

namespace encke {
namespace {

ENCKE_BOTH_HOLDS(Operators);

/// Told once, when everybody else has been told.
void expect_kicked(User& user) {
  EXPECT_EQ(user.wait_for("nouser")["code"], "kicked");
  EXPECT_EQ(user.get("/poll").error(), "kicked");
}

TEST_P(Operators, LogInWithTheirSecretAlone) {
  start_with();
  EXPECT_EQ(post("/login", "nickname=op").error(), "bad_credentials");
  EXPECT_EQ(post("/login", "nickname=op&secret=a+guess").error(), "bad_credentials");
  EXPECT_EQ(get("/bans", {{"Authorization", "Basic b3A6YQ=="}}).error(),
            "bad_credentials");  // op:a
  EXPECT_EQ(post("/plain/login", "nickname=op").status, 401);
  const User op = log_in_operator();
  EXPECT_EQ(op.get("/bans").json()["bans"], Json::array());
  // op:a long secret
  EXPECT_EQ(get("/bans", {{"Authorization", "Basic b3A6YSBsb25nIHNlY3JldA=="}}).status, 200);
}

TEST_P(Operators, GuessingTheirSecretIsSlow) {
  start_with();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(post("/login", "nickname=op&secret=guess" + std::to_string(i)).status, 401);
  }
  const Response answer = post("/login", "nickname=op&secret=a+long+secret");
  EXPECT_EQ(answer.status, 429) << "right or not";
  EXPECT_EQ(answer.error(), "too_many_attempts");
  EXPECT_FALSE(answer.header("Retry-After").empty());
  login("alice");
}

TEST_P(Operators, GuessingTheirSecretFromEverywhereIsSlowToo) {
  start_with({"--proxy=127.0.0.1", "--secret-tries-nickname=8"});
  const auto guess = [&](int from) {
    return post("/login", "nickname=op&secret=guess",
                kForm + Fields{{"X-Forwarded-For", "192.0.2." + std::to_string(from)}});
  };
  for (int i = 1; i <= 8; ++i) EXPECT_EQ(guess(i).status, 401) << i;
  EXPECT_EQ(guess(9).error(), "too_many_attempts");
}

TEST_P(Operators, AnotherSecretEndsWhatTheOldOneBegan) {
  const Scratch data;
  const std::string folder = "--data=" + data.path("data");
  start_with({folder});
  User thief = log_in_operator();
  EXPECT_EQ(thief.get("/bans").status, 200);
  stop();
  start_with({folder});
  thief.port = port();
  EXPECT_EQ(thief.get("/bans").status, 200) << "the same secret: the same session";
  stop();
  std::ofstream(secrets_) << "op:another secret\n";
  start_with({folder});
  thief.port = port();
  EXPECT_EQ(thief.get("/bans").error(), "not_operator");
  EXPECT_EQ(thief.post("/send", "text=x").error(), "kicked");
  expect_kicked(thief);
  EXPECT_EQ(post("/login", "nickname=op&secret=a+long+secret").error(), "bad_credentials");
  const Response op = log_in_when_free("nickname=op&secret=another+secret");
  EXPECT_EQ(op.status, 200);
  const std::string token = op.json()["token"];
  EXPECT_EQ(get("/bans", {{"Authorization", "Bearer " + token}}).status, 200);
}

TEST_P(Operators, WhoHadTheNicknameBeforeItWasAnOperatorsGoes) {
  const Scratch data;
  const std::string folder = "--data=" + data.path("data");
  start({kNoNews, folder});
  User first = login("op", "a secret of its own");
  stop();
  start_with({folder});
  first.port = port();
  expect_kicked(first);
}

TEST_P(Operators, OthersMayNot) {
  start_with();
  const User alice = login("alice", "s1");
  for (const char* target : {"/kick", "/ban", "/unban", "/rooms/rule", "/invite", "/uninvite"}) {
    const Response answer = alice.post(target, "nickname=bob&room=den&rule=open");
    EXPECT_EQ(answer.status, 403) << target;
    EXPECT_EQ(answer.error(), "not_operator") << target;
    EXPECT_EQ(post(target, "nickname=bob").status, 401) << target;
  }
  EXPECT_EQ(alice.get("/bans").error(), "not_operator");
  EXPECT_EQ(alice.get("/invited?room=den").error(), "not_operator");
}

TEST_P(Operators, WhoIsKickedIsToldAndMayComeBack) {
  start_with();
  const User op = log_in_operator();
  const User eve = login("eve");
  Wire held = eve.stream();
  EXPECT_EQ(op.post("/kick", "nickname=eve&reason=spam").status, 200);
  while (true) {
    const auto event = held.next_event();
    ASSERT_TRUE(event);
    if (event->event != "nouser") continue;
    EXPECT_EQ(event->json()["code"], "kicked");
    EXPECT_NE(event->json()["text"].get<std::string>().find("spam"), std::string::npos);
    break;
  }
  EXPECT_FALSE(held.next_event()) << "and that was all";
  const Response after = eve.get("/poll");
  EXPECT_EQ(after.status, 401);
  EXPECT_EQ(after.error(), "kicked");
  EXPECT_EQ(op.post("/kick", "nickname=eve").error(), "no_such_user");
  login("eve");
}

TEST_P(Operators, WhoIsKickedAndDoesNotListenIsToldAsWell) {
  start_with();
  const User op = log_in_operator();
  const User eve = login("eve");
  EXPECT_EQ(op.post("/kick", "nickname=eve&reason=spam").status, 200);
  for (const Response& answer :
       {eve.get("/session"), eve.get("/users"), eve.get("/rooms"), eve.get("/history?room=lobby"),
        eve.post("/send", "text=x"), eve.post("/join", "room=den")}) {
    EXPECT_EQ(answer.error(), "kicked") << answer.body;
    EXPECT_NE(answer.body.find("spam"), std::string::npos);
  }
}

TEST_P(Operators, WhoHasOnlyLoggedInFromABannedAddressGoesToo) {
  start_with({"--proxy=127.0.0.1"});
  const User op = log_in_operator();
  const Response in =
      post("/login", "nickname=eve", kForm + Fields{{"X-Forwarded-For", "192.0.2.66"}});
  const std::string token = in.json()["token"];
  EXPECT_EQ(op.post("/ban", "address=192.0.2.66").status, 200);
  EXPECT_EQ(post("/send", "text=hi&token=" + token).error(), "banned") << "from elsewhere by now";
}

TEST_P(Operators, WhoIsBannedIsToldWhyAndStaysOut) {
  start_with();
  const User op = log_in_operator();
  User eve = login("eve", "s1");
  // The news of her coming would answer the poll.
  for (bool told = false; !told;) {
    const Json news = eve.wait_for("system");
    for (const Json& change : news["changes"]) {
      told = told || change["nickname"] == "eve";
    }
  }
  Wire poll = eve.hold();
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  const Response banned = op.post("/ban", "nickname=eve&reason=spam&seconds=3600");
  EXPECT_EQ(banned.status, 200) << banned.body;
  EXPECT_EQ(banned.json()["by"], "op");
  EXPECT_EQ(poll.read().status, 200);
  for (const Response& answer :
       {eve.get("/poll"), eve.post("/send", "text=x"), post("/login", "nickname=eve&secret=s1"),
        get("/poll", {{"Authorization", "Basic ZXZlOnMx"}})}) {
    EXPECT_EQ(answer.status, 403) << answer.body;
    EXPECT_EQ(answer.error(), "banned");
    EXPECT_NE(answer.json()["error"]["message"].get<std::string>().find("spam (until "),
              std::string::npos);
  }
  const Json list = op.get("/bans").json()["bans"];
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["nickname"], "eve");
  EXPECT_EQ(op.post("/unban", "nickname=eve").json()["removed"], true);
  EXPECT_EQ(op.post("/unban", "nickname=eve").error(), "no_such_ban");
  EXPECT_EQ(log_in_when_free("nickname=eve&secret=s1").status, 200);
}

TEST_P(Operators, ABannedAddressIsRefusedOnEveryPath) {
  start_with({"--proxy=127.0.0.1"});
  const User op = log_in_operator();
  const Fields there = {{"X-Forwarded-For", "192.0.2.66"}};
  const Response in = post("/login", "nickname=eve", kForm + there);
  const Fields eve =
      there + Fields{{"Authorization", "Bearer " + in.json()["token"].get<std::string>()}};
  Wire held(port());
  held.send(make_request("GET", "/events", eve));
  EXPECT_EQ(held.read_head().status, 200);
  EXPECT_EQ(op.post("/ban", "address=192.0.2.0/24&reason=flood").status, 200);
  bool told = false;
  while (const auto event = held.next_event()) told = told || event->event == "nouser";
  EXPECT_TRUE(told);
  for (const char* target : {"/poll", "/longpoll?wait=0", "/events", "/users", "/", "/plain"}) {
    const Response answer = get(target, eve);
    EXPECT_EQ(answer.status, 403) << target;
    EXPECT_NE(answer.body.find("flood"), std::string::npos) << target;
  }
  EXPECT_EQ(post("/login", "nickname=other", kForm + there).error(), "banned");
  EXPECT_EQ(get("/health", there).status, 200);
  login("bob");
  EXPECT_EQ(op.post("/ban", "address=127.0.0.1").error(), "bad_parameter") << "its own";
  EXPECT_EQ(op.post("/unban", "address=192.0.2.0/24").status, 200);
  EXPECT_EQ(get("/version", there).status, 200);
}

TEST_P(Operators, ABanOfOneIpv6AddressIsOfAllThatItsOwnerHas) {
  start_with({"--proxy=127.0.0.1"});
  const User op = log_in_operator();
  const auto from = [&](const char* address) {
    return get("/version", {{"X-Forwarded-For", address}});
  };
  const Response ban = op.post("/ban", "address=2001:db8::1");
  EXPECT_EQ(ban.json()["address"], "2001:db8::/64");
  EXPECT_EQ(from("2001:db8::2").error(), "banned");
  EXPECT_EQ(from("2001:db8:0:1::2").status, 200);
  EXPECT_EQ(op.post("/unban", "address=2001:db8::7").status, 200);
  EXPECT_EQ(from("2001:db8::1").status, 200);
  EXPECT_EQ(op.post("/ban", "address=2001:db8::1/128").json()["address"], "2001:db8::1");
  EXPECT_EQ(from("2001:db8::2").status, 200);
}

TEST_P(Operators, BanNobodyByMistake) {
  start_with();
  const User op = log_in_operator();
  for (const char* form :
       {"", "nickname=a&address=10.0.0.1", "address=nowhere", "nickname=op", "nickname=a&seconds=0",
        "nickname=a&seconds=x", "nickname=a&reason=two%0Alines"}) {
    EXPECT_EQ(op.post("/ban", form).error(), "bad_parameter") << form;
  }
  EXPECT_EQ(op.post("/ban", "nickname=%3Cb%3E").error(), "nickname_invalid");
  EXPECT_EQ(op.get("/bans").json()["bans"].size(), 0U);
}

TEST_P(Operators, SpeakAloneInAReadOnlyRoom) {
  start_with({"--room=news=read-only"});
  const User op = log_in_operator();
  User alice = login("alice");
  EXPECT_EQ(alice.post("/join", "room=news").status, 200);
  EXPECT_EQ(op.post("/join", "room=news").status, 200);
  const Response refused = alice.post("/send", "room=news&text=hello");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.error(), "read_only");
  op.say("hear, hear", "news");
  EXPECT_EQ(alice.wait_for("message")["text"], "hear, hear");
  const Json rooms = alice.get("/rooms").json()["rooms"];
  EXPECT_EQ(rooms[1]["room"], "news");
  EXPECT_EQ(rooms[1]["rule"], "read-only");
  EXPECT_FALSE(rooms[0].contains("rule"));
  EXPECT_EQ(op.post("/rooms/rule", "room=news&rule=open").status, 200);
  EXPECT_EQ(alice.post("/send", "room=news&text=hello").status, 200);
}

TEST_P(Operators, InviteToAMembersRoom) {
  start_with();
  const User op = log_in_operator();
  const User alice = login("alice");
  const User bob = login("bob");
  EXPECT_EQ(op.post("/rooms/rule", "room=den&rule=members").status, 200);
  EXPECT_EQ(op.post("/invite", "room=den&nickname=bob").json()["invited"], true);
  EXPECT_EQ(op.get("/invited?room=den").json()["nicknames"], Json::array({"bob"}));
  EXPECT_EQ(alice.post("/join", "room=den").error(), "members_only");
  EXPECT_EQ(bob.post("/join", "room=den").status, 200);
  EXPECT_EQ(alice.get("/rooms").json()["rooms"].size(), 1U) << "the lobby";
  EXPECT_EQ(bob.get("/rooms").json()["rooms"].size(), 2U);
  EXPECT_EQ(alice.get("/users?room=den").error(), "no_such_room");
  EXPECT_EQ(bob.get("/users?room=den").status, 200);
  EXPECT_EQ(alice.get("/history?room=den").status, 403);
  EXPECT_EQ(op.post("/uninvite", "room=den&nickname=bob").status, 200);
  EXPECT_EQ(bob.post("/send", "room=den&text=x").status, 404) << "who was in it is out";
  EXPECT_EQ(op.post("/rooms/rule", "room=lobby&rule=members").error(), "bad_parameter");
  EXPECT_EQ(op.post("/rooms/rule", "room=den&rule=secret").error(), "bad_parameter");
}

TEST_P(Operators, WhatTheyDidOutlivesAPowerCut) {
  const Scratch data;
  const std::string folder = "--data=" + data.path("data");
  start_with({folder, "--proxy=127.0.0.1"});
  User op = log_in_operator();
  User bob = login("bob");
  EXPECT_EQ(op.post("/ban", "nickname=eve&reason=spam").status, 200);
  EXPECT_EQ(op.post("/ban", "address=192.0.2.0/24&seconds=3600").status, 200);
  EXPECT_EQ(op.post("/rooms/rule", "room=den&rule=members").status, 200);
  EXPECT_EQ(op.post("/invite", "room=den&nickname=bob").status, 200);
  User mallory = login("mallory", "s1");
  EXPECT_EQ(op.post("/kick", "nickname=mallory").status, 200);
  ASSERT_EQ(::kill(program().pid(), SIGKILL), 0);
  program().wait_for_exit();
  start_with({folder, "--proxy=127.0.0.1"});
  op.port = bob.port = mallory.port = port();
  EXPECT_EQ(mallory.get("/poll").status, 401);
  EXPECT_EQ(post("/login", "nickname=eve").error(), "banned");
  EXPECT_EQ(get("/version", {{"X-Forwarded-For", "192.0.2.1"}}).error(), "banned");
  EXPECT_EQ(login("carl").post("/join", "room=den").error(), "members_only");
  EXPECT_EQ(bob.post("/join", "room=den").status, 200);
  const Json list = op.get("/bans").json();
  ASSERT_TRUE(list.contains("bans")) << "its session is an operator's still: " << list;
  EXPECT_EQ(list["bans"].size(), 2U);
}

}  // namespace
}  // namespace encke
