#include "feeder.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <string>

#include "answer_reader.h"
#include "sockets.h"

namespace race {
namespace {

constexpr auto kPause = std::chrono::milliseconds(50);
// Whoever has just begun to look does not look at nothing for long.
constexpr std::chrono::duration<double> kFirstWithin = std::chrono::seconds(1);
constexpr double kLongestPause = 5;  // times the mean

double milliseconds_since_1970() {
  return std::chrono::duration<double, std::milli>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Says who it is with a nickname and a secret ("race:race"), so that it needs no login, and a
/// server that was restarted knows it as well as the one before.
std::string request_for(long number, const std::string& text) {
  const std::string body = fmt::format("text={}&key=race-{}", text, number);
  return fmt::format(
      "POST /send HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic cmFjZTpyYWNl\r\n"
      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
      body.size(), body);
}

}  // namespace

/// Of one lane: the messages that it has not taken yet, and the connection to say them on.
class Feeder::Mouth final : public EventLoop::Watcher {
 public:
  explicit Mouth(EventLoop& loop) : loop_(loop) {}
  ~Mouth() { hang_up(); }

  void open(int port) {
    port_ = port;
    go_on();
  }
  /// A server that ends still answers what it was asked, or closes. That is waited for: it may have
  /// said the message already, and the server after it knows none of its keys.
  void shut() {
    port_ = 0;
    if (!asking_) hang_up();
  }
  void say(std::string request) {
    waiting_.push_back(std::move(request));
    go_on();
  }
  bool all_taken() const { return waiting_.empty(); }

  void on_ready(std::uint32_t) override {
    if (fd_ < 0) return;
    if (!connected_) {
      if (!is_connected(fd_)) return again_later();
      connected_ = true;
      loop_.rewatch(fd_, EPOLLIN, *this);
      return go_on();
    }
    std::array<char, 4096> buffer;
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return again_later();
    answer_.feed({buffer.data(), static_cast<std::size_t>(size)});
    if (!answer_.whole()) return;
    if (answer_.status() != 200) return again_later();
    waiting_.pop_front();
    asking_ = false;
    if (port_ == 0) return hang_up();
    go_on();
  }

 private:
  void go_on() {
    if (port_ == 0 || asking_ || pausing_ || waiting_.empty()) return;
    if (fd_ < 0) {
      fd_ = connect_to(port_);
      if (fd_ < 0) return again_later();
      return loop_.watch(fd_, EPOLLOUT, *this);
    }
    if (!connected_) return;
    answer_.reset();
    asking_ = true;
    const std::string& request = waiting_.front();
    if (send(fd_, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
      again_later();
    }
  }

  void again_later() {
    hang_up();
    if (pausing_) return;
    pausing_ = true;
    loop_.after(kPause, [this] {
      pausing_ = false;
      go_on();
    });
  }

  void hang_up() {
    if (fd_ >= 0) close(fd_);  // epoll forgets what is closed
    fd_ = -1;
    connected_ = asking_ = false;
  }

  EventLoop& loop_;
  int port_ = 0;
  int fd_ = -1;
  bool connected_ = false;
  bool asking_ = false;
  bool pausing_ = false;
  std::deque<std::string> waiting_;
  AnswerReader answer_;
};

Feeder::Feeder(std::size_t lanes) {
  for (std::size_t i = 0; i < lanes; ++i) mouths_.push_back(std::make_unique<Mouth>(loop_));
}

Feeder::~Feeder() { loop_.stop(); }

void Feeder::open(std::size_t lane, int server_port) {
  loop_.post([this, lane, server_port] { mouths_[lane]->open(server_port); });
}

void Feeder::shut(std::size_t lane) {
  loop_.post([this, lane] { mouths_[lane]->shut(); });
}

void Feeder::set_rate(double rate) {
  loop_.run([this, rate] {
    rate_ = rate;
    wait_for_next(++schedule_, true);
  });
}

/// People speak when they like, not in step with the polls: so each moment is as likely as any
/// other, and the pauses between them are exponential. None is so long that the race seems to be
/// over. The seed is always the same, and so are the pauses.
void Feeder::wait_for_next(std::uint64_t schedule, bool first) {
  if (rate_ <= 0) return;
  std::exponential_distribution pauses(rate_);
  std::chrono::duration<double> pause(std::min(pauses(random_), kLongestPause / rate_));
  if (first) pause = std::min(pause, kFirstWithin);
  loop_.after(std::chrono::duration_cast<Clock::duration>(pause), [this, schedule] {
    if (schedule != schedule_) return;
    say();
    wait_for_next(schedule, false);
  });
}

void Feeder::say() {
  const long number = ++said_;
  const std::string request =
      request_for(number, fmt::format("{}@{:.3f}", number, milliseconds_since_1970()));
  // Whoever comes first has its answer some microseconds sooner: so it is another one each time.
  for (std::size_t i = 0; i < mouths_.size(); ++i) {
    mouths_[(i + static_cast<std::size_t>(number)) % mouths_.size()]->say(request);
  }
}

bool Feeder::all_taken() {
  bool all = true;
  loop_.run([&] {
    for (const auto& mouth : mouths_) all = all && mouth->all_taken();
  });
  return all;
}

}  // namespace race
