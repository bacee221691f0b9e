#include "net/acceptor.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace encke {
namespace {

constexpr std::size_t kMaxLeavers = 256;
constexpr std::chrono::milliseconds kLeaveWithin{1000};
constexpr std::chrono::milliseconds kTableFullPause{50};

Address address_of(const sockaddr_storage& peer) {
  Address address;
  if (peer.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
    std::memcpy(address.bytes.data(), &v6.sin6_addr, address.bytes.size());
  } else if (peer.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    address.bytes[10] = address.bytes[11] = 0xFF;
    std::memcpy(address.bytes.data() + 12, &v4.sin_addr, 4);
  }
  return address;
}

}  // namespace

ConnectionCounter::Verdict ConnectionCounter::enter(const Address& address) {
  MutexLock lock(mutex_);
  if (max_all_ != 0 && all_ >= max_all_) return Verdict::kTooMany;
  std::size_t& from_address = per_address_[address.owner()];
  if (max_per_address_ != 0 && from_address >= max_per_address_ &&
      std::none_of(exempt_.begin(), exempt_.end(),
                   [&](const Network& network) { return network.has(address); })) {
    return Verdict::kTooManyFromAddress;
  }
  ++from_address;
  ++all_;
  return Verdict::kIn;
}

void ConnectionCounter::leave(const Address& address) {
  MutexLock lock(mutex_);
  if (--all_ == 0) emptied_.notify_all();
  const auto found = per_address_.find(address.owner());
  if (--found->second == 0) per_address_.erase(found);
}

std::size_t ConnectionCounter::count() const {
  MutexLock lock(mutex_);
  return all_;
}

void ConnectionCounter::wait_until_empty(TimePoint deadline) {
  MutexLock lock(mutex_);
  while (all_ != 0 && emptied_.wait_until(mutex_, deadline)) {
  }
}

Acceptor::Acceptor(ConnectionCounter& counter, Refusal refusal, OnFailure on_failure)
    : counter_(counter), refusal_(std::move(refusal)), on_failure_(std::move(on_failure)) {}

Acceptor::~Acceptor() { stop(); }

void Acceptor::start(int listener, OnConnection on_connection) {
  listener_ = listener;
  on_connection_ = std::move(on_connection);
  fcntl(listener_, F_SETFL, fcntl(listener_, F_GETFL) | O_NONBLOCK);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  reserve_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  thread_ = std::thread([this] { run(); });
}

void Acceptor::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  const std::uint64_t one = 1;
  (void)!write(wake_, &one, sizeof one);
  thread_.join();
  for (const Leaver& leaver : leavers_) close(leaver.fd);
  leavers_.clear();
  close(listener_);
  close(wake_);
  if (reserve_ >= 0) close(reserve_);
}

void Acceptor::run() {
  while (!stopping_) {
    pollfd waits[2] = {{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    (void)poll(waits, 2, leavers_.empty() ? -1 : 100);
    if (waits[0].revents != 0) accept_some();
    if (!leavers_.empty()) see_off(std::chrono::steady_clock::now());
  }
  accept_some();  // whom the kernel has let in, closing the listener would cut off
}

void Acceptor::accept_some() {
  for (int i = 0; i < SOMAXCONN; ++i) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    const int fd = accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &length,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        on_failure_(errno);
        return survive_full_table();
      }
      // Whatever else went wrong (ECONNABORTED, EPROTO, …) is that one connection's trouble.
      if (errno == EAGAIN) return;
      continue;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const auto address = address_of(peer);
    switch (counter_.enter(address)) {
      case ConnectionCounter::Verdict::kIn:
        on_connection_(fd, Place(counter_, address));
        break;
      case ConnectionCounter::Verdict::kTooMany:
        turn_away(fd, ErrorCode::kTooManyConnections, address);
        break;
      case ConnectionCounter::Verdict::kTooManyFromAddress:
        turn_away(fd, ErrorCode::kTooManyFromAddress, address);
        break;
    }
  }
}

// Closing at once would reset the connection, for its request is unread, and take the answer with
// it.
void Acceptor::turn_away(int fd, ErrorCode why, const Address& peer) {
  const std::string response = refusal_(why, peer);
  refused_.fetch_add(1, std::memory_order_relaxed);
  (void)send(fd, response.data(), response.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  shutdown(fd, SHUT_WR);
  if (leavers_.size() == kMaxLeavers) {
    close(leavers_.front().fd);
    leavers_.pop_front();
  }
  leavers_.push_back({fd, std::chrono::steady_clock::now() + kLeaveWithin});
}

void Acceptor::survive_full_table() {
  if (!leavers_.empty()) {
    close(leavers_.front().fd);
    leavers_.pop_front();
    return;
  }
  if (reserve_ >= 0) {
    close(reserve_);
    reserve_ = -1;
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      const std::string response = refusal_(ErrorCode::kTooManyConnections, {});
      (void)send(fd, response.data(), response.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      char discard[4096];
      (void)recv(fd, discard, sizeof discard, MSG_DONTWAIT);
      close(fd);
    }
  }
  pollfd wait = {wake_, POLLIN, 0};
  (void)poll(&wait, 1, static_cast<int>(kTableFullPause.count()));
  if (reserve_ < 0) reserve_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void Acceptor::see_off(TimePoint now) {
  std::deque<Leaver> staying;
  for (const Leaver& leaver : leavers_) {
    char discard[4096];
    ssize_t got = 0;
    do {
      got = recv(leaver.fd, discard, sizeof discard, MSG_DONTWAIT);
    } while (got > 0 && leaver.until > now);
    const bool waiting = got < 0 && (errno == EAGAIN || errno == EINTR);
    if (waiting && leaver.until > now) {
      staying.push_back(leaver);
    } else {
      close(leaver.fd);
    }
  }
  leavers_.swap(staying);
}

}  // namespace encke
