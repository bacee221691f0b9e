#include "reader.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <utility>

#include "sockets.h"

namespace race {
namespace {

using Kind = Transport::Kind;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr double kFirstWait = 250;  // milliseconds; doubled each time
constexpr double kLongestWait = 4'000;
// A poll that is full is followed by the next at once: there is more.
constexpr std::size_t kFullPoll = 100;

double random_between(double low, double high) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution(low, high)(random);
}

Clock::duration duration_of(double milliseconds) {
  return std::chrono::duration_cast<Clock::duration>(Milliseconds(milliseconds));
}

bool must_log_in(std::string_view error) {
  return error == "unauthorized" || error == "session_expired" || error == "evicted";
}

}  // namespace

Reader::Reader(EventLoop& loop, ReadLane& lane, int number)
    : loop_(loop), lane_(lane), number_(number) {}

Reader::~Reader() {
  if (fd_ >= 0) close_with_reset(fd_);
}

/// Asks what is to be asked next, on a new connection if need be.
void Reader::go() {
  if (fd_ >= 0) return ask();
  fd_ = connect_to(lane_.port, static_cast<std::size_t>(number_));
  if (fd_ < 0) return back_off();
  loop_.watch(fd_, EPOLLOUT, *this);
}

void Reader::ask() {
  std::string request;
  switch (asks_) {
    case Asks::kLogin:
      request = login_request(lane_.port, fmt::format("r{:05}", number_));
      break;
    case Asks::kHistory:
      request = history_request(lane_.port, token_);
      break;
    case Asks::kEvents:
      request = listen_request(*lane_.transport, lane_.port, token_, cursor_);
      listens_ = true;
  }
  answer_.reset();
  asking_ = true;
  if (send(fd_, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    lost();
  }
}

void Reader::on_ready(std::uint32_t) {
  if (fd_ < 0) return;
  if (!connected_) {
    if (!is_connected(fd_)) return back_off();
    connected_ = true;
    lane_.reconnects += std::exchange(was_connected_, true);
    loop_.rewatch(fd_, EPOLLIN, *this);
    return ask();
  }
  static thread_local std::array<char, 64 * 1024> buffer;
  const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (!asking_) return lost();  // nothing was to come
  if (size <= 0) {
    answer_.end();
    return answer_.whole() ? answered() : lost();
  }
  answer_.feed({buffer.data(), static_cast<std::size_t>(size)});
  if (answer_.whole()) return answered();
  if (asks_ != Asks::kEvents || lane_.transport->kind != Kind::kStream) return;
  // Of a stream, the whole lines.
  std::string& body = answer_.body();
  const auto lines = body.rfind('\n') + 1;
  take(hear(*lane_.transport, std::string_view(body).substr(0, lines)));
  body.erase(0, lines);
}

void Reader::answered() {
  asking_ = false;
  const bool closes = answer_.header("Connection") == "close";
  const std::string body = std::exchange(answer_.body(), {});
  if (closes) hang_up();
  const Heard heard = hear(*lane_.transport, body);
  if (must_log_in(heard.error) || (answer_.status() == 401 && asks_ != Asks::kLogin)) {
    asks_ = Asks::kLogin;
    return go();
  }
  if (answer_.status() != 200 || !heard.error.empty()) return back_off();
  failures_ = 0;
  switch (asks_) {
    case Asks::kLogin:
      token_ = between_quotes(body, R"("token":")");
      cursor_ = between_quotes(body, R"("cursor":")");
      if (last_ == kNone) return lane_.open ? listen() : void();
      // It may have missed something since: the server that knew its cursor may be gone, and what
      // was said before this login is in no mailbox of its own.
      asks_ = Asks::kHistory;
      return go();
    case Asks::kHistory:
      take_history(heard);
      if (const auto last = body.rfind(R"("id":")"); last != std::string::npos) {
        cursor_ = later(cursor_, std::string(between_quotes(body.substr(last), R"("id":")")));
      }
      asks_ = Asks::kEvents;
      return go();
    case Asks::kEvents:
      take(heard);
      return listen_on(heard);
  }
}

void Reader::listen() {
  asks_ = Asks::kEvents;
  if (lane_.transport->kind != Kind::kPoll) return go();
  listens_ = true;
  rest(next_poll());
}

void Reader::take(const Heard& heard) {
  for (const auto& message : heard.messages) take(message);
  if (!heard.cursor.empty()) cursor_ = heard.cursor;
  if (heard.retry > 0) retry_ = heard.retry;
}

/// It goes back further than what was missed.
void Reader::take_history(const Heard& heard) {
  for (const auto& message : heard.messages) {
    if (message.number > last_) take(message);
  }
}

void Reader::take(const Heard::Message& message) {
  const bool counts = message.number >= lane_.first;
  if (last_ != kNone && message.number <= last_) {
    lane_.doubled += counts;
    return;
  }
  if (last_ != kNone) {
    lane_.missed += std::max(0L, message.number - std::max(last_ + 1, lane_.first));
  }
  last_ = message.number;
  if (!counts) return;
  ++lane_.delivered;
  const Milliseconds now = std::chrono::system_clock::now().time_since_epoch();
  lane_.delays.add(now.count() - message.said_at);
}

/// After an answer, or a stream's end.
void Reader::listen_on(const Heard& heard) {
  if (const int retry = std::exchange(retry_, 0); retry > 0) {
    return rest(Clock::now() + std::chrono::milliseconds(retry));
  }
  switch (lane_.transport->kind) {
    case Kind::kPoll:
      return heard.messages.size() < kFullPoll ? rest(next_poll()) : go();
    case Kind::kLongPoll:
      return go();
    case Kind::kStream:
      return back_off();
  }
}

TimePoint Reader::next_poll() const {
  // The golden ratio's multiples spread over the interval evenly, however many there are of them.
  double whole;
  const double phase = std::modf(number_ * 0.6180339887, &whole);
  const double interval = Milliseconds(lane_.interval).count();
  const auto now = Clock::now();
  const double at = Milliseconds(now.time_since_epoch()).count() / interval;
  const double next = std::floor(at - phase) + 1 + phase;
  return now + duration_of((next - at) * interval);
}

void Reader::reschedule() {
  if (lane_.transport->kind == Kind::kPoll && listens_ && !asking_ && failures_ == 0) {
    rest(next_poll());
  }
}

void Reader::rest(TimePoint until) {
  loop_.at(until, [weak = weak_from_this(), rest = ++rests_] {
    const auto reader = weak.lock();
    if (reader && reader->rests_ == rest) reader->go();
  });
}

void Reader::back_off() {
  hang_up();
  const double most = std::min(kLongestWait, kFirstWait * std::pow(2, std::min(failures_++, 10)));
  rest(Clock::now() + duration_of(random_between(most / 2, most)));
}

/// The connection broke. Between two polls that is no matter: the next one connects again.
void Reader::lost() {
  if (asking_) return back_off();
  hang_up();
}

void Reader::hang_up() {
  if (fd_ >= 0) close(fd_);  // epoll forgets what is closed
  fd_ = -1;
  connected_ = asking_ = false;
}

}  // namespace race
