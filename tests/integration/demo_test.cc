// The race of examples/polling-vs-longpolling: what its counters say, and what its knobs and its
// faults do.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "integration/support/program.h"
#include "integration/support/wire.h"

namespace encke {
namespace {

const std::vector<std::string> kLanes = {"poll", "longpoll", "iframe", "xhr", "jsonp", "sse"};

constexpr auto kDeadline = std::chrono::seconds(60);

bool streams(const std::string& lane) { return lane == "iframe" || lane == "xhr" || lane == "sse"; }

/// The race, with one reader in each lane, all of whom have heard something.
class Race {
 public:
  using Condition = std::function<bool(const Json& lane)>;

  explicit Race(Program::Flags flags = {}) : program(command(std::move(flags))) {
    wait_for_all([](const Json& lane) { return lane["crowd"]["delivered"] > 0; });
    post("/reset");
  }

  Json state() const { return fetch(program.port(), "GET", "/state").json(); }
  Json lane(const std::string& name) const { return lane_of(state(), name); }

  static Json lane_of(const Json& state, const std::string& name) {
    for (const Json& lane : state["lanes"]) {
      if (lane["name"] == name) return lane;
    }
    throw Trouble("there is no lane " + name);
  }

  Json post(const std::string& target) const {
    const Response response = fetch(program.port(), "POST", target);
    EXPECT_EQ(response.status, 200) << response.body;
    return response.json();
  }

  /// Looks on until it is so, or for too long; gives the state in which it was.
  Json wait_for(const std::function<bool(const Json& state)>& condition) const {
    Wire wire(program.port());
    wire.send(make_request("GET", "/watch"));
    EXPECT_EQ(wire.read_head().header("Content-Type"), "text/event-stream");
    const auto end = std::chrono::steady_clock::now() + kDeadline;
    while (const auto block = wire.next_block()) {
      Json state = block->json();
      if (condition(state)) return state;
      if (std::chrono::steady_clock::now() > end) throw Trouble("not in time: " + state.dump());
    }
    throw Trouble("the race ended");
  }
  Json wait_for_all(const Condition& condition) const {
    return wait_for([&condition](const Json& state) {
      for (const Json& lane : state["lanes"]) {
        if (!condition(lane)) return false;
      }
      return state["lanes"].size() == kLanes.size();
    });
  }

  /// Nothing more is said; what was said reaches everybody, once.
  void expect_all_hear_all() const {
    post("/set?rate=0");
    const Json state = wait_for([](const Json& now) {
      for (const Json& lane : now["lanes"]) {
        if (lane["crowd"]["delivered"] < now["said"]) return false;
      }
      return true;
    });
    for (const Json& lane : state["lanes"]) {
      SCOPED_TRACE(lane.dump());
      EXPECT_EQ(lane["crowd"]["delivered"], state["said"]);
      EXPECT_EQ(lane["crowd"]["missed"], 0);
      EXPECT_EQ(lane["crowd"]["doubled"], 0);
    }
  }

  Program program;

 private:
  static Program::Command command(Program::Flags flags) {
    Program::Flags words = {ENCKE_RACE, "--port=0", "--readers=1", "--rate=20", "--interval=100"};
    words.insert(words.end(), flags.begin(), flags.end());
    return {words};
  }
};

TEST(Race, SaysTheSameInAllLanesAndCountsWhatTheServersCount) {
  const Race race;
  const Json state = race.wait_for_all(
      [](const Json& lane) { return lane["crowd"]["delivered"] > 20 && lane["cpu_ms"] > 0; });
  ASSERT_EQ(state["lanes"].size(), kLanes.size());
  EXPECT_FALSE(state["machine"].get<std::string>().empty());
  for (std::size_t i = 0; i < kLanes.size(); ++i) {
    const Json& lane = state["lanes"][i];
    SCOPED_TRACE(lane.dump());
    EXPECT_EQ(lane["name"], kLanes[i]);
    EXPECT_EQ(lane["up"], true);
    EXPECT_GT(lane["threads"], 0);
    EXPECT_GT(lane["memory_kib"], 0);
    EXPECT_GT(lane["body_out"], 0);
    EXPECT_GE(lane["delivered"], lane["crowd"]["delivered"]);
    // A stream was opened before the counters were zeroed.
    EXPECT_EQ(lane["requests"] > 0, !streams(kLanes[i]));
    EXPECT_EQ(lane["head_in"] > 0, !streams(kLanes[i]));
    EXPECT_EQ(lane["held"], streams(kLanes[i]) ? Json(1) : lane["held"]);
    EXPECT_GT(lane["crowd"]["p99_ms"], 0);
  }
  race.expect_all_hear_all();
}

TEST(Race, ItsKnobsTakeWhatTheySayAndNothingElse) {
  const Race race;
  const Json knobs = race.post("/set?rate=2.5&interval=500&readers=3")["knobs"];
  EXPECT_EQ(knobs, Json({{"rate", 2.5}, {"interval", 500}, {"readers", 3}, {"hold", "park"}}));
  for (const char* bad : {"/set?rate=51",
                          "/set?rate=-1",
                          "/set?rate=nan",
                          "/set?rate=",
                          "/set?rate=1e-300",
                          "/set?rate=0.0099",
                          "/set?interval=99",
                          "/set?interval=60001",
                          "/set?interval=500.5",
                          "/set?readers=1001",
                          "/set?readers=-1",
                          "/set?readers=2x",
                          "/set?readers=834&hold=thread",
                          "/set?hold=fork",
                          "/set?speed=1",
                          "/set?readers=5&hold=fork",
                          "/fault?kind=flood",
                          "/fault",
                          "/fault?kind=cut&lane=websocket",
                          "/fault?kind=delay&on=yes"}) {
    SCOPED_TRACE(bad);
    const Response response = fetch(race.program.port(), "POST", bad);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.error(), "bad_parameter");
  }
  EXPECT_EQ(race.state()["knobs"], knobs);  // nothing of what was refused
}

// With the next message 100 s away, a page would show nothing.
TEST(Race, SaysSomethingSoonHoweverRarelyItSpeaks) {
  const Race race({"--rate=0.01"});  // which waits until everybody has heard something
  race.wait_for_all([](const Json& lane) { return lane["crowd"]["delivered"] > 0; });  // zeroed
  race.post("/set?rate=0");
  const int said = race.state()["said"];
  race.post("/set?rate=0.01");
  race.wait_for_all([said](const Json& lane) { return lane["crowd"]["delivered"] > said; });
}

TEST(Race, OnlyItsOwnPageTurnsKnobs) {
  const Race race;
  const int port = race.program.port();
  const std::string own = "localhost:" + std::to_string(port);
  const std::string own_address = "127.0.0.1:" + std::to_string(port);
  const auto status = [port](const std::string& target, const std::string& origin,
                             const std::string& host) {
    Wire wire(port);
    wire.send("POST " + target + " HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + origin +
              "\r\nContent-Length: 0\r\n\r\n");
    return wire.read("POST").status;
  };
  for (const char* target : {"/set?rate=1", "/reset", "/fault?kind=cut"}) {
    SCOPED_TRACE(target);
    EXPECT_EQ(status(target, "http://evil.example", own), 403);
    EXPECT_EQ(status(target, "null", own), 403);
    EXPECT_EQ(status(target, "http://localhost:" + std::to_string(port + 1), own), 403);
    // A stranger's name may lead to this machine.
    EXPECT_EQ(status(target, "http://evil.example", "evil.example"), 403);
    EXPECT_EQ(status(target, "http://" + own, own), 200);
    EXPECT_EQ(status(target, "http://" + own_address, own_address), 200);
  }
}

TEST(Race, ResetCountsAnew) {
  const Race race;
  race.wait_for_all([](const Json& lane) { return lane["crowd"]["delivered"] > 10; });
  race.post("/set?rate=0");
  const int run = race.state()["run"];
  race.post("/reset");
  const Json state = race.state();
  EXPECT_EQ(state["run"], run + 1);
  for (const Json& lane : state["lanes"]) EXPECT_EQ(lane["crowd"]["delivered"], 0);
  race.post("/set?rate=20");
  race.expect_all_hear_all();
}

TEST(Race, ACutIsSurvivedByEveryTransport) {
  const Race race;
  race.post("/fault?kind=cut");
  race.wait_for_all([](const Json& lane) { return lane["crowd"]["reconnects"] > 0; });
  race.expect_all_hear_all();
}

TEST(Race, AFaultIsTheFaultOfItsLane) {
  const Race race;
  race.post("/fault?kind=cut&lane=sse");
  const Json state = race.wait_for(
      [](const Json& now) { return Race::lane_of(now, "sse")["crowd"]["reconnects"] > 0; });
  for (const Json& lane : state["lanes"]) {
    EXPECT_EQ(lane["crowd"]["reconnects"] > 0, lane["name"] == "sse") << lane;
  }
}

TEST(Race, ABufferingProxyHoldsStreamsBackAndLetsPollsPass) {
  const Race race;
  race.post("/fault?kind=buffer&on=1");
  race.post("/reset");
  const Json state = race.wait_for([](const Json& now) {
    for (const Json& lane : now["lanes"]) {
      if (!streams(lane["name"]) && lane["crowd"]["delivered"] < 20) return false;
    }
    return true;
  });
  for (const Json& lane : state["lanes"]) {
    EXPECT_EQ(lane["buffer"], true);
    if (!streams(lane["name"])) continue;
    EXPECT_EQ(lane["crowd"]["delivered"], 0) << lane;
  }
  race.post("/fault?kind=buffer&on=0");
  race.expect_all_hear_all();
}

TEST(Race, ADelayIsAddedToEveryMessage) {
  const Race race;
  race.post("/fault?kind=delay&on=1");
  race.post("/reset");
  const Json state =
      race.wait_for_all([](const Json& lane) { return lane["crowd"]["delivered"] > 10; });
  for (const Json& lane : state["lanes"]) {
    EXPECT_EQ(lane["delay"], true);
    EXPECT_GE(lane["crowd"]["mean_ms"], 500) << lane;
  }
  race.post("/fault?kind=delay&on=0");
  race.expect_all_hear_all();
}

TEST(Race, ARestartedServerComesBackAndIsFedOn) {
  const Race race;
  race.wait_for_all([](const Json& lane) { return lane["crowd"]["delivered"] > 10; });
  const Json before = race.state();
  race.post("/fault?kind=restart");
  race.wait_for_all([](const Json& lane) { return lane["restarts"] == 1 && lane["up"]; });
  const auto back = race.state()["said"].get<int>();
  const Json after = race.wait_for([&](const Json& now) {
    for (const Json& lane : now["lanes"]) {
      if (lane["crowd"]["delivered"] < back + 10) return false;
    }
    return true;
  });
  for (const std::string& name : kLanes) {
    const Json then = Race::lane_of(before, name);
    const Json now = Race::lane_of(after, name);
    SCOPED_TRACE(now.dump());
    EXPECT_EQ(now["server_port"], then["server_port"]);
    EXPECT_EQ(now["port"], then["port"]);
    // What the server before it counted counts.
    EXPECT_GT(now["requests"], then["requests"]);
    EXPECT_GT(now["body_out"], then["body_out"]);
    EXPECT_GT(now["cpu_ms"], 0);
    // The server that ended had answered for what it said: so the new one was not told again.
    EXPECT_EQ(now["crowd"]["doubled"], 0);
  }
}

TEST(Race, HoldsByAThreadForEachIfItIsTold) {
  const Race race;
  const int run = race.state()["run"];
  race.post("/set?hold=thread");
  const Json state = race.wait_for_all(
      [](const Json& lane) { return lane["up"] && lane["crowd"]["delivered"] > 10; });
  EXPECT_GT(state["run"], run);
  EXPECT_EQ(state["knobs"]["hold"], "thread");
  for (const Json& lane : state["lanes"]) {
    EXPECT_GT(lane["threads"], 64);
    EXPECT_EQ(lane["restarts"], 0);
  }
  race.expect_all_hear_all();
}

/// The processes that it has started, held by descriptors: a number alone could be another's later.
class Children {
 public:
  explicit Children(pid_t parent) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid <= 0 || parent_of(entry.path()) != parent) continue;
      const auto fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
      if (fd >= 0) fds_.push_back(fd);
    }
  }
  ~Children() {
    for (const int fd : fds_) ::close(fd);
  }
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  std::size_t size() const { return fds_.size(); }
  /// How many still run; those that end are waited for, each so long.
  std::size_t running(std::chrono::milliseconds wait) const {
    std::size_t running = 0;
    for (const int fd : fds_) {
      pollfd ends = {fd, POLLIN, 0};
      if (poll(&ends, 1, static_cast<int>(wait.count())) == 0) ++running;
    }
    return running;
  }

 private:
  static pid_t parent_of(const std::filesystem::path& process) {
    std::ifstream status(process / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("PPid:")) return std::atoi(line.c_str() + 5);
    }
    return 0;  // gone
  }

  std::vector<int> fds_;
};

TEST(Race, ItsServersEndWithIt) {
  Race race;
  const Children servers(race.program.pid());
  ASSERT_EQ(servers.size(), kLanes.size());
  EXPECT_EQ(servers.running({}), kLanes.size());
  race.program.terminate();
  EXPECT_EQ(race.program.wait_for_exit(), 0);
  EXPECT_EQ(servers.running({}), 0);
}

TEST(Race, ItsServersEndWithItWhenItIsKilled) {
  Race race;
  const Children servers(race.program.pid());
  ASSERT_EQ(servers.size(), kLanes.size());
  kill(race.program.pid(), SIGKILL);
  EXPECT_EQ(race.program.wait_for_exit(), -1);
  EXPECT_EQ(servers.running(kDeadline), 0);
}

}  // namespace
}  // namespace encke
