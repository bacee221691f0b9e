#include "integration/support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "integration/support/certificate.h"
#include "integration/support/wire.h"

namespace encke {
namespace {

// Starting under a sanitizer, with all cores busy, is slow.
constexpr int kStartMilliseconds = 60'000;
constexpr int kStopMilliseconds = 30'000;

// What has to happen in the child before the program runs; nothing here may allocate.
[[noreturn]] void become(char* const* arguments, int output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // no server outlives a test that crashed
  dup2(output, STDOUT_FILENO);
  execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

// Another build of it, such as one with a sanitizer, may be named. The program itself takes what
// begins with ENCKE_ for its own, and is not to find that.
const std::string& Program::file() {
  static const std::string name = [] {
    const char* const other = std::getenv("ENCKE_PROGRAM");
    const std::string found = other != nullptr ? other : ENCKE_PROGRAM;
    unsetenv("ENCKE_PROGRAM");
    (void)speaks_tls();  // the same of ENCKE_TLS
    return found;
  }();
  return name;
}

Program::Program(const Flags& flags, const std::string& limits) {
  std::vector<std::string> words;
  if (!limits.empty()) words = {"/bin/sh", "-c", limits + "; exec \"$0\" \"$@\""};
  words.push_back(file());
  words.emplace_back("--port=0");
  // A thread sanitizer takes ten seconds to start as many threads as are the default.
  if (file() != ENCKE_PROGRAM) words.emplace_back("--threads=128");
  if (speaks_tls()) {
    static const Certificate kCertificate;
    for (const std::string& flag : kCertificate.flags()) words.push_back(flag);
  }
  words.insert(words.end(), flags.begin(), flags.end());
  start(std::move(words));
}

void Program::start(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) throw Trouble("no pipe");
  pid_ = fork();
  if (pid_ == 0) become(arguments.data(), pipe_ends[1]);
  ::close(pipe_ends[1]);
  output_ = pipe_ends[0];
  try {
    read_greeting();
  } catch (const Trouble&) {
    end();
    throw;
  }
}

Program::~Program() { end(); }

void Program::read_greeting() {
  if (pid_ < 0) throw Trouble("no process");
  while (greeting_.find('\n') == std::string::npos) {
    pollfd wait = {output_, POLLIN, 0};
    if (poll(&wait, 1, kStartMilliseconds) <= 0) throw Trouble("the program does not start");
    if (!read_output()) throw Trouble("the program ended instead of serving");
  }
  greeting_.resize(greeting_.find('\n'));
  const auto colon = greeting_.rfind(':');
  if (colon != std::string::npos) port_ = std::atoi(greeting_.c_str() + colon + 1);
  if (port_ == 0) throw Trouble("no port in: " + greeting_);
}

void Program::end() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  ::close(output_);
}

bool Program::read_output() {
  char buffer[1024];
  const ssize_t got = read(output_, buffer, sizeof buffer);
  if (got <= 0) return got < 0 && errno == EINTR;
  greeting_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

// Once it has ended there is no pid, and what kill() takes for one then is everybody.
void Program::terminate() {
  if (pid_ > 0) kill(pid_, SIGTERM);
}

int Program::wait_for_exit() {
  if (pid_ <= 0) return exit_code_;
  // Its standard output ends when it does.
  while (true) {
    pollfd wait = {output_, POLLIN, 0};
    const int ready = poll(&wait, 1, kStopMilliseconds);
    if (ready == 0) return -1;
    if (ready > 0 && !read_output()) break;
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return exit_code_;
}

}  // namespace encke
