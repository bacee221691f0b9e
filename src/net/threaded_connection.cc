#include "net/threaded_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace encke {
namespace {

constexpr std::chrono::hours kForever{24};

TimePoint after(TimePoint start, std::chrono::milliseconds limit) {
  return start + (limit.count() == 0 ? std::chrono::milliseconds(kForever) : limit);
}

}  // namespace

bool wait_for(int fd, short events, TimePoint deadline, const Clock& clock) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.now()).count();
    if (left < 0) return false;
    pollfd wait = {fd, events, 0};
    const int ready = poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(left + 1, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

ssize_t SocketStream::write_all(const char* data, std::size_t size) {
  const SystemClock clock;
  std::size_t sent = 0;
  while (sent < size && !failed_) {
    const ssize_t count = socket_.send({data + sent, size - sent});
    if (count >= 0) {
      const auto written = static_cast<std::size_t>(count);
      const std::size_t head = head_.head_bytes({data + sent, written});
      NetCounters::add(traffic_.head_out, head);
      NetCounters::add(traffic_.body_out, written - head);
      sent += written;
    } else if (errno == EAGAIN) {
      const TimePoint deadline = after(clock.now(), options_.stall_after);
      NetCounters::add(counters_.waiting, size - sent);
      const bool ready = wait_for(socket_.fd(), socket_.waits_for(POLLOUT), deadline, clock);
      NetCounters::sub(counters_.waiting, size - sent);
      if (!ready) {
        NetCounters::add(counters_.slow_cut);
        failed_ = true;
      }
    } else if (errno != EINTR) {
      failed_ = true;
    }
  }
  return failed_ ? -1 : static_cast<ssize_t>(size);
}

bool RequestReader::shake_hands() {
  const TimePoint deadline = after(clock_.now(), options_.head_within);
  while (true) {
    switch (socket_.handshake()) {
      case TlsSession::Handshake::kDone:
        return true;
      case TlsSession::Handshake::kWaits:
        if (wait_for(socket_.fd(), socket_.waits_for(POLLIN), deadline, clock_)) break;
        NetCounters::add(counters_.timed_out);
        return false;
      case TlsSession::Handshake::kPlainHttp: {
        NetCounters::add(counters_.refused);
        SocketStream stream({}, socket_, options_, counters_, false);
        static_cast<httplib::Stream&>(stream).write(kPlainHttpRefusal.data(),
                                                    kPlainHttpRefusal.size());
        linger();
        return false;
      }
      case TlsSession::Handshake::kFailed:
        linger();
        return false;
    }
  }
}

RequestReader::Result RequestReader::next(const std::function<void(bool)>& idle) {
  bytes_.erase(0, admission_.consumed());
  admission_.reset();
  TimePoint since = clock_.now();
  while (true) {
    if (!bytes_.empty()) {
      switch (admission_.look(bytes_)) {
        case Admission::Step::kReady:
          used_ = true;
          return Result::kReady;
        case Admission::Step::kRefused:
          error_ = admission_.error();
          return Result::kRefused;
        case Admission::Step::kContinue: {
          SocketStream stream({}, socket_, options_, counters_, false);
          static_cast<httplib::Stream&>(stream).write("HTTP/1.1 100 Continue\r\n\r\n", 25);
          break;
        }
        case Admission::Step::kMore:
          break;
      }
    }
    TimePoint deadline;
    if (bytes_.empty()) {
      deadline = after(since, used_ ? options_.keep_alive : options_.head_within);
      idle(true);
    } else {
      deadline = after(since, options_.head_within);
      if (const auto body = admission_.body_arrived()) {
        // What a body has earned by haste, it may not spend on standing still.
        deadline = options_.body_rate == 0
                       ? after(since, std::chrono::milliseconds(0))
                       : std::min(deadline + std::chrono::seconds(*body / options_.body_rate),
                                  after(clock_.now(), options_.head_within));
      }
    }
    const bool first = bytes_.empty();
    const bool more = read_more(deadline);
    if (first) {
      idle(false);
      since = clock_.now();
    }
    if (more) continue;
    if (!timed_out_ || bytes_.empty()) return Result::kClosed;
    NetCounters::add(counters_.timed_out);
    error_ = {ErrorCode::kRequestTimeout, ""};
    return Result::kRefused;
  }
}

bool RequestReader::read_more(TimePoint deadline) {
  std::array<char, 16 * 1024> buffer;
  while (true) {
    const ssize_t got = socket_.receive(buffer.data(), buffer.size());
    if (got > 0) {
      bytes_.append(buffer.data(), static_cast<std::size_t>(got));
      return true;
    }
    if (got == 0) return false;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    if (!wait_for(socket_.fd(), socket_.waits_for(POLLIN), deadline, clock_)) {
      timed_out_ = true;
      return false;
    }
  }
}

bool RequestReader::peer_gone() const {
  pollfd look = {socket_.fd(), POLLRDHUP, 0};
  return poll(&look, 1, 0) > 0;
}

void RequestReader::linger() {
  socket_.finish_sending();
  const TimePoint until = clock_.now() + std::chrono::seconds(2);
  std::array<char, 16 * 1024> discard;
  while (wait_for(socket_.fd(), POLLIN, until, clock_)) {
    const ssize_t got = socket_.receive(discard.data(), discard.size());
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return;
  }
}

}  // namespace encke
