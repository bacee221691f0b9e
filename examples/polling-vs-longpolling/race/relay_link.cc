#include "relay_link.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "sockets.h"

namespace race {
namespace {

constexpr auto kDelay = std::chrono::milliseconds(500);
// From there on the side that sends has to wait for the one that takes.
constexpr std::size_t kMostWaiting = 256 * 1024;

constexpr std::string_view kRefusal =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    "Content-Length: 88\r\nConnection: close\r\n\r\n"
    R"({"error":{"code":"draining","message":"The server is being restarted","retry_after":1}})"
    "\n";

}  // namespace

RelayLink::RelayLink(EventLoop& loop, const Faults& faults, int client, int server)
    : loop_(loop), faults_(faults), refused_(server < 0) {
  client_.link = server_.link = this;
  client_.fd = client;
  server_.fd = server;
}

RelayLink::~RelayLink() {
  for (const Side* side : {&client_, &server_}) {
    if (side->fd >= 0) close(side->fd);
  }
}

void RelayLink::start(std::function<void()> on_closed) {
  on_closed_ = std::move(on_closed);
  client_.interest = EPOLLIN;
  loop_.watch(client_.fd, client_.interest, client_);
  if (server_.fd < 0) return;
  server_.interest = EPOLLIN | EPOLLOUT;  // writable: connected, or not
  loop_.watch(server_.fd, server_.interest, server_);
}

void RelayLink::on_ready(Side& side, std::uint32_t events) {
  if (closed_ || side.fd < 0) return;
  const auto alive = shared_from_this();
  if (&side == &server_ && !connected_) {
    if (!is_connected(server_.fd)) return refuse();
    connected_ = true;
  }
  if (events & EPOLLOUT) flush(side);
  if (!closed_ && !side.read_ended && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) read_from(side);
  update_interest();
}

void RelayLink::read_from(Side& side) {
  std::array<char, 64 * 1024> buffer;
  const ssize_t size = recv(side.fd, buffer.data(), buffer.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size < 0) return cut();
  const std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
  side.read_ended = size == 0;
  if (refused_) {
    if (size == 0) return finish();
    return answer_503();
  }
  if (&side == &client_) {
    if (size == 0) return hand_on_end(server_);
    answers_.asked(bytes);
    hand_on(server_, std::string(bytes));
  } else if (size == 0) {
    release();  // the answer's end, if nothing else said so
    hand_on_end(client_);
  } else {
    hand_on(client_, answers_.pass(bytes, faults_.buffer));
  }
}

void RelayLink::release() {
  if (!closed_) hand_on(client_, answers_.release());
}

void RelayLink::hand_on(Side& to, std::string bytes) {
  if (!bytes.empty()) enqueue(to, std::move(bytes));
}

void RelayLink::hand_on_end(Side& to) { enqueue(to, {}); }

void RelayLink::enqueue(Side& to, std::string bytes) {
  const auto now = Clock::now();
  auto due = faults_.delay ? now + kDelay : now;
  if (!to.out.empty()) due = std::max(due, to.out.back().due);  // nothing overtakes
  to.out_bytes += bytes.size();
  to.out.push_back({due, std::move(bytes)});
  if (due <= now) return flush(to);
  loop_.at(due, [weak = weak_from_this(), &to] {
    if (const auto link = weak.lock()) link->flush(to);
  });
}

void RelayLink::flush(Side& to) {
  if (closed_ || (&to == &server_ && !connected_)) return;
  const auto now = Clock::now();
  while (!to.out.empty() && to.out.front().due <= now) {
    std::string& bytes = to.out.front().bytes;
    if (bytes.empty()) {
      shutdown(to.fd, SHUT_WR);
      to.write_ended = true;
      to.out.clear();
      break;
    }
    const ssize_t sent = send(to.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) break;
    if (sent < 0) return cut();
    to.out_bytes -= static_cast<std::size_t>(sent);
    bytes.erase(0, static_cast<std::size_t>(sent));
    if (!bytes.empty()) break;
    to.out.pop_front();
  }
  if (client_.write_ended && server_.write_ended) return finish();
  update_interest();
}

/// Nobody serves: the client is told so once it has asked.
void RelayLink::refuse() {
  refused_ = true;
  loop_.forget(server_.fd);
  close(std::exchange(server_.fd, -1));
  if (!server_.out.empty()) answer_503();  // it has asked already
}

void RelayLink::answer_503() {
  if (client_.write_ended || !client_.out.empty()) return;
  hand_on(client_, std::string(kRefusal));
  hand_on_end(client_);
}

void RelayLink::update_interest() {
  if (closed_) return;
  for (Side* side : {&client_, &server_}) {
    if (side->fd < 0) continue;
    const Side& other = side == &client_ ? server_ : client_;
    std::uint32_t events = 0;
    if (!side->read_ended && other.out_bytes < kMostWaiting) events |= EPOLLIN;
    const bool connecting = side == &server_ && !connected_;
    if (connecting || (!side->out.empty() && side->out.front().due <= Clock::now())) {
      events |= EPOLLOUT;
    }
    set_interest(*side, events);
  }
}

void RelayLink::set_interest(Side& side, std::uint32_t events) {
  // With both directions over, epoll would tell so for ever.
  if (side.read_ended && side.write_ended) return loop_.forget(side.fd);
  if (events == side.interest) return;
  side.interest = events;
  loop_.rewatch(side.fd, events, side);
}

void RelayLink::cut() {
  if (closed_) return;
  for (Side* side : {&client_, &server_}) {
    if (side->fd < 0) continue;
    loop_.forget(side->fd);
    close_with_reset(std::exchange(side->fd, -1));
  }
  finish();
}

void RelayLink::finish() {
  if (closed_) return;
  closed_ = true;
  for (Side* side : {&client_, &server_}) {
    if (side->fd < 0) continue;
    loop_.forget(side->fd);
    close(std::exchange(side->fd, -1));
  }
  on_closed_();
}

}  // namespace race
