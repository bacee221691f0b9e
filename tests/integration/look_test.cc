// /users, /rooms, /join, /leave and /history; /health, /ready, /metrics and /version; the page.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Look : public BothHolds {};
ENCKE_BOTH_HOLDS(Look);

TEST_P(Look, ListsUsersPageByPage) {
  const User carol = login("carol");
  login("alice");
  login("bob");
  const Json all = carol.get("/users").json();
  EXPECT_EQ(all["size"], 3);
  EXPECT_EQ(all["users"], Json::array({"alice", "bob", "carol"}));
  EXPECT_FALSE(all.contains("next"));
  const Json first = carol.get("/users?limit=2").json();
  EXPECT_EQ(first["users"], Json::array({"alice", "bob"}));
  EXPECT_EQ(first["next"], "bob");
  EXPECT_EQ(carol.get("/users?limit=2&after=bob").json()["users"], Json::array({"carol"}));
  EXPECT_EQ(carol.get("/users?format=text").body, "alice\nbob\ncarol\n");
  EXPECT_EQ(carol.get("/users?limit=0").error(), "bad_parameter");
}

TEST_P(Look, JoinsAndLeavesRooms) {
  const User alice = login("alice");
  const User bob = login("bob");
  const Json joined = alice.post("/join", "room=den").json();
  EXPECT_EQ(joined, (Json{{"room", "den"}, {"size", 1}, {"joined", true}}));
  EXPECT_EQ(alice.post("/join", "room=den").json(), joined) << "twice is once";
  EXPECT_EQ(bob.get("/rooms").json()["rooms"],
            Json::array({{{"room", "den"}, {"size", 1}, {"joined", false}},
                         {{"room", "lobby"}, {"size", 2}, {"joined", true}}}));
  EXPECT_EQ(bob.get("/users?room=den").json()["users"], Json::array({"alice"}));
  EXPECT_EQ(alice.get("/rooms?format=text").body, "den\t1\tjoined\nlobby\t2\tjoined\n");
  const Json left = alice.post("/leave", "room=den").json();
  EXPECT_EQ(left, (Json{{"room", "den"}, {"size", 0}, {"joined", false}}));
  EXPECT_EQ(bob.get("/rooms").json()["rooms"].size(), 1u) << "an empty room is no room";
  EXPECT_EQ(alice.post("/leave", "room=den").error(), "no_such_room");
  EXPECT_EQ(bob.get("/users?room=den").error(), "no_such_room");
  for (const char* room : {"", "room=", "room=%3Cb%3E", "room=a%2Fb"}) {
    EXPECT_EQ(alice.post("/join", room).error(), "room_invalid") << room;
  }
}

TEST_P(Look, LimitsRooms) {
  start({kNoNews, "--max-rooms=3", "--max-rooms-of-user=2"});
  const User alice = login("alice");
  EXPECT_EQ(alice.post("/join", "room=a").status, 200);
  EXPECT_EQ(alice.post("/join", "room=b").error(), "too_many_rooms");
  const User bob = login("bob");
  EXPECT_EQ(bob.post("/join", "room=b").status, 200);
  EXPECT_EQ(login("carol").post("/join", "room=c").error(), "too_many_rooms");
}

TEST_P(Look, TellsOfJoinsAndLeavesInOneEvent) {
  start({"--gather=100ms"});
  User alice = login("alice");
  login("bob");
  const User carol = login("carol");
  std::map<std::string, bool> here;
  while (here.size() < 3) {
    const Json event = alice.wait_for("system");
    EXPECT_EQ(event["room"], "lobby");
    for (const Json& change : event["changes"]) here[change["nickname"]] = change["flag"];
  }
  EXPECT_EQ(here, (std::map<std::string, bool>{{"alice", true}, {"bob", true}, {"carol", true}}));
  carol.post("/logout");
  const Json event = alice.wait_for("system");
  EXPECT_EQ(event["size"], 2);
  EXPECT_EQ(event["changes"], Json::array({{{"nickname", "carol"}, {"flag", false}}}));
}

TEST_P(Look, ShowsTheHistoryOfARoom) {
  const User alice = login("alice");
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(alice.say(std::to_string(i)));
  const User late = login("late");
  const Json last = late.get("/history?room=lobby&limit=2").json();
  EXPECT_EQ(texts(last["events"]), (std::vector<std::string>{"3", "4"}));
  EXPECT_EQ(last["more"], true);
  const Json before = late.get("/history?room=lobby&before=" + ids[3]).json();
  EXPECT_EQ(texts(before["events"]), (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(before["more"], false);
  const Response text = late.get("/history?room=lobby&limit=1&format=text");
  EXPECT_TRUE(text.body.ends_with("\tmessage\talice\tlobby\t4\n")) << text.body;
}

TEST_P(Look, ShowsAConversationToTheTwoOfIt) {
  const User alice = login("alice");
  const User bob = login("bob");
  const User carol = login("carol");
  alice.tell("bob", "psst");
  bob.tell("alice", "what");
  alice.tell("carol", "bob is deaf");
  EXPECT_EQ(texts(alice.get("/history?with=bob").json()["events"]),
            (std::vector<std::string>{"psst", "what"}));
  EXPECT_EQ(texts(bob.get("/history?with=alice").json()["events"]),
            (std::vector<std::string>{"psst", "what"}));
  EXPECT_EQ(texts(carol.get("/history?with=bob").json()["events"]), std::vector<std::string>{});
}

TEST_P(Look, RefusesAHistoryThatIsNotTheirs) {
  const User alice = login("alice");
  const User bob = login("bob");
  alice.post("/join", "room=den");
  EXPECT_EQ(bob.get("/history?room=den").error(), "not_in_room");
  EXPECT_EQ(bob.get("/history?room=none").error(), "no_such_room");
  EXPECT_EQ(bob.get("/history").error(), "bad_parameter");
  EXPECT_EQ(bob.get("/history?room=lobby&with=alice").error(), "bad_parameter");
  EXPECT_EQ(bob.get("/history?room=lobby&before=x").error(), "bad_cursor");
  EXPECT_EQ(bob.get("/history?room=lobby&limit=1001").error(), "bad_parameter");
}

TEST_P(Look, AnswersOperators) {
  EXPECT_EQ(get("/health").json()["status"], "ok");
  EXPECT_EQ(get("/ready").json()["status"], "ready");
  EXPECT_EQ(get("/version").json()["name"], "encke");
  const Response metrics = get("/metrics");
  EXPECT_EQ(metrics.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const char* name : {"encke_users_online 0", "encke_http_requests_total{for=\"listen\"} 0",
                           "encke_deliveries_total", "encke_held{transport=\"stream\"} 0"}) {
    EXPECT_NE(metrics.body.find(name), std::string::npos) << name;
  }
}

TEST_P(Look, CountsWhatItDoes) {
  const User alice = login("alice");
  const User bob = login("bob");
  alice.say("hello");
  alice.tell("bob", "psst");
  bob.get("/poll");
  EXPECT_EQ(metric("encke_users_online"), 2);
  EXPECT_EQ(metric("encke_logins_total"), 2);
  EXPECT_EQ(metric("encke_said_total{kind=\"message\"}"), 1);
  EXPECT_EQ(metric("encke_said_total{kind=\"private\"}"), 1);
  EXPECT_EQ(metric("encke_deliveries_total"), 2);
}

TEST_P(Look, KnowsWhatIsNotThere) {
  EXPECT_EQ(get("/nothing").status, 404);
  EXPECT_EQ(get("/nothing").error(), "not_found");
  EXPECT_EQ(get("/").error(), "not_found") << "there is no page unless one is given";
  EXPECT_EQ(get("/../../etc/passwd").error(), "not_found");
  EXPECT_EQ(post("/nothing", "").status, 404);
  for (const char* path : {"/login", "/send", "/logout"}) {
    const Response answer = get(path);
    EXPECT_EQ(answer.status, 405) << path;
    EXPECT_EQ(answer.error(), "method_not_allowed") << path;
    EXPECT_FALSE(answer.header("Allow").empty()) << path;
  }
  EXPECT_EQ(post("/poll", "").error(), "method_not_allowed");
  EXPECT_EQ(fetch(port(), "DELETE", "/users").status, 405);
  EXPECT_EQ(fetch(port(), "PUT", "/send").status, 405);
  EXPECT_EQ(fetch(port(), "BREW", "/coffee").status, 404);
  EXPECT_TRUE(get("/nothing?format=text").body.starts_with("error\tnot_found\t"));
}

TEST_P(Look, ServesThePage) {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::path(testing::TempDir()) / ("encke-page-" + std::to_string(getpid()) + "-" + GetParam());
  fs::create_directories(folder);
  std::ofstream(folder / "index.html") << "<!doctype html>";
  std::ofstream(folder / "chat.js") << "1;";
  start({kNoNews, "--public-dir=" + folder.string()});
  const Response page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.header("X-Content-Type-Options"), "nosniff");
  EXPECT_FALSE(page.header("Content-Security-Policy").empty());
  EXPECT_EQ(get("/index.html").body, page.body);
  EXPECT_EQ(get("/chat.js").header("Content-Type"), "text/javascript; charset=utf-8");
  const Response again = get("/", {{"If-None-Match", page.header("ETag")}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(get("/../chat.js").status, 404);
  EXPECT_EQ(get("/%2e%2e/chat.js").status, 404);
  EXPECT_EQ(get("//etc/passwd").status, 404);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace encke
