// --config, the environment and --check-config: what the program makes of them.
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Config : public BothHolds {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/encke-config-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
    file_ = folder_ + "/encke.conf";
  }
  void TearDown() override {
    BothHolds::TearDown();
    unlink(file_.c_str());
    rmdir(folder_.c_str());
  }
  void write(const std::string& text) { std::ofstream(file_) << text; }

  struct Ran {
    int code;
    std::string said;
  };
  // The program with these words behind it, to its end; what it said to both its outputs.
  Ran run(const std::string& words, const std::string& before = "") {
    const std::string command = before + " " + Program::file() + " " + words + " 2>&1";
    FILE* const pipe = popen(command.c_str(), "re");
    if (pipe == nullptr) throw Trouble("no shell");
    Ran ran{-1, {}};
    std::array<char, 4096> buffer;
    while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
      ran.said.append(buffer.data(), got);
    }
    const int status = pclose(pipe);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
  }

  std::string folder_;
  std::string file_;
};
ENCKE_BOTH_HOLDS(Config);

TEST_P(Config, OfAFileIsWhatIsServedWith) {
  write("# as little as that\nmax-text = 5\nport = 1  # a flag counts before this\n");
  start({"--config", file_});
  const User alice = login("alice");
  EXPECT_EQ(alice.post("/send", "text=123456").error(), "text_too_long");
  EXPECT_EQ(alice.post("/send", "text=12345").status, 200);
}

TEST_P(Config, OfTheEnvironmentCountsBeforeTheFile) {
  write("max-text = 5\n");
  start({}, "export ENCKE_CONFIG=" + file_ + " ENCKE_MAX_TEXT=6");
  const User alice = login("alice");
  EXPECT_EQ(alice.post("/send", "text=1234567").error(), "text_too_long");
  EXPECT_EQ(alice.post("/send", "text=123456").status, 200);
}

TEST_P(Config, ThatIsRightIsShownWithWhereItIsFrom) {
  write("max-text = 8k\norigin = https://a.example\n");
  const std::string words = "--check-config --config " + file_ + " --hold=" + held_by();
  const Ran ran = run(words, "ENCKE_LOOPS=3");
  EXPECT_EQ(ran.code, 0) << ran.said;
  const auto has = [&](const std::string& value, const std::string& from) {
    const auto at = ran.said.find("\n" + value + " ");
    ASSERT_NE(at, std::string::npos) << ran.said;
    const std::string line = ran.said.substr(at + 1, ran.said.find('\n', at + 1) - at - 1);
    EXPECT_TRUE(line.ends_with("# " + from)) << line;
  };
  has("max-text = 8k", file_ + ":1");
  has("origin = https://a.example", file_ + ":2");
  has("loops = 3", "ENCKE_LOOPS");
  has(std::string("hold = ") + held_by(), "--hold");
  has("port = 8080", "default");
}

TEST_P(Config, ThatIsWrongIsToldWholeAndEndsTheProgram) {
  write("prot = 80\nmax-text = much\n");
  for (const std::string check : {"--check-config", ""}) {
    const Ran ran = run(check + " --config " + file_ + " --hold=" + held_by(), "ENCKE_THREADZ=1");
    EXPECT_EQ(ran.code, 1);
    EXPECT_NE(ran.said.find("encke: " + file_ + ":1: prot: there is no such option; is it port?\n"),
              std::string::npos)
        << ran.said;
    EXPECT_NE(ran.said.find("encke: " + file_ + ":2: max-text: 'much' is not understood"),
              std::string::npos)
        << ran.said;
    EXPECT_NE(ran.said.find("encke: ENCKE_THREADZ: there is no such option; is it ENCKE_THREADS?"),
              std::string::npos)
        << ran.said;
  }
  write("\nhold = air\n");
  const Ran ran = run("--config " + file_);
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.said.find(file_ + ":2: hold is park or thread, not air"), std::string::npos)
      << ran.said;
}

TEST_P(Config, IsLookedIntoForWhatTheFilesThatItNamesHave) {
  write("tls-cert = /nowhere\ntls-key = /nowhere\njwt-secret-file = " + file_ + "\n");
  const std::string words = "--check-config --config " + file_ + " --hold=" + held_by();
  const Ran tls = run(words);
  EXPECT_EQ(tls.code, 1);
  EXPECT_NE(tls.said.find("encke: " + file_ + ":1: tls-cert: /nowhere: No such file"),
            std::string::npos)
      << tls.said;
  write("jwt-secret-file = " + file_ + "x\n");
  const Ran jwt = run(words);
  EXPECT_EQ(jwt.code, 1);
  EXPECT_NE(jwt.said.find("encke: " + file_ + ":1: jwt-secret-file: cannot read " + file_ +
                          "x: No such file or directory\n"),
            std::string::npos)
      << jwt.said;
  for (const std::string option : {"jwt-secret-file", "jwt-public-key", "operator-secrets"}) {
    write(option + " = " + folder_ + "\n");
    const Ran folder = run(words);
    EXPECT_EQ(folder.code, 1);
    EXPECT_NE(folder.said.find(option + ": cannot read " + folder_ + ": Is a directory"),
              std::string::npos)
        << folder.said;
  }
  EXPECT_NE(run("--check-config --config " + folder_).said.find("Is a directory"),
            std::string::npos);
  std::ofstream(folder_ + "/empty") << "\n";
  write("jwt-secret-file = " + folder_ + "/empty\n");
  EXPECT_EQ(run(words).code, 1) << "no secret is not no tokens";
  unlink((folder_ + "/empty").c_str());
  write("threads = 1000000000\n");
  EXPECT_NE(run(words).said.find(file_ + ":1: threads is at most 100000"), std::string::npos);
  write("operators = op\n");
  EXPECT_NE(run(words).said.find(file_ + ":1: operators: op has no line in operator-secrets"),
            std::string::npos);
}

TEST_P(Config, OfTheExampleIsRight) {
  const Ran example = run("--example-config");
  EXPECT_EQ(example.code, 0);
  EXPECT_NE(example.said.find("\n#max-text = 16k\n"), std::string::npos) << example.said;
  write(example.said);
  EXPECT_EQ(run("--check-config --config " + file_ + " --hold=" + held_by()).code, 0);
}

TEST_P(Config, AFlagThatIsWrittenWronglyIsToldTheRightOne) {
  const Ran ran = run(std::string("--prot=80 --hold=") + held_by());
  EXPECT_NE(ran.code, 0);
  EXPECT_NE(ran.said.find("Is it --port?"), std::string::npos) << ran.said;
}

}  // namespace
}  // namespace encke
