#include "net/connection.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace encke {
namespace {

constexpr std::chrono::seconds kLingerFor{2};
constexpr std::chrono::milliseconds kSoon{1};
constexpr std::size_t kMaxAhead = 64 * 1024;  // who sends that much ahead waits for its answers

}  // namespace

void Connection::start() {
  const auto stall = static_cast<unsigned>(loop_.options().stall_after.count());
  setsockopt(socket_.fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, &stall, sizeof stall);
  socket_.secure_with(loop_.context().tls);
  if (socket_.secure()) state_ = State::kGreeting;
  set_deadline(loop_.options().head_within);
  loop_.watch(socket_.fd(), *this);
}

void Connection::close() {
  if (state_ == State::kClosed) return;
  leave_mailbox();
  if (outgoing_) {
    NetCounters::sub(loop_.counters().waiting, outgoing_->bytes.size() - outgoing_->sent);
  }
  if (working_) working_->connection = nullptr;
  if (!outgoing_) socket_.say_goodbye();
  state_ = State::kClosed;
  loop_.timers().cancel(*this);
  loop_.retire(*this);
}

// The other end takes nothing: the kernel may notice, by TCP_USER_TIMEOUT, before our deadline
// does.
void Connection::lose(int error) {
  if (error == ETIMEDOUT && state_ != State::kClosed) NetCounters::add(loop_.counters().slow_cut);
  close();
}

void Connection::drain() {
  // A request may be here of which the loop has not heard yet.
  if (state_ == State::kIdle && !arriving_) read_some();
  if ((state_ == State::kIdle && !arriving_) || state_ == State::kGreeting) close();
}

void Connection::set_deadline(Duration in) {
  if (in.count() == 0)
    return loop_.timers().cancel(*this);  // turned off; nor does an older one hold
  loop_.timers().set(*this, loop_.now() + in);
}

void Connection::on_events(std::uint32_t events) {
  if (state_ == State::kClosed) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    return lose(error);
  }
  if ((events & EPOLLRDHUP) != 0) peer_closed_ = true;
  if (state_ == State::kGreeting) {
    shake_hands();
    if (state_ == State::kGreeting) return;
    events |= EPOLLIN;  // what came with the handshake's end is told of no more
  }
  // A read of TLS may have waited to write, and a write to read.
  if (socket_.secure()) events |= EPOLLIN | EPOLLOUT;
  // In this order: what the end that has closed sent before is still to be answered.
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) read_some();
  if (state_ != State::kClosed && (events & EPOLLOUT) != 0 && outgoing_) flush();
}

void Connection::on_deadline(TimePoint now) {
  const NetOptions& options = loop_.options();
  if (outgoing_) {
    if (options.stall_after.count() != 0 && now - outgoing_->progress >= options.stall_after) {
      NetCounters::add(loop_.counters().slow_cut);
      return close();
    }
    return set_deadline(std::max<Duration>(options.stall_after, std::chrono::seconds(1)));
  }
  switch (state_) {
    case State::kIdle:
      if (arriving_) {
        // A head has its time; a body has that, and as much as its bytes so far have earned.
        const auto body = arriving_->admission.body_arrived();
        if (options.head_within.count() == 0 || (body && options.body_rate == 0)) return;
        Duration allowed = options.head_within;
        if (body) allowed += std::chrono::seconds(*body / options.body_rate);
        TimePoint due = arriving_->since + allowed;
        // What a body has earned by haste, it may not spend on standing still.
        if (body) due = std::min(due, arriving_->last_byte + options.head_within);
        if (now < due) return set_deadline(due - now);
        NetCounters::add(loop_.counters().timed_out);
        refuse({ErrorCode::kRequestTimeout, ""}, nullptr);
      } else {
        close();
      }
      return;
    case State::kHeld: {
      const Hold hold = std::move(reader_->hold);
      loop_.batch.events.clear();
      hold.session->user->mailbox->read(hold.since, hold.limit, loop_.batch);
      return answer_hold(hold, loop_.batch);
    }
    case State::kStreaming: {
      if (now < reader_->course->due()) return set_stream_deadline();
      loop_.body.clear();
      const auto next =
          reader_->course->on_due(reader_->hold, loop_.context().random, now, loop_.body);
      send_part(next, loop_.body, false);
      set_stream_deadline();
      return pump(loop_.now());  // a mailbox may have read in vain from a disk that failed
    }
    case State::kGreeting:
      NetCounters::add(loop_.counters().timed_out);
      return close();
    case State::kLingering:
      return close();
    default:
      return;
  }
}

// --- Reading ---

void Connection::shake_hands() {
  switch (socket_.handshake()) {
    case TlsSession::Handshake::kWaits:
      return;
    case TlsSession::Handshake::kDone:
      state_ = State::kIdle;
      return set_deadline(loop_.options().head_within);
    case TlsSession::Handshake::kPlainHttp:
      NetCounters::add(loop_.counters().refused);
      refused_ = true;
      state_ = State::kFlushing;
      return send_response(kPlainHttpRefusal);
    case TlsSession::Handshake::kFailed:
      return linger();
  }
}

void Connection::read_some() {
  while (state_ != State::kClosed) {
    const bool taking = state_ == State::kIdle;
    if (!taking && state_ != State::kLingering && state_ != State::kStreaming && arriving_ &&
        arriving_->bytes.size() >= kMaxAhead) {
      unread_ = true;
      break;
    }
    const ssize_t got = socket_.receive(loop_.input.data(), loop_.input.size());
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) lose(errno);
      break;
    }
    if (got == 0) {
      peer_closed_ = true;
      break;
    }
    const std::string_view bytes(loop_.input.data(), static_cast<std::size_t>(got));
    if (taking) {
      take(bytes);
    } else if (state_ != State::kLingering && state_ != State::kStreaming) {
      keep_arriving(bytes);  // the next request, ahead of time
    }
    if (!peer_closed_ && socket_.drained(bytes.size(), loop_.input.size())) return;
  }
  if (state_ == State::kClosed || !peer_closed_) return;
  // Whoever is waited for has gone; whoever has sent a whole request may still want its answer.
  const bool nobody = state_ == State::kHeld || state_ == State::kStreaming ||
                      state_ == State::kLingering || state_ == State::kIdle;
  if (nobody) close();
}

void Connection::keep_arriving(std::string_view rest) {
  if (!arriving_) {
    arriving_ = std::make_unique<Arriving>(loop_.options(), loop_.context().service);
    arriving_->since = loop_.now();
  }
  arriving_->bytes += rest;
  arriving_->last_byte = loop_.now();
}

void Connection::take(std::string_view bytes) {
  taking_ = true;
  if (arriving_) {
    arriving_->bytes += bytes;
    arriving_->last_byte = loop_.now();
    take_arriving();
  } else {
    while (!bytes.empty() && state_ == State::kIdle) {
      const auto rest = take_one(bytes);
      if (rest.size() == bytes.size() || state_ == State::kClosed) break;
      bytes = rest;
    }
    // A request that spans reads, or one sent ahead while another is being answered.
    if (!bytes.empty() && state_ != State::kClosed && state_ != State::kLingering && !refused_) {
      keep_arriving(bytes);
      if (state_ == State::kIdle) take_arriving();
    }
  }
  taking_ = false;
}

// The usual case: a whole request in one piece, served from the loop's own memory. Returns what was
// left of `bytes`; all of it if there is no whole request.
std::string_view Connection::take_one(std::string_view bytes) {
  Admission& admission = loop_.admission;
  admission.reset();
  switch (admission.look(bytes)) {
    case Admission::Step::kReady: {
      const std::size_t used = admission.consumed();
      serve(admission);
      return bytes.substr(used);
    }
    case Admission::Step::kRefused:
      refuse(admission.error(), admission.head_if_any());
      return {};
    default:
      return bytes;
  }
}

void Connection::take_arriving() {
  while (arriving_ && state_ == State::kIdle) {
    Arriving& arriving = *arriving_;
    switch (arriving.admission.look(arriving.bytes)) {
      case Admission::Step::kContinue:
        listens_ = false;
        send_response("HTTP/1.1 100 Continue\r\n\r\n");
        [[fallthrough]];
      case Admission::Step::kMore:
        // Counted from the first byte, so that more of them, ever so slowly, buy no more time.
        if (state_ == State::kIdle && loop_.options().head_within.count() != 0) {
          set_deadline(std::max<Duration>(
              arriving.since + loop_.options().head_within - loop_.now(), kSoon));
        }
        return;
      case Admission::Step::kRefused:
        refuse(arriving.admission.error(), arriving.admission.head_if_any());
        return;
      case Admission::Step::kReady:
        break;
    }
    const auto whole = std::move(arriving_);  // its bytes are what the request's views point to
    serve(whole->admission);
    if (state_ == State::kClosed) return;
    const auto rest = std::string_view(whole->bytes).substr(whole->admission.consumed());
    if (!rest.empty() && !refused_) keep_arriving(rest);
  }
}

void Connection::serve(Admission& admission) {
  const RequestHead& head = admission.head();
  const LoopContext& context = loop_.context();
  listens_ = context.service.is_direct(head);
  count_request(admission, loop_.counters().traffic(listens_));
  used_ = true;
  tail_ = {head.minor, head.keep_alive && !loop_.draining(), head.method == "HEAD"};
  if (context.options.direct_reads && listens_) {
    return settle(context.service.handle({head, {}, {}, place_.address(), socket_.secure()}));
  }
  const Request request{head, admission.body(), {}, place_.address(), socket_.secure()};
  loop_.output.clear();
  auto outcome = context.run_httplib(request, loop_.output);
  if (outcome) return settle(std::move(*outcome));
  state_ = State::kFlushing;
  send_response(loop_.output);
}

void Connection::refuse(const Error& error, const RequestHead* head) {
  NetCounters::add(loop_.counters().refused);
  tail_ = {head != nullptr ? head->minor : 1, false, head != nullptr && head->method == "HEAD"};
  const Reply reply = loop_.context().service.refuse(error, head, place_.address());
  arriving_.reset();
  refused_ = true;
  listens_ = false;
  this->reply(reply);
}

// --- Writing ---

// What begins with a response's head, which is counted apart from what follows it.
void Connection::send_response(std::string_view head_and_more) {
  head_left_ = static_cast<std::uint32_t>(HeadMeter().head_bytes(head_and_more));
  send(head_and_more);
}

ssize_t Connection::write_to_socket(std::string_view bytes) {
  const ssize_t sent = socket_.send(bytes);
  if (sent > 0) {
    Traffic& traffic = loop_.counters().traffic(listens_);
    const auto head = std::min(head_left_, static_cast<std::uint32_t>(sent));
    head_left_ -= head;
    NetCounters::add(traffic.head_out, head);
    NetCounters::add(traffic.body_out, static_cast<std::uint64_t>(sent) - head);
  }
  return sent;
}

void Connection::send(std::string_view bytes) {
  if (state_ == State::kClosed) return;
  if (!outgoing_) {
    while (!bytes.empty()) {
      const ssize_t sent = write_to_socket(bytes);
      if (sent < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN) break;
        return lose(errno);
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (bytes.empty()) {
      if (state_ == State::kFlushing) response_done();
      return;
    }
    outgoing_ = std::make_unique<Outgoing>();
    outgoing_->progress = loop_.now();
    set_deadline(loop_.options().stall_after);
  }
  outgoing_->bytes += bytes;
  NetCounters::add(loop_.counters().waiting, bytes.size());
}

void Connection::flush() {
  while (outgoing_->sent < outgoing_->bytes.size()) {
    const ssize_t sent =
        write_to_socket(std::string_view(outgoing_->bytes).substr(outgoing_->sent));
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return;
      return lose(errno);
    }
    outgoing_->sent += static_cast<std::size_t>(sent);
    NetCounters::sub(loop_.counters().waiting, static_cast<std::size_t>(sent));
    outgoing_->progress = loop_.now();
  }
  outgoing_.reset();
  if (state_ == State::kStreaming) {
    set_stream_deadline();
    pump(TimePoint::max());  // how late it is by now is the reader's own doing
  } else if (state_ == State::kFlushing) {
    response_done();
  }
}

void Connection::response_done() {
  if (refused_) return linger();
  if (!tail_.keep_alive) return close();
  state_ = State::kIdle;
  set_deadline(loop_.options().keep_alive);
  if (taking_) return;
  if (arriving_) {
    taking_ = true;
    arriving_->since = loop_.now();
    take_arriving();
    taking_ = false;
  }
  if (unread_ && state_ == State::kIdle) {
    unread_ = false;
    read_some();
  }
  if (peer_closed_ && state_ == State::kIdle) close();
}

// Closing with bytes unread would reset the connection and take the answer with it.
void Connection::linger() {
  state_ = State::kLingering;
  socket_.finish_sending();
  set_deadline(kLingerFor);
}

}  // namespace encke
