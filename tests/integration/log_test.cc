// What the program tells whoever runs it, on standard error.
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Log : public BothHolds {
 protected:
  void SetUp() override {
    char file[] = "/tmp/encke-log-XXXXXX";
    const int fd = mkstemp(file);
    ASSERT_GE(fd, 0);
    close(fd);
    file_ = file;
  }
  void TearDown() override {
    BothHolds::TearDown();
    unlink(file_.c_str());
  }
  void begin(Program::Flags flags, const std::string& limits = "") {
    flags.emplace_back("--log-format=json");
    start(flags, "exec 2>" + file_ + (limits.empty() ? "" : "; " + limits));
  }
  // All lines, once the program has ended.
  std::vector<Json> lines() {
    stop();
    std::vector<Json> all;
    std::ifstream file(file_);
    std::string line;
    while (std::getline(file, line)) all.push_back(Json::parse(line));
    return all;
  }
  static std::vector<Json> of(const std::vector<Json>& all, const std::string& event) {
    std::vector<Json> found;
    for (const Json& line : all) {
      if (line["event"] == event) found.push_back(line);
    }
    return found;
  }

  std::string file_;
};
ENCKE_BOTH_HOLDS(Log);

TEST_P(Log, TellsOfAStartAndAStop) {
  begin({});
  const std::string port_text = std::to_string(port());
  const auto all = lines();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0]["event"], "started");
  EXPECT_EQ(all[0]["level"], "info");
  EXPECT_EQ(all[0]["port"], port_text);
  EXPECT_EQ(all[0]["hold"], held_by());
  EXPECT_EQ(all[1]["event"], "stopping");
  EXPECT_EQ(all[2]["event"], "stopped");
}

TEST_P(Log, OfTextIsALineAnEvent) {
  start({}, "exec 2>" + file_);
  stop();
  std::ifstream file(file_);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  EXPECT_NE(line.find("Z info started version="), std::string::npos) << line;
}

TEST_P(Log, TellsOfAnErrorByTheNameThatTheClientWasGiven) {
  begin({});
  const Response refused = get("/poll?token=secret");
  const std::string id = refused.header("X-Request-Id");
  EXPECT_NE(id, "");
  EXPECT_EQ(refused.json()["error"]["request"], id);
  // At the door, where there is nothing of the request yet.
  const Response broken = raw("nonsense\r\n\r\n");
  const std::string other = broken.header("X-Request-Id");
  EXPECT_EQ(broken.json()["error"]["request"], other);
  EXPECT_NE(other, id);
  // On a page for people without scripts too.
  const std::string page = post("/plain/send", "text=x").header("X-Request-Id");
  // And by scripts, which see no header.
  const std::string script = get("/poll?callback=f").body;
  // A name that somebody else thinks of is not taken over.
  const Response named = get("/poll", {{"X-Request-Id", "mine"}});
  EXPECT_NE(named.header("X-Request-Id"), "mine");

  const auto failed = of(lines(), "request_failed");
  ASSERT_EQ(failed.size(), 5u);
  EXPECT_EQ(failed[0]["request"], id);
  EXPECT_EQ(failed[0]["code"], "unauthorized");
  EXPECT_EQ(failed[0]["status"], "401");
  EXPECT_EQ(failed[0]["path"], "/poll");
  EXPECT_EQ(failed[1]["request"], other);
  EXPECT_EQ(failed[1]["code"], "bad_request");
  EXPECT_EQ(failed[1]["peer"], "127.0.0.1");
  EXPECT_EQ(failed[2]["request"], page);
  EXPECT_NE(script.find(failed[3]["request"].get<std::string>()), std::string::npos);
  std::ifstream file(file_);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str().find("secret"), std::string::npos);
}

TEST_P(Log, TakesANameFromAProxyThatIsTrusted) {
  begin({"--trust-request-id"});
  EXPECT_EQ(get("/poll", {{"X-Request-Id", "proxy-1"}}).header("X-Request-Id"), "proxy-1");
  EXPECT_NE(get("/poll", {{"X-Request-Id", "a b"}}).header("X-Request-Id"), "a b");
  // Of what is answered later, too.
  const User alice = login("alice");
  const Response late =
      fetch(port(), "POST", "/send", alice.auth() + kForm + Fields{{"X-Request-Id", "proxy-2"}},
            "text=hi&room=none");
  EXPECT_EQ(late.error(), "no_such_room");
  EXPECT_EQ(late.header("X-Request-Id"), "proxy-2");
  const auto failed = of(lines(), "request_failed");
  ASSERT_EQ(failed.size(), 3u);
  EXPECT_EQ(failed[0]["request"], "proxy-1");
  EXPECT_EQ(failed[2]["request"], "proxy-2");
}

TEST_P(Log, TellsWhoAskedBehindAProxyThatIsNamed) {
  begin({"--proxy=127.0.0.1"});
  get("/poll", {{"X-Forwarded-For", "192.0.2.7"}});
  get("/poll");
  const auto failed = of(lines(), "request_failed");
  ASSERT_EQ(failed.size(), 2u);
  EXPECT_EQ(failed[0]["peer"], "192.0.2.7");
  EXPECT_EQ(failed[1]["peer"], "127.0.0.1");
}

// A secret is hashed elsewhere, and the request is answered there.
TEST_P(Log, TellsOnceOfARequestThatIsAnsweredElsewhere) {
  begin({"--access-log"});
  login("alice", "s1");
  const Response taken = post("/login", "nickname=alice&secret=another");
  EXPECT_EQ(taken.error(), "nickname_taken");
  const auto all = lines();
  const auto asked = of(all, "request");
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0]["status"], "200");
  EXPECT_EQ(asked[1]["status"], "409");
  EXPECT_EQ(asked[1]["request"], taken.header("X-Request-Id"));
  const auto failed = of(all, "request_failed");
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0]["request"], taken.header("X-Request-Id"));
  EXPECT_EQ(taken.json()["error"]["request"], taken.header("X-Request-Id"));
}

TEST_P(Log, TellsOfEveryRequestIfAsked) {
  begin({"--access-log"});
  const User alice = login("alice");
  alice.say("hi");
  alice.get("/poll?since=" + alice.cursor);
  { const Wire stream = alice.stream(); }
  const std::string id = get("/nowhere").header("X-Request-Id");
  const auto asked = of(lines(), "request");
  ASSERT_EQ(asked.size(), 5u);
  const auto is = [&](std::size_t i, const char* method, const char* path, const char* status) {
    EXPECT_EQ(asked[i]["method"], method);
    EXPECT_EQ(asked[i]["path"], path);
    EXPECT_EQ(asked[i]["status"], status);
    EXPECT_TRUE(asked[i].contains("microseconds"));
  };
  is(0, "POST", "/login", "200");
  is(1, "POST", "/send", "200");
  is(2, "GET", "/poll", "200");
  is(3, "GET", "/events", "200");
  EXPECT_EQ(asked[3]["held"], "sse");
  is(4, "GET", "/nowhere", "404");
  EXPECT_EQ(asked[4]["request"], id);
}

// What they asked for was done all the same.
TEST_P(Log, TellsOfOneWhoHasGoneBeforeTheAnswer) {
  begin({"--access-log", "--secret-cost=16"});
  const std::string body = "nickname=alice&secret=s1";
  Wire wire(port());
  wire.send(
      "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  wait_for_metric(R"(encke_http_bytes_total{for="other",direction="in",part="body"})",
                  static_cast<double>(body.size()));
  wire.cut();
  wait_for_metric("encke_logins_total", 1);
  const auto asked = of(lines(), "request");
  EXPECT_EQ(std::ranges::count(asked, "/login", [](const Json& line) { return line["path"]; }), 1);
}

TEST_P(Log, TellsNothingOfNoInterest) {
  begin({"--log-level=error"});
  get("/poll");
  EXPECT_EQ(lines().size(), 0u);
}

TEST_P(Log, TellsWhenNoConnectionCanBeAcceptedButNotEachTime) {
  begin({"--threads=100"}, "ulimit -n 40");
  std::vector<Wire> crowd;
  for (int i = 0; i < 60; ++i) crowd.emplace_back(port());
  // As long as there are no descriptors, whoever comes is told so.
  Wire late(port());
  late.send(make_request("GET", "/health"));
  EXPECT_EQ(late.read().error(), "too_many_connections");
  crowd.clear();
  const auto failures = of(lines(), "accept_failed");
  EXPECT_GE(failures.size(), 1u);
  EXPECT_LT(failures.size(), 20u);
  EXPECT_EQ(failures[0]["cause"], "Too many open files");
}

}  // namespace
}  // namespace encke
