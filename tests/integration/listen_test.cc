// /poll and /longpoll (protocol.md, "Listen").
#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Listen : public BothHolds {
 protected:
  void wait_until_held(int polls) { wait_for_metric("encke_held{transport=\"longpoll\"}", polls); }
};
ENCKE_BOTH_HOLDS(Listen);

TEST_P(Listen, APollAnswersNow) {
  User alice = login("alice");
  const Response nothing = alice.get("/poll");
  EXPECT_EQ(nothing.status, 200);
  EXPECT_EQ(nothing.body, R"({"flag":false,"events":[],"next":")" + alice.cursor + "\"}\n");
  const std::string id = alice.say("hello");
  const Response something = alice.get("/poll");
  EXPECT_EQ(something.json()["flag"], true);
  EXPECT_EQ(something.json()["next"], id);
  EXPECT_EQ(something.header("Cache-Control"), "no-store, no-transform");
}

TEST_P(Listen, ReadingDoesNotDestroy) {
  User alice = login("alice");
  const std::string first = alice.say("one");
  alice.say("two");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(texts(alice.get("/poll").json()["events"]).size(), 2u);
    EXPECT_EQ(texts(alice.get("/poll?since=" + first).json()["events"]),
              std::vector<std::string>{"two"});
  }
}

TEST_P(Listen, SinceLatestAndEarliest) {
  const User alice = login("alice");
  const std::string id = alice.say("before");
  const Json latest = alice.get("/poll?since=latest").json();
  EXPECT_EQ(latest["flag"], false);
  EXPECT_EQ(latest["next"], id);
  EXPECT_EQ(texts(alice.get("/poll?since=earliest").json()["events"]),
            std::vector<std::string>{"before"});
  // A second tab begins where it logged in, and can have what was before.
  login("bob", "s1");
  alice.tell("bob", "while one tab was open");
  const User tab = login("bob", "s1");
  EXPECT_EQ(tab.get("/poll").json()["flag"], false);
  EXPECT_EQ(texts(tab.get("/poll?since=earliest").json()["events"]),
            std::vector<std::string>{"while one tab was open"});
}

TEST_P(Listen, LimitCutsAnAnswer) {
  User alice = login("alice");
  for (int i = 0; i < 5; ++i) alice.say(std::to_string(i));
  const Json first = alice.get("/poll?limit=2").json();
  EXPECT_EQ(texts(first["events"]), (std::vector<std::string>{"0", "1"}));
  const Json rest = alice.get("/poll?since=" + first["next"].get<std::string>()).json();
  EXPECT_EQ(texts(rest["events"]), (std::vector<std::string>{"2", "3", "4"}));
}

TEST_P(Listen, ALongPollIsHeldUntilSomethingIsSaid) {
  const User alice = login("alice");
  Wire poll = alice.hold();
  wait_until_held(1);
  const std::string id = login("bob").say("hello");
  const Json answer = poll.read().json();
  EXPECT_EQ(answer["flag"], true);
  EXPECT_EQ(texts(answer["events"]), std::vector<std::string>{"hello"});
  EXPECT_EQ(answer["next"], id);
  wait_until_held(0);
}

TEST_P(Listen, ALongPollAnswersAtOnceWhenThereIsSomething) {
  User alice = login("alice");
  alice.say("hello");
  EXPECT_EQ(texts(alice.get("/longpoll?wait=100").json()["events"]),
            std::vector<std::string>{"hello"});
}

TEST_P(Listen, ALongPollEndsWhenItsTimeIsUp) {
  const User alice = login("alice");
  const Response answer = alice.get("/longpoll?wait=1");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json()["flag"], false);
  EXPECT_EQ(answer.json()["next"], alice.cursor);
  EXPECT_EQ(alice.get("/longpoll?wait=0").json()["flag"], false);
}

TEST_P(Listen, TheLongestWaitIsTheServers) {
  start({kNoNews, "--max-wait=1s"});
  EXPECT_EQ(login("alice").get("/longpoll?wait=3600").json()["flag"], false);
}

TEST_P(Listen, TheDefaultWaitIsTheServers) {
  start({kNoNews, "--default-wait=1s"});
  EXPECT_EQ(login("alice").get("/longpoll").json()["flag"], false);
}

TEST_P(Listen, WithoutALongestWaitItIsTheClients) {
  start({kNoNews, "--max-wait=0"});
  const User alice = login("alice");
  Wire poll = alice.hold();
  wait_until_held(1);
  alice.say("hello");
  EXPECT_EQ(texts(poll.read().json()["events"]), std::vector<std::string>{"hello"});
}

TEST_P(Listen, AnswersAsText) {
  const User alice = login("alice");
  login("bob");
  const std::string id = alice.say("tab\there\nand a line \\");
  alice.tell("bob", "psst");
  const Response answer = alice.get("/poll?format=text");
  EXPECT_EQ(answer.header("Content-Type"), "text/plain; charset=utf-8");
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < answer.body.size();) {
    const auto end = answer.body.find('\n', at);
    lines.push_back(answer.body.substr(at, end - at));
    at = end + 1;
  }
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_TRUE(lines[0].starts_with(id + "\t"));
  EXPECT_TRUE(lines[0].ends_with("\tmessage\talice\tlobby\ttab\\there\\nand a line \\\\"))
      << lines[0];
  EXPECT_TRUE(lines[1].ends_with("\tprivate\talice\tbob\tpsst")) << lines[1];
  EXPECT_EQ(alice.get("/poll?format=text&since=latest").body, "");
}

TEST_P(Listen, AnswersAsNdjson) {
  const User alice = login("alice");
  alice.say("one");
  alice.say("two");
  const Response answer = alice.get("/poll?format=ndjson");
  EXPECT_EQ(answer.header("Content-Type"), "application/x-ndjson");
  const auto end = answer.body.find('\n');
  EXPECT_EQ(Json::parse(answer.body.substr(0, end))["text"], "one");
  EXPECT_EQ(Json::parse(answer.body.substr(end + 1))["text"], "two");
}

TEST_P(Listen, AcceptChoosesTheFormat) {
  const User alice = login("alice");
  alice.say("hello");
  const auto type = [&](const char* accept) {
    return get("/poll", alice.auth() + Fields{{"Accept", accept}}).header("Content-Type");
  };
  EXPECT_EQ(type("text/plain"), "text/plain; charset=utf-8");
  EXPECT_EQ(type("application/x-ndjson, application/json"), "application/x-ndjson");
  EXPECT_EQ(type("*/*"), "application/json");
  EXPECT_EQ(type("text/html,application/xhtml+xml"), "application/json");
}

TEST_P(Listen, RefusesWhatItDoesNotUnderstand) {
  const User alice = login("alice");
  const auto refusal = [&](const char* parameters) {
    const Response answer = alice.get(std::string("/longpoll?") + parameters);
    EXPECT_EQ(answer.status, 400) << parameters;
    return answer.error();
  };
  EXPECT_EQ(refusal("format=xml"), "unknown_format");
  for (const char* since :
       {"since=x", "since=1", "since=-", "since=1-", "since=1--1", "since=1-0x1", "since=%00",
        "since=1-1%20", "since=1-99999999999999999999999"}) {
    const std::string code = refusal(since);
    EXPECT_TRUE(code == "bad_cursor" || code == "bad_request") << since << ' ' << code;
  }
  for (const char* bad : {"limit=0", "limit=1001", "limit=x", "wait=x", "wait=-1", "wait=",
                          "wait=1e3", "wait=99999999999999999999", "reader=", "reader=a%20b"}) {
    EXPECT_EQ(refusal(bad), "bad_parameter") << bad;
  }
}

TEST_P(Listen, AnswersACursorFromElsewhereWithAGap) {
  const User alice = login("alice");
  const std::string id = alice.say("hello");
  for (const char* since : {"1-0", "0-0", "ffffffffffffffff-18446744073709551615"}) {
    const Json answer = alice.get(std::string("/poll?since=") + since).json();
    ASSERT_EQ(answer["events"].size(), 2u) << since;
    EXPECT_EQ(answer["events"][0]["event"], "gap");
    EXPECT_EQ(answer["events"][0]["after"], since);
    EXPECT_EQ(answer["events"][1]["text"], "hello");
    EXPECT_EQ(answer["next"], id);
  }
}

TEST_P(Listen, ACursorAheadOfAllIsOfAnotherLifeOfTheLog) {
  const User alice = login("alice");
  const std::string epoch = alice.cursor.substr(0, alice.cursor.find('-'));
  const Json answer = alice.get("/poll?since=" + epoch + "-18446744073709551615").json();
  EXPECT_EQ(answer["events"][0]["event"], "gap");
  alice.say("hello");
  const std::string next = answer["next"];
  EXPECT_EQ(texts(alice.get("/poll?since=" + next).json()["events"]),
            std::vector<std::string>{"hello"});
}

TEST_P(Listen, WhatDoesNotFitTheMailboxIsAGap) {
  start({kNoNews, "--mailbox-events=3"});
  User alice = login("alice");
  for (int i = 0; i < 5; ++i) alice.say(std::to_string(i));
  const std::string before = alice.cursor;
  const Json events = alice.poll();
  EXPECT_EQ(events[0]["event"], "gap");
  EXPECT_EQ(events[0]["after"], before);
  EXPECT_EQ(texts(events), (std::vector<std::string>{"2", "3", "4"}));
}

TEST_P(Listen, ANewerPollOfTheSameReaderAnswersTheOlder) {
  const User alice = login("alice");
  Wire older = alice.hold("&reader=tab-1");
  wait_until_held(1);
  Wire newer = alice.hold("&reader=tab-1");
  const Response answer = older.read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json()["flag"], false);
  EXPECT_EQ(answer.json()["next"], alice.cursor);
  alice.say("hello");
  EXPECT_EQ(texts(newer.read().json()["events"]), std::vector<std::string>{"hello"});
  // The older one's connection goes on as if nothing had happened.
  older.send(make_request("GET", "/poll", alice.auth()));
  EXPECT_EQ(texts(older.read().json()["events"]), std::vector<std::string>{"hello"});
}

TEST_P(Listen, PollsOfDifferentReadersLeaveEachOtherAlone) {
  const User alice = login("alice");
  Wire one = alice.hold("&reader=tab-1");
  Wire two = alice.hold("&reader=tab-2");
  Wire none = alice.hold();
  Wire other = alice.hold();
  wait_until_held(4);
  alice.say("hello");
  for (Wire* wire : {&one, &two, &none, &other}) {
    EXPECT_EQ(texts(wire->read().json()["events"]), std::vector<std::string>{"hello"});
  }
}

TEST_P(Listen, TabsOfOneUserAllGetEverything) {
  User alice = login("alice", "s1");
  std::vector<User> tabs;
  for (int i = 0; i < 4; ++i) tabs.push_back(login("alice", "s1"));
  std::vector<Wire> polls;
  std::vector<Wire> streams;
  for (std::size_t i = 0; i < 4; ++i) {
    polls.push_back(tabs[i].hold());
    streams.push_back(tabs[i].stream());
  }
  wait_until_held(4);
  alice.say("to all tabs");
  for (Wire& wire : polls) {
    EXPECT_EQ(texts(wire.read().json()["events"]), std::vector<std::string>{"to all tabs"});
  }
  for (Wire& wire : streams) EXPECT_EQ(wire.next_event()->json()["text"], "to all tabs");
}

TEST_P(Listen, OneReaderTooManyAnswersTheOldest) {
  const User alice = login("alice");
  std::vector<Wire> polls;
  for (int i = 0; i < 8; ++i) {
    polls.push_back(alice.hold());
    wait_until_held(i + 1);
  }
  polls.push_back(alice.hold());
  const Json answer = polls[0].read().json();
  EXPECT_EQ(answer["flag"], false);
  wait_until_held(8);
  alice.say("hello");
  for (std::size_t i = 1; i < polls.size(); ++i) {
    EXPECT_EQ(texts(polls[i].read().json()["events"]), std::vector<std::string>{"hello"});
  }
}

TEST_P(Listen, AClientThatVanishesIsNoReaderForLong) {
  const User alice = login("alice");
  Wire gone = alice.hold();
  Wire stays = alice.hold();
  wait_until_held(2);
  gone.cut();
  wait_until_held(1);
  alice.say("hello");
  EXPECT_EQ(texts(stays.read().json()["events"]), std::vector<std::string>{"hello"});
}

}  // namespace
}  // namespace encke
