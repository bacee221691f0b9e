// The programs of examples/curl: run by sh, as a user runs them, against the real program.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSecret = "open \"sesame\" \\";
constexpr std::chrono::seconds kPatience{30};

// One of the programs, in a process group of its own, which ends with the test.
class Script {
 public:
  using Words = std::vector<std::string>;
  using Environment = std::vector<std::pair<std::string, std::string>>;

  Script(const std::string& name, const Words& arguments, const Environment& environment) {
    const fs::path folder = fs::path(__FILE__).parent_path() / "../../examples/curl";
    Words words = {(folder / name).lexically_normal().string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw Trouble("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      setpgid(0, 0);
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      for (const auto& [variable, value] : environment) {
        setenv(variable.c_str(), value.c_str(), 1);
      }
      execv(argv[0], argv.data());
      _exit(126);
    }
    close(ends[1]);
    output_ = ends[0];
  }
  ~Script() {
    if (pid_ > 0) {
      kill(-pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(output_);
  }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  void wait_until_it_says(const std::string& text) {
    while (said_.find(text) == std::string::npos) {
      if (!read_some()) throw Trouble("it does not say " + text + ", but: " + said_);
    }
  }
  void terminate() const { kill(pid_, SIGTERM); }
  // Its exit status, when it and all that it started have ended.
  int wait() {
    while (read_some()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  const std::string& said() const { return said_; }

 private:
  bool read_some() {
    pollfd ready = {output_, POLLIN, 0};
    constexpr int kMilliseconds = std::chrono::milliseconds(kPatience).count();
    if (poll(&ready, 1, kMilliseconds) <= 0) throw Trouble("it is silent, after: " + said_);
    char buffer[4096];
    const ssize_t got = read(output_, buffer, sizeof buffer);
    if (got > 0) said_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  pid_t pid_ = -1;
  int output_ = -1;
  std::string said_;
};

// Between a program and the server: passes requests on, and loses the first few answers to /send.
class LosesAnswers {
 public:
  LosesAnswers(int server, int losses) : server_(server), losses_(losses) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, raw, size) != 0 || listen(listener_, 64) != 0 ||
        getsockname(listener_, raw, &size) != 0) {
      throw Trouble("no listener");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~LosesAnswers() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  LosesAnswers(const LosesAnswers&) = delete;
  LosesAnswers& operator=(const LosesAnswers&) = delete;

  int port() const { return port_; }

 private:
  void run() {
    for (int fd = 0; (fd = accept(listener_, nullptr, nullptr)) >= 0; close(fd)) serve(fd);
  }
  void serve(int fd) {
    std::string request;
    std::size_t whole = std::string::npos;
    char buffer[4096];
    while (request.size() < whole) {
      const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      request.append(buffer, static_cast<std::size_t>(got));
      const auto head = request.find("\r\n\r\n");
      if (head == std::string::npos) continue;
      const auto length = request.find("Content-Length: ");
      whole = head + 4 + (length < head ? std::stoul(request.substr(length + 16)) : 0);
    }
    Wire wire(server_);
    wire.send(request);
    const Response answer = wire.read();
    if (request.starts_with("POST /send") && losses_-- > 0) return;
    const std::string passed_on =
        "HTTP/1.1 " + std::to_string(answer.status) +
        " -\r\nConnection: close\r\nContent-Length: " + std::to_string(answer.body.size()) +
        "\r\n\r\n" + answer.body;
    (void)send(fd, passed_on.data(), passed_on.size(), MSG_NOSIGNAL);
  }

  const int server_;
  int losses_;
  int listener_;
  int port_;
  std::thread thread_;
};

class ExamplesCurl : public BothHolds {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/encke-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw Trouble("no folder");
    folder_ = name;
  }
  void TearDown() override {
    BothHolds::TearDown();
    fs::remove_all(folder_);
  }

  // At this port rather than the server's, if one is given.
  std::unique_ptr<Script> run(const std::string& name, const Script::Words& arguments,
                              const std::string& secret = kSecret, int at = 0) {
    const std::string url = "http://localhost:" + std::to_string(at != 0 ? at : port());
    return std::make_unique<Script>(name, arguments,
                                    Script::Environment{{"ENCKE_URL", url},
                                                        {"ENCKE_SECRET", secret},
                                                        {"HOME", folder_.string()},
                                                        {"no_proxy", "*"}});
  }

  // Stops the program, and starts it anew on the same port; `meanwhile` is done when it is away.
  template <typename Function>
  void restart(Function meanwhile) {
    const std::string same = "--port=" + std::to_string(port());
    stop();
    meanwhile();
    start({same, kNoNews}, "shift");  // the shell's: away with the --port=0 that comes first
  }

  std::string log() const { return (folder_ / "log").string(); }
  void add_to_log(std::string_view text) const {
    std::ofstream(log(), std::ios::app | std::ios::binary) << text;
  }

  fs::path folder_;
};
ENCKE_BOTH_HOLDS(ExamplesCurl);

// The texts of the next messages, `between` them, until they are as long as what is waited for.
std::string next_texts(User& user, std::size_t size, const std::string& between) {
  std::optional<std::string> all;
  while (!all || all->size() < size) {
    const std::string text = user.wait_for("message")["text"];
    EXPECT_LE(text.size(), 16384u);
    all = all ? *all + between + text : text;
  }
  return *all;
}

TEST_P(ExamplesCurl, TheBotAnswersAndNeverItself) {
  User alice = login("alice");
  alice.say("!help");  // before it came
  const auto bot = run("bot.sh", {});
  bot->wait_until_it_says("sits in lobby");
  User(port(), "bot", kSecret).say("!help");
  alice.say("hello");
  alice.say("!dice $(id)");
  alice.say("!dice 3d1");
  Json heard;
  while (heard.size() < 2) {
    const Json event = alice.wait_for("message");
    if (event["from"] == "bot" && event["text"] != "!help") heard.push_back(event["text"]);
  }
  EXPECT_EQ(heard, Json({"alice: Such as !dice 2d6, up to 99d999.", "alice: 3d1 makes 3."}));
  alice.tell("bot", "!help");
  Json answer;
  do answer = alice.wait_for("private");
  while (answer["from"] != "bot");
  EXPECT_TRUE(std::string(answer["text"]).starts_with("I know"));
}

TEST_P(ExamplesCurl, NoSecretStandsOnACommandLine) {
  const auto bot = run("bot.sh", {});
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  bool seen = false;
  for (const auto& process : fs::directory_iterator("/proc")) {
    std::stringstream line;
    line << std::ifstream(process.path() / "cmdline").rdbuf();
    seen = seen || line.str().find("--write-out") != std::string::npos;
    EXPECT_EQ(line.str().find("sesame"), std::string::npos) << line.str();
  }
  EXPECT_TRUE(seen) << "its curl was not looked at";
}

TEST_P(ExamplesCurl, TheBotIsBackInItsRoomAfterARestart) {
  start({kNoNews});
  const auto bot = run("bot.sh", {"-n", "robot", "-r", "den"});
  for (const bool again : {false, true}) {
    if (again) restart([] {});
    wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
    User alice = login("alice");
    alice.post("/join", "room=den");
    alice.say("!dice 1d1", "den");
    EXPECT_EQ(alice.wait_for_text("alice: 1d1 makes 1.")["room"], "den");
  }
}

TEST_P(ExamplesCurl, TheTailerChangesNothing) {
  User alice = login("alice");
  const std::string lines =
      "\n\nit's \"quoted\" \\ \\n \\\\\ttab\n@/etc/passwd\n@\n&x=1\n=\n%41 + %\n'`id` $(id) $HOME "
      "* ~\n"
      "-n\ntext=a&to=b\n  blanks  \n\nh\u00E9llo \u4E16\u754C \U0001F600\n \n";
  add_to_log(lines);
  const auto tail = run("tail.sh", {"-g", "0", "-l", "+1", log()});
  // What comes in one go is one message.
  EXPECT_EQ(alice.wait_for("message")["text"], lines.substr(0, lines.size() - 1));
  const std::string later = "\nthe end";
  add_to_log(later + "\r\n");
  EXPECT_EQ(alice.wait_for("message")["text"], later);
}

TEST_P(ExamplesCurl, TheTailerMakesSeveralMessagesOfAVeryLongLine) {
  User alice = login("alice");
  std::string line;
  for (int i = 0; i < 15'000; ++i) line += "\u4E16";
  add_to_log(line + "\nnext\n");
  const auto tail = run("tail.sh", {"-g", "0", "-l", "+1", log()});
  EXPECT_EQ(next_texts(alice, line.size() + 5, ""), line + "\nnext");
}

TEST_P(ExamplesCurl, TheTailerShowsWhatIsNoTextAsQuestionMarks) {
  User alice = login("alice");
  add_to_log("\033[1m\xFF \xC2\x9B \xED\xA0\x80 \xE4\xB8 \xE4\xB8\x96\x7F\n");
  const auto tail = run("tail.sh", {"-g", "0", "-l", "+1", log()});
  EXPECT_EQ(alice.wait_for("message")["text"], "?[1m? ?? ??? ?? \u4E16?");
}

TEST_P(ExamplesCurl, TheTailerSaysOnceWhatIsAnsweredInVain) {
  User alice = login("alice");
  LosesAnswers between(port(), 2);
  add_to_log("one\ntwo\n");
  const auto tail = run("tail.sh", {"-g", "0", "-l", "+1", log()}, kSecret, between.port());
  tail->wait_until_it_says("trying again");
  add_to_log("three\n");
  EXPECT_EQ(alice.wait_for("message")["text"], "one\ntwo");
  EXPECT_EQ(alice.wait_for("message")["text"], "three");
}

TEST_P(ExamplesCurl, TheTailerLosesNothingWhileTheServerIsAway) {
  start({kNoNews});
  User before = login("before");
  before.post("/join", "room=logs");
  add_to_log("once\n");
  const auto tail = run("tail.sh", {"-g", "0", "-l", "+1", "-r", "logs", log()});
  EXPECT_EQ(before.wait_for("message")["text"], "once");
  restart([&] {
    add_to_log("meanwhile 1\n");
    tail->wait_until_it_says("trying again");
    add_to_log("meanwhile 2\n\nmeanwhile 3\n");
  });
  User after = login("after");
  after.post("/join", "room=logs");
  add_to_log("the end\n");
  for (std::string text; !text.ends_with("the end");) text = after.wait_for("message")["text"];
  std::string all;
  for (const std::string& text : texts(after.get("/history?room=logs").json()["events"])) {
    all += text + "\n";
  }
  EXPECT_EQ(all, "meanwhile 1\nmeanwhile 2\n\nmeanwhile 3\nthe end\n");
}

TEST_P(ExamplesCurl, TheTailerStillSaysWhatItHasReadWhenItIsStopped) {
  User alice = login("alice");
  add_to_log("a line\nthe beginning of one");
  const auto tail = run("tail.sh", {"-g", "0", "-l", "+1", log()});
  EXPECT_EQ(alice.wait_for("message")["text"], "a line");
  tail->terminate();
  EXPECT_EQ(tail->wait(), 0) << tail->said();
  EXPECT_EQ(alice.wait_for("message")["text"], "the beginning of one");
}

TEST_P(ExamplesCurl, DoneTellsAndEndsAsTheCommandDid) {
  User alice = login("alice");
  EXPECT_EQ(run("done.sh", {"-t", "alice", "--", "sh", "-c", "echo \"it's\"; exit 3"})->wait(), 3);
  EXPECT_TRUE(std::string(alice.wait_for("private")["text"])
                  .starts_with("sh -c echo \"it's\"; exit 3 failed with 3 after "));
  const auto secretive =
      run("done.sh", {"-m", "@b\\", "--", "sh", "-c", "echo ${ENCKE_SECRET-no}"});
  EXPECT_EQ(secretive->wait(), 0);
  EXPECT_EQ(secretive->said(), "no\n");
  EXPECT_TRUE(std::string(alice.wait_for("message")["text"]).starts_with("@b\\ is done after "));
  EXPECT_EQ(run("done.sh", {"-n", "maker", "/no/such/command"})->wait(), 127);
  EXPECT_EQ(alice.wait_for("message")["from"], "maker");
}

TEST_P(ExamplesCurl, DoneGivesUpSomeTime) {
  const auto done = run("done.sh", {"-w", "1", "-t", "nobody", "--", "sh", "-c", "exit 5"});
  EXPECT_EQ(done->wait(), 5);
  EXPECT_NE(done->said().find("not told, because of no_such_user"), std::string::npos);
}

TEST_P(ExamplesCurl, TheSecretMayBeInNetrc) {
  User alice = login("alice");
  EXPECT_EQ(run("done.sh", {"true"}, "")->wait(), 1) << "no secret at all";
  std::ofstream(folder_ / ".netrc") << "machine localhost login other password x\n"
                                       "machine localhost login maker password y\n";
  EXPECT_EQ(run("done.sh", {"-n", "maker", "true"}, "")->wait(), 0);
  EXPECT_EQ(alice.wait_for("message")["from"], "maker");
}

TEST_P(ExamplesCurl, SaysHowItIsUsed) {
  for (const char* name : {"bot.sh", "tail.sh", "done.sh"}) {
    const auto help = run(name, {"-h"});
    EXPECT_EQ(help->wait(), 0);
    EXPECT_NE(help->said().find(std::string("./") + name + " [-n NICKNAME]"), std::string::npos);
    EXPECT_EQ(run(name, {"-?"})->wait(), 2);
  }
}

}  // namespace
}  // namespace encke
