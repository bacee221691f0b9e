#include "lane.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

namespace race {
namespace {

constexpr auto kStopWithin = std::chrono::seconds(10);
constexpr auto kBeforeNextTry = std::chrono::milliseconds(200);
constexpr int kScrapesToWarmUp = 5;
constexpr int kScrapesToTime = 30;

/// What the child does before it is the server; nothing here may allocate.
[[noreturn]] void become(char* const* words, int output, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // gone already
  setpgid(0, 0);                      // Ctrl-C is for the race, which then ends its servers
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(output, STDOUT_FILENO);
  execv(words[0], words);
  _exit(127);
}

}  // namespace

Lane::~Lane() { stop(); }

void Lane::start(std::vector<std::string> origins) {
  origins_ = std::move(origins);
  spawn();
}

std::vector<std::string> Lane::words() const {
  std::vector<std::string> words = {
      setup_.program, "--host=127.0.0.1", fmt::format("--port={}", port_), "--hold=" + setup_.hold,
      fmt::format("--threads={}", setup_.threads),
      // Who comes and goes is not what is raced.
      "--gather=1h", "--max-connections=0", "--max-per-address=0", "--sends-per-user=0",
      "--sends-per-address=0", "--logins-per-address=0", "--requests-per-address=0",
      // What is said in a minute, at the highest rate, waits for who polls every minute.
      "--mailbox-events=10000"};
  if (!setup_.pages.empty()) words.push_back("--public-dir=" + setup_.pages);
  for (const auto& origin : origins_) words.push_back("--origin=" + origin);
  return words;
}

void Lane::spawn() {
  std::vector<std::string> texts = words();
  std::vector<char*> arguments;
  arguments.reserve(texts.size() + 1);
  for (std::string& word : texts) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  if (output_ >= 0) close(output_);
  said_.clear();
  enter(State::kStarting);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("there is no pipe to be had");
  output_ = ends[0];
  fcntl(output_, F_SETFL, O_NONBLOCK);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(arguments.data(), ends[1], parent);
  close(ends[1]);
}

void Lane::enter(State state) {
  state_ = state;
  since_ = Clock::now();
}

bool Lane::step() {
  switch (state_) {
    case State::kNone:
      return false;
    case State::kStarting:
      read_output();
      if (said_.find("serving at") != std::string::npos && said_.ends_with('\n')) {
        come_up();
        return true;
      }
      // Its port may not be free at once: then it is tried again.
      if (has_ended()) complain();
      if (pid_ < 0 && Clock::now() - since_ > kBeforeNextTry) spawn();
      return false;
    case State::kUp:
      read_output();
      if (!has_ended()) return false;
      earlier_ = figures_;  // it was not asked to, and so could not be measured once more
      ++restarts_;
      spawn();
      return true;
    case State::kStopping:
      if (Clock::now() - since_ > kStopWithin && pid_ > 0) kill(pid_, SIGKILL);
      if (has_ended()) spawn();
      return false;
  }
  return false;
}

/// Reads what it says, so that it never waits for us to; only its greeting is of interest.
void Lane::read_output() {
  std::array<char, 4096> buffer;
  ssize_t size;
  while ((size = read(output_, buffer.data(), buffer.size())) > 0) {
    if (state_ == State::kStarting) said_.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

bool Lane::has_ended() {
  if (pid_ < 0) return true;
  if (waitpid(pid_, nullptr, WNOHANG) != pid_) return false;
  pid_ = -1;
  return true;
}

void Lane::complain() {
  if (!said_.empty()) fmt::print(stderr, "race: a lane's server says: {}", said_);
  said_.clear();
}

/// Before anybody else may ask it, it is asked how much that asking costs.
void Lane::come_up() {
  enter(State::kUp);
  port_ = std::atoi(said_.c_str() + said_.rfind(':') + 1);
  scraper_ = std::make_unique<Scraper>(port_);
  for (int i = 0; i < kScrapesToWarmUp; ++i) scraper_->scrape();
  const auto before = cpu_time_of(pid_);
  for (int i = 0; i < kScrapesToTime; ++i) scraper_->scrape();
  const auto after = cpu_time_of(pid_);
  scrape_cost_ = (after - before) / kScrapesToTime;
  scrapes_ = 0;
  base_ = {};
  base_due_ = false;
  base_cpu_ = after;
}

void Lane::restart() {
  if (state_ != State::kUp) return;  // it is under way
  ++restarts_;
  end_gently();
}

void Lane::set_up_anew(std::string hold, int threads) {
  setup_.hold = std::move(hold);
  setup_.threads = threads;
  if (state_ == State::kUp) end_gently();
  // One that is just starting does so as it was told to before, and then has to go.
  if (state_ == State::kStarting && pid_ > 0) {
    kill(pid_, SIGTERM);
    enter(State::kStopping);
  }
}

void Lane::end_gently() {
  earlier_ = measure();
  scraper_.reset();
  kill(pid_, SIGTERM);
  enter(State::kStopping);
}

void Lane::tell_to_stop() {
  if (pid_ > 0) kill(pid_, SIGTERM);
}

void Lane::stop() {
  tell_to_stop();
  for (const auto end = Clock::now() + kStopWithin; !has_ended();) {
    if (Clock::now() > end) kill(pid_, SIGKILL);
    read_output();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (output_ >= 0) close(std::exchange(output_, -1));
  scraper_.reset();
  enter(State::kNone);
}

void Lane::zero() {
  earlier_ = figures_ = {};
  restarts_ = 0;
  base_due_ = true;
  measure();
}

const LaneFigures& Lane::measure() {
  if (state_ != State::kUp) {
    figures_ = earlier_;
    figures_.counts.held = figures_.threads = figures_.memory_kib = 0;
    return figures_;
  }
  if (auto counts = scraper_->scrape()) {
    ++scrapes_;
    if (std::exchange(base_due_, false)) {
      base_ = *counts;
      base_cpu_ = cpu_time_of(pid_);
      scrapes_ = 0;
    }
    figures_.counts = *counts;
    figures_.counts -= base_;
    figures_.counts += earlier_.counts;
  }
  if (!base_due_) {
    const auto cpu = cpu_time_of(pid_) - base_cpu_ - scrapes_ * scrape_cost_;
    figures_.cpu_ms = earlier_.cpu_ms + std::max(0.0, cpu.count() / 1e6);
  }
  figures_.threads = threads_of(pid_);
  figures_.memory_kib = memory_kib_of(pid_);
  return figures_;
}

}  // namespace race
