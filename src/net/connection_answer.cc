// connection_answer.cc: what a connection does with the outcome of its request: it replies, waits,
// holds a poll or streams. connection.cc has what comes before that, and what goes out.
#include "net/connection.h"
#include "net/server.h"

namespace encke {

void Connection::settle(Outcome outcome) {
  if (auto* now = std::get_if<Reply>(&outcome)) return reply(*now);
  if (auto* later = std::get_if<LaterPtr>(&outcome)) return wait_for(*later);
  Hold held = std::get<Hold>(std::move(outcome));
  held.stream ? stream(std::move(held)) : hold(std::move(held));
}

void Connection::reply(const Reply& reply) {
  tail_.keep_alive = tail_.keep_alive && !reply.close && !loop_.draining();
  loop_.output.clear();
  write_response(reply, tail_, loop_.output);
  state_ = State::kFlushing;
  send_response(loop_.output);
}

void Connection::wait_for(const LaterPtr& later) {
  state_ = State::kWorking;
  working_ = make_ref<Working>(*this);
  later->when_ready([&loop = loop_, later, working = working_] {
    loop.post([later, working] {
      Connection* const connection = working->connection;
      if (connection == nullptr) return;
      connection->working_.reset();
      connection->settle_late(later->take());
    });
  });
}

// What has happened on the connection meanwhile was looked at by nobody.
void Connection::settle_late(Outcome outcome) {
  tail_.keep_alive = tail_.keep_alive && !loop_.draining();
  settle(std::move(outcome));
  if (peer_closed_ && (state_ == State::kHeld || state_ == State::kStreaming)) close();
}

void Connection::hold(Hold held) {
  Mailbox& mailbox = *held.session->user->mailbox;
  Batch& batch = loop_.batch;
  if (tail_.head_only || held.deadline <= loop_.now()) {
    mailbox.read(held.since, held.limit, batch);
    return answer_hold(held, batch);
  }
  reader_ = make_ref<ParkedReader>(loop_, *this, std::move(held));
  NetCounters::add(loop_.counters().polls_held);
  NetCounters::add(loop_.counters().held_by(transport_of(reader_->hold, true)));
  state_ = State::kHeld;
  mailbox.enter(*reader_, loop_.now(), loop_.wakes);
  loop_.wakes.run();
  mailbox.read_or_arm(*reader_, reader_->hold.since, reader_->hold.limit, batch);
  end_late_reader(batch, *reader_->hold.session, loop_.draining());
  if (batch.nothing()) return set_deadline(reader_->hold.deadline - loop_.now());
  const Hold now = std::move(reader_->hold);
  const TimePoint committed = first_commit(batch, loop_.now());
  answer_hold(now, batch);
  delivered(committed);
}

void Connection::on_woken() {
  if (state_ == State::kStreaming) return pump(TimePoint());
  if (state_ != State::kHeld) return;
  Batch& batch = loop_.batch;
  const Hold& hold = reader_->hold;
  hold.session->user->mailbox->read_or_arm(*reader_, hold.since, hold.limit, batch);
  if (batch.nothing()) return;
  const Hold now = std::move(reader_->hold);
  const TimePoint committed = first_commit(batch, TimePoint());
  answer_hold(now, batch);
  delivered(committed);
}

// What somebody was waiting for has been given to the socket.
void Connection::delivered(TimePoint committed) {
  if (committed == TimePoint()) return;
  loop_.counters().delay.observe(loop_.context().clock.now() - committed);
}

void Connection::answer_hold(const Hold& hold, Batch& batch) {
  const Transport transport = transport_of(hold, reader_.get() != nullptr);
  if (reader_) {
    NetCounters::add(loop_.counters().poll_answers);
    NetCounters::sub(loop_.counters().held_by(transport));
    hold.session->user->mailbox->leave(*reader_, loop_.now());
    NetCounters::sub(loop_.counters().polls_held);
    reader_->connection = nullptr;
    reader_.reset();
  }
  shorten(batch, loop_.options().max_output);
  if (batch.ending == Ending::kDraining) {
    const auto retry = jittered_retry(loop_.context().random,
                                      loop_.counters().polls_held.load(std::memory_order_relaxed));
    batch.events.push_back(make_bye(retry));
    tail_.keep_alive = false;
  }
  loop_.counters().deliver(transport, batch.events.size());
  if (batch.events.empty()) NetCounters::add(loop_.counters().empty);
  loop_.body.clear();
  loop_.output.clear();
  hold.framing->answer(batch, hold.options(), loop_.body);
  write_answer(*hold.framing, hold.headers, loop_.body, tail_, loop_.output);
  if (batch.closed) loop_.context().service.closed(hold.session);
  batch.events.clear();
  state_ = State::kFlushing;
  send_response(loop_.output);
}

void Connection::stream(Hold held) {
  tail_.keep_alive = false;
  loop_.body.clear();
  loop_.output.clear();
  write_stream_head(*held.framing, held.headers, tail_, loop_.output);
  if (tail_.head_only) {
    state_ = State::kFlushing;
    return send_response(loop_.output);
  }
  Mailbox& mailbox = *held.session->user->mailbox;
  reader_ = make_ref<ParkedReader>(loop_, *this, std::move(held));
  reader_->course = std::make_unique<EventStream>();
  reader_->course->open(reader_->hold, loop_.options(), loop_.context().random, loop_.now(),
                        loop_.body);
  write_stream_part(loop_.body, tail_.minor, loop_.output);
  NetCounters::add(loop_.counters().streams);
  NetCounters::add(loop_.counters().held_by(transport_of(reader_->hold, true)));
  state_ = State::kStreaming;
  arriving_.reset();  // a stream is the last answer on its connection
  mailbox.enter(*reader_, loop_.now(), loop_.wakes);
  loop_.wakes.run();
  set_stream_deadline();
  send_response(loop_.output);
  pump(loop_.now());
}

// Sends what the mailbox has for a stream. While the socket takes no more, the mailbox is the
// queue: the stream reads on when its output has drained, and is told of a gap if that took too
// long. What was said since `waited` was waited for.
void Connection::pump(TimePoint waited) {
  while (state_ == State::kStreaming && !outgoing_) {
    Batch& batch = loop_.batch;
    Hold& hold = reader_->hold;
    hold.session->user->mailbox->read_and_arm(*reader_, hold.since, hold.limit, batch);
    end_late_reader(batch, *hold.session, loop_.draining());
    if (batch.nothing()) return;
    const bool full = batch.events.size() >= hold.limit;  // a gap comes besides
    const TimePoint committed = first_commit(batch, waited);
    loop_.body.clear();
    const auto next = reader_->course->take(
        batch, hold, loop_.options(), loop_.context().random,
        loop_.counters().streams.load(std::memory_order_relaxed), loop_.now(), loop_.body);
    loop_.counters().deliver(transport_of(hold, true), reader_->course->taken());
    send_part(next, loop_.body, batch.closed);  // after which the hold may be gone
    delivered(committed);
    // There was no more: the reader is armed.
    if (next == EventStream::Next::kWait && !full) return;
  }
}

// `closed`: with this part the user has been told that the session is over.
void Connection::send_part(EventStream::Next next, std::string_view part, bool closed) {
  loop_.output.clear();
  write_stream_part(part, tail_.minor, loop_.output);
  if (next == EventStream::Next::kEnd) {
    if (tail_.minor == 1) loop_.output += kLastChunk;
    const SessionPtr session = reader_->hold.session;
    leave_mailbox();
    if (closed) loop_.context().service.closed(session);
    state_ = State::kFlushing;
  }
  send(loop_.output);
}

// A stream that has nothing to do but to beat, or to end.
void Connection::set_stream_deadline() {
  if (state_ != State::kStreaming || outgoing_) return;
  const TimePoint due = reader_->course->due();
  if (due == TimePoint::max()) return loop_.timers().cancel(*this);
  loop_.timers().set(*this, due);
}

void Connection::leave_mailbox() {
  if (!reader_) return;
  const Hold& hold = reader_->hold;
  NetCounters::sub(hold.stream ? loop_.counters().streams : loop_.counters().polls_held);
  NetCounters::sub(loop_.counters().held_by(transport_of(hold, true)));
  hold.session->user->mailbox->leave(*reader_, loop_.now());
  reader_->connection = nullptr;
  reader_.reset();
}

}  // namespace encke
