// The ladder of examples/polling-vs-longpolling: what each step promises at its top, seen on the
// wire.
#include <fstream>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

// A step that tells news as often as the test says, in seconds.
struct Step {
  Step(const std::string& name, const std::string& seconds_apart)
      : program(Program::Command{{ENCKE_EXAMPLES "/" + name, "0", seconds_apart}}) {}

  Json ask(const std::string& after) const {
    const auto answer = fetch(program.port(), "GET", "/update?after=" + after);
    EXPECT_EQ(answer.status, 200);
    return answer.json();
  }
  std::size_t newest() const { return ask("").value("next", std::size_t{0}); }
  // Asks until there is some.
  std::size_t wait_for_news() const {
    while (true) {
      if (const auto newest = this->newest(); newest != 0) return newest;
    }
  }
  int threads() const {
    std::ifstream status("/proc/" + std::to_string(program.pid()) + "/status");
    for (std::string word; status >> word;) {
      if (word == "Threads:" && status >> word) return std::stoi(word);
    }
    return 0;
  }

  Program program;
};

constexpr const char* kNever = "1000000";
constexpr const char* kOften = "0.05";

TEST(Ladder, PollingIsAnsweredAtOnceWithSomethingOrNothing) {
  const Step quiet("01_poll", kNever);
  EXPECT_EQ(quiet.ask("0"), Json({{"flag", false}, {"next", 0}}));
  // Of another life of the server: that is not heard, and so not missed.
  EXPECT_EQ(quiet.ask("7")["next"], 0);

  const Step busy("01_poll", kOften);
  const auto newest = busy.wait_for_news();
  const Json all = busy.ask("0");
  EXPECT_EQ(all["flag"], true);
  ASSERT_GE(all["data"].size(), newest);
  EXPECT_EQ(all["data"][0], "news 1");
  EXPECT_EQ(all["next"], all["data"].size());
}

// Each piece of news once, whatever comes between two questions.
void expect_all_news_once(const Step& step) {
  std::size_t heard = 0;
  std::vector<std::string> lines;
  while (lines.size() < 5) {
    const Json answer = step.ask(std::to_string(heard));
    for (const Json& line : answer.value("data", Json::array())) lines.push_back(line);
    heard = answer["next"];
    EXPECT_EQ(answer["flag"], answer.contains("data"));
  }
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_EQ(lines[i], "news " + std::to_string(i + 1));
}

TEST(Ladder, TellsAllNewsOnceByPollsOfEachKind) {
  for (const char* name : {"01_poll", "02_long_poll", "03_parked"}) {
    SCOPED_TRACE(name);
    expect_all_news_once(Step(name, kOften));
  }
}

TEST(Ladder, LongPollingHoldsUntilThereIsNewsWhetherThreadsWaitOrNot) {
  for (const char* name : {"02_long_poll", "03_parked"}) {
    SCOPED_TRACE(name);
    const Step step(name, "0.5");
    // Each of these is held first: an answer without news takes 25 s, and these have some.
    std::vector<Wire> held;
    for (int i = 0; i < 20; ++i) {
      held.emplace_back(step.program.port());
      held.back().send(make_request("GET", "/update?after="));
    }
    for (Wire& wire : held) EXPECT_EQ(wire.read().json()["flag"], true);
  }
}

TEST(Ladder, AParkedPollCostsNoThread) {
  const Step step("03_parked", kNever);
  const int before = step.threads();
  std::vector<Wire> held;
  for (int i = 0; i < 600; ++i) {  // more than 02_long_poll could hold
    held.emplace_back(step.program.port());
    held.back().send(make_request("GET", "/update?after=0"));
  }
  EXPECT_EQ(fetch(step.program.port(), "GET", "/long_poll.html").status, 200);
  EXPECT_EQ(step.threads(), before);
  EXPECT_LT(before, 20);

  const Step threaded("02_long_poll", kNever);
  EXPECT_GT(threaded.threads(), 256);
}

// The next event with something in it, whatever comments come before.
SseBlock next_news(Wire& wire) {
  while (true) {
    auto block = wire.next_block();
    if (!block) throw Trouble("the stream has ended");
    if (!block->data.empty()) return *block;
  }
}

TEST(Ladder, PushTellsByOneAnswerAndGoesOnWhereItWas) {
  const Step step("04_push", kOften);
  Wire first(step.program.port());
  first.send(make_request("GET", "/events"));
  EXPECT_EQ(first.read_head().header("Content-Type"), "text/event-stream");
  std::string last;
  for (int i = 0; i < 3; ++i) {
    const auto event = next_news(first);
    EXPECT_EQ(event.data, "news " + event.id);
    last = event.id;
  }
  first.cut();

  Wire second(step.program.port());
  second.send(make_request("GET", "/events", {{"Last-Event-ID", last}}));
  second.read_head();
  EXPECT_EQ(next_news(second).id, std::to_string(std::stoi(last) + 1));
}

TEST(Ladder, PushBeatsWhileNothingHappens) {
  const Step step("04_push", kNever);
  Wire wire(step.program.port());
  wire.send(make_request("GET", "/events"));
  wire.read_head();
  bool comment = false;
  while (!comment) {
    const auto block = wire.next_block();
    ASSERT_TRUE(block);
    comment = block->comment;
  }
}

TEST(Ladder, PushTellsAllThatWasMissedHoweverMuch) {
  const Step step("04_push", "0");  // a thousand a second
  const auto newest = [&] {
    Wire wire(step.program.port());
    wire.send(make_request("GET", "/events"));
    wire.read_head();
    return std::stoi(next_news(wire).id);
  };
  while (newest() < 2000) {
  }
  Wire wire(step.program.port());
  wire.send(make_request("GET", "/events", {{"Last-Event-ID", "1"}}));
  wire.read_head();
  for (int n = 2; n < 2000; ++n) ASSERT_EQ(next_news(wire).id, std::to_string(n));
}

TEST(Ladder, ServesThePagesThatGoWithIt) {
  const Step step("01_poll", kNever);
  for (const char* page : {"/poll.html", "/long_poll.html", "/push.html", "/page.css"}) {
    EXPECT_EQ(fetch(step.program.port(), "GET", page).status, 200) << page;
  }
}

}  // namespace
}  // namespace encke
