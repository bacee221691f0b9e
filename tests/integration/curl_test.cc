// The command line: what the README tells shell users to type, typed.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "integration/support/both_holds.h"
#include "integration/support/command.h"
#include "unit/images/samples.h"

namespace encke {
namespace {

class Curl : public BothHolds {
 protected:
  // Ends by itself, should nothing come.
  std::string curl(const std::string& arguments) {
    return "curl --silent --show-error --max-time 30 --noproxy '*' " + arguments + " 2>&1";
  }
  std::string url(const std::string& target) {
    return "'http://localhost:" + std::to_string(port()) + target + "'";
  }
  std::string run(const std::string& arguments) { return Command(curl(arguments)).read_all(); }
};
ENCKE_BOTH_HOLDS(Curl);

TEST_P(Curl, FollowsTheStreamOfEvents) {
  Command events(curl("-u bob:s1 -N " + url("/events")));
  EXPECT_TRUE(events.read_line().starts_with("retry: "));
  EXPECT_EQ(Json::parse(run("-u alice:s2 -d 'hello' " + url("/send"))).contains("id"), true);
  EXPECT_EQ(events.read_line(), "\n");
  EXPECT_TRUE(events.read_line().starts_with("id: "));
  EXPECT_EQ(events.read_line(), "event: message\n");
  const std::string data = events.read_line();
  EXPECT_EQ(Json::parse(data.substr(6))["text"], "hello");
  EXPECT_EQ(Json::parse(data.substr(6))["from"], "alice");
  stop();  // says bye, and so ends curl
  EXPECT_NE(events.read_all().find("event: bye"), std::string::npos);
  EXPECT_EQ(events.wait(), 0);
}

TEST_P(Curl, SendsAPicture) {
  const auto path = std::filesystem::path(testing::TempDir()) /
                    ("encke-" + std::to_string(getpid()) + GetParam() + "-cat.png");
  std::ofstream(path, std::ios::binary) << samples::png();
  User alice = login("alice");
  const std::string answer =
      run("-u bob:s1 -F image=@" + path.string() + " -F to=alice " + url("/send"));
  EXPECT_TRUE(Json::parse(answer).contains("id")) << answer;
  const Json event = alice.wait_for("private");
  EXPECT_EQ(event["from"], "bob");
  const std::string image = event["image"]["url"];
  EXPECT_EQ(get(image).body, samples::png());
  const std::string head = run("-I " + url(image));
  EXPECT_NE(head.find("200 OK"), std::string::npos);
  EXPECT_NE(head.find("image/png"), std::string::npos);
  std::filesystem::remove(path);
}

TEST_P(Curl, PollsAsText) {
  Command poll(curl("-u bob:s1 " + url("/longpoll?format=text")));
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  run("-u alice:s2 -d 'hello' " + url("/send"));
  EXPECT_TRUE(poll.read_all().ends_with("\tmessage\talice\tlobby\thello\n"));
  EXPECT_EQ(poll.wait(), 0);
}

TEST_P(Curl, UploadsWithExpect) {
  // Over a megabyte, curl asks for leave first.
  const std::string answer =
      run("-u bob:s1 -H 'Expect: 100-continue' -d 'text=hello' -w '%{http_code} %{time_total}' " +
          url("/send"));
  EXPECT_NE(answer.find("}\n200 "), std::string::npos) << answer;
}

TEST_P(Curl, SendsChunked) {
  const std::string answer = run(
      "-u bob:s1 -H 'Transfer-Encoding: chunked' -H 'Content-Type: text/plain' -d 'in pieces' " +
      url("/send"));
  EXPECT_TRUE(Json::parse(answer).contains("id")) << answer;
}

TEST_P(Curl, SpeaksHttp10) {
  EXPECT_TRUE(Json::parse(run("-0 -u bob:s1 -d 'hello' " + url("/send"))).contains("id"));
  EXPECT_EQ(Json::parse(run("-0 -u bob:s1 " + url("/poll")))["flag"], true);
}

TEST_P(Curl, AsksForAWebSocketAndIsToldWhatWorks) {
  const std::string answer = run("-i -H 'Connection: Upgrade' -H 'Upgrade: websocket' " + url("/"));
  EXPECT_NE(answer.find("426 Upgrade Required"), std::string::npos) << answer;
  EXPECT_NE(answer.find("/longpoll"), std::string::npos);
}

TEST_P(Curl, GetsAnErrorAndAnExitCode) {
  Command refused(curl("--fail -u bob: " + url("/poll")));
  EXPECT_NE(refused.read_all().find("401"), std::string::npos);
  EXPECT_EQ(refused.wait(), 22);
}

}  // namespace
}  // namespace encke
