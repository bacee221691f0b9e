// The race unattended: that its report adds up, is written, and is what the lesson quotes; and what
// its command line refuses.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "integration/support/program.h"
#include "integration/support/wire.h"

namespace encke {
namespace {

const std::vector<std::string> kLanes = {"poll", "longpoll", "iframe", "xhr", "jsonp", "sse"};

bool streams(const std::string& lane) { return lane == "iframe" || lane == "xhr" || lane == "sse"; }

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

/// Every element is closed, in order, and no character stands for itself that must not. Enough for
/// a picture of ours, which has no comments and the like.
bool is_well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = xml.find_first_of("<&", at)) != std::string::npos; ++at) {
    if (xml[at] == '&') {
      const auto entity = xml.substr(at, xml.find(';', at) - at);
      if (entity != "&amp" && entity != "&lt" && entity != "&gt" && entity != "&quot") return false;
      continue;
    }
    const auto end = xml.find('>', at);
    if (end == std::string::npos) return false;
    const auto name_end = xml.find_first_of(" />", at + 2);
    const auto name = xml.substr(at + 1, name_end - at - 1);
    if (name.starts_with('/')) {
      if (open.empty() || "/" + open.back() != name) return false;
      open.pop_back();
    } else if (xml[end - 1] != '/') {
      open.push_back(name);
    }
  }
  return open.empty() && xml.starts_with("<svg ");
}

/// A folder that goes with the test.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "encke-race-XXXXXX").string();
    if (!mkdtemp(name.data())) throw Trouble("no folder");
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

// docs/transports.md asks for figures by name: `script/demo --lesson` puts them there.
void expect_lesson_finds_its_figures(const std::string& tsv, const Json& report) {
  std::map<std::string, std::string> figures;
  std::istringstream lines(tsv);
  for (std::string name, value; std::getline(lines, name, '\t') && std::getline(lines, value);) {
    EXPECT_FALSE(value.empty()) << name;
    figures[name] = value;
  }
  const std::string lesson = content_of(ENCKE_SOURCE "/docs/transports.md");
  const std::regex asks("<!-- figure: ([^ ]+) -->");
  int asked = 0;
  for (std::sregex_iterator at(lesson.begin(), lesson.end(), asks), end; at != end; ++at, ++asked) {
    EXPECT_TRUE(figures.contains((*at)[1])) << (*at)[1];
  }
  EXPECT_GT(asked, 40);
  EXPECT_EQ(figures["machine"], report["machine"]);
  std::string polls = figures["poll.requests"];
  std::erase(polls, ',');
  EXPECT_EQ(polls, report["lanes"][0]["requests"].dump());
  EXPECT_EQ(figures["sweep.thread.readers"], "12");
  EXPECT_EQ(figures["sweep.thread.threads"], report["sweep"][1]["threads"].dump());
  // 4 messages a second, and a poll each 100 ms.
  EXPECT_EQ(figures["claim.poll_empty.verdict"], "true");
  EXPECT_EQ(figures["claim.thread_cost.verdict"], "true");
  EXPECT_EQ(figures["claim.park_cost.verdict"], "not any more");
}

/// The race's exit code, in a shell; -1 if it was ended by a signal.
int exit_code_of(const std::string& flags, const std::string& before = "") {
  const std::string command = before + ENCKE_RACE + " --port 0 " + flags + " > /dev/null 2>&1";
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(RaceCommand, RefusesWhatItCannotDo) {
  for (const char* flags : {"--rate 1e-300", "--rate 0.0099", "--rate 51", "--rate nan",
                            "--readers 1001", "--readers 834 --hold thread", "--hold fork",
                            "--encke /nowhere/encke", "--encke /etc", "--encke /etc/passwd"}) {
    EXPECT_EQ(exit_code_of(flags), 2) << flags;
  }
}

// Each reader in each lane takes three: its own, and the relay's two.
TEST(RaceCommand, RefusesMoreReadersThanItHasDescriptorsFor) {
  const std::string few = "ulimit -n 600; ";
  EXPECT_EQ(exit_code_of("--readers 6", few), 2);
  EXPECT_EQ(exit_code_of("--report --readers 101", few), 2);
  EXPECT_EQ(exit_code_of("--report --readers 10 --sweep 101", few), 2);

  const Program race(Program::Command{
      {"/bin/sh", "-c", few + "exec \"$0\" \"$@\"", ENCKE_RACE, "--port=0", "--readers=5"}});
  const Response response = fetch(race.port(), "POST", "/set?readers=6");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.error(), "bad_parameter");
  EXPECT_NE(response.body.find("600"), std::string::npos) << response.body;
}

TEST(RaceCommand, EndsWhenItIsToldToWhileItStarts) {
  const Folder folder;
  const auto server = folder.path / "server";
  // It never serves; that it was started is when the race is told to end.
  std::ofstream(server) << "#!/bin/sh\nkill -TERM $PPID\nexec sleep 1000\n";
  std::filesystem::permissions(server, std::filesystem::perms::owner_all);
  EXPECT_EQ(exit_code_of("--encke " + server.string()), 0);
}

TEST(RaceReport, AddsUpAndIsWritten) {
  const Folder folder;
  const std::string out = folder.path.string();
  const std::string command = std::string(ENCKE_RACE) +
                              " --report --readers 12 --seconds 3 --rate 4 --interval 100 --out " +
                              out + " > " + out + "/stdout 2> " + out + "/stderr";
  ASSERT_EQ(std::system(command.c_str()), 0) << content_of(folder.path / "stderr");

  const Json report = Json::parse(content_of(folder.path / "report.json"));
  ASSERT_EQ(report["lanes"].size(), kLanes.size());
  std::int64_t polls = 0;
  for (std::size_t i = 0; i < kLanes.size(); ++i) {
    const Json& lane = report["lanes"][i];
    SCOPED_TRACE(lane.dump());
    EXPECT_EQ(lane["name"], kLanes[i]);
    EXPECT_EQ(lane["readers"], 12);
    EXPECT_EQ(lane["said"], report["lanes"][0]["said"]);
    EXPECT_GT(lane["said"], 0);
    EXPECT_EQ(lane["delivered"], lane["said"].get<int>() * 12);
    EXPECT_EQ(lane["missed"], 0);
    EXPECT_EQ(lane["doubled"], 0);
    EXPECT_GT(lane["head_in"], 0);
    EXPECT_GT(lane["head_out"], 0);
    EXPECT_GT(lane["body_out"], 0);
    EXPECT_GT(lane["cpu_ms"], 0);
    if (i == 0) polls = lane["requests"];
    // Each stream was asked for once, and each reader's answer was followed by the next request.
    if (streams(kLanes[i])) {
      EXPECT_EQ(lane["requests"], 12);
      EXPECT_LT(lane["requests"], polls);
      EXPECT_EQ(lane["held"], 12);
    }
  }
  // 10 and 12 readers, with a thread each and parked.
  ASSERT_EQ(report["sweep"].size(), 4);
  for (const Json& run : report["sweep"]) {
    EXPECT_EQ(run["delivered"], run["said"].get<int>() * run["readers"].get<int>()) << run;
  }
  EXPECT_GT(report["sweep"][1]["threads"], 12);

  const std::string markdown = content_of(folder.path / "report.md");
  EXPECT_EQ(markdown, content_of(folder.path / "stdout"));
  const std::string machine = report["machine"];
  EXPECT_NE(markdown.find(machine), std::string::npos);
  for (const char* picture : {"delay-bytes.svg", "server-cost.svg"}) {
    const std::string svg = content_of(folder.path / picture);
    EXPECT_TRUE(is_well_formed(svg)) << svg;
    EXPECT_NE(svg.find(machine), std::string::npos) << picture;
  }
  const std::string svg = content_of(folder.path / "delay-bytes.svg");
  for (const std::string& lane : kLanes) {
    EXPECT_NE(markdown.find("| " + lane + " |"), std::string::npos) << lane;
    EXPECT_NE(svg.find(">" + lane + ": "), std::string::npos) << lane;
  }
  expect_lesson_finds_its_figures(content_of(folder.path / "figures.tsv"), report);
}

TEST(RaceReport, RefusesWhatItCannotMeasure) {
  for (const char* flags : {"--readers 9", "--readers 10001", "--rate 0", "--rate 1e-300",
                            "--seconds 0", "--readers 5001 --hold thread"}) {
    EXPECT_EQ(exit_code_of(std::string("--report ") + flags), 2) << flags;
  }
}

}  // namespace
}  // namespace encke
