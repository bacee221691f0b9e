// http_answer.cc: a stream of a program's own is a mailbox like any other: what is written is
// pushed, whoever holds the connection reads it from there, and a reader that is too slow misses
// the oldest. So a slow reader costs a bounded queue, and both ways to hold are the same to it.
#include "app/http_answer.h"

#include "net/http_writer.h"

namespace encke {
namespace {

constexpr std::uint64_t kEpoch = 1;
constexpr std::size_t kBatch = 64;
const MailboxLimits kLimits = {1000, std::chrono::seconds(10), 1};

void open_raw(std::chrono::milliseconds, const FramingOptions&, std::string&) {}
void beat_raw(const FramingOptions&, std::string&) {}
void event_raw(const Event& event, std::string& out) {
  if (event.kind == EventKind::kMessage) out += event.text;
}

}  // namespace

// --- All of them ---

bool HttpAnswers::add(const std::shared_ptr<HttpAnswer::State>& state) {
  MutexLock lock(mutex_);
  if (!ended_) states_[state.get()] = state;
  return !ended_;
}

void HttpAnswers::remove(HttpAnswer::State& state) {
  MutexLock lock(mutex_);
  states_.erase(&state);
}

void HttpAnswers::end_all(const Reply& reply) {
  std::map<HttpAnswer::State*, std::weak_ptr<HttpAnswer::State>> states;
  {
    MutexLock lock(mutex_);
    ended_ = true;
    states.swap(states_);
  }
  for (const auto& [key, weak] : states) {
    const auto state = weak.lock();
    if (!state) continue;
    state->send(reply);
    state->end();
  }
}

const Framing& HttpAnswers::framing(std::string_view content_type) {
  MutexLock lock(mutex_);
  auto found = framings_.find(content_type);
  if (found == framings_.end()) {
    found = framings_.emplace(content_type, Framing()).first;
    found->second = {.name = "raw",
                     .content_type = found->first,
                     .open = open_raw,
                     .event = event_raw,
                     .beat = beat_raw};
  }
  return found->second;
}

// --- One ---

HttpAnswer::State::~State() {
  all_->remove(*this);
  end();
  send(std::move(dropped_));
}

void HttpAnswer::State::send(Reply reply) {
  {
    MutexLock lock(mutex_);
    if (phase_ != Phase::kUndecided) return;
    phase_ = Phase::kSent;
  }
  later_->complete(std::move(reply));
}

void HttpAnswer::State::open(std::string_view content_type) {
  const Framing& framing = all_->framing(content_type);
  MutexLock lock(mutex_);
  if (phase_ != Phase::kUndecided || decided_) return;
  phase_ = Phase::kStreaming;
  framing_ = &framing;
  const Position start{kEpoch, 0};
  const auto user = make_ref<User>("", make_ref<Mailbox>(kLimits, start, TimePoint::min()), start);
  session_ = make_ref<Session>(Token::make(all_->random), user, start);
}

bool HttpAnswer::State::write(std::string_view part) {
  auto event = make_ref<Event>();
  event->text = part;
  event->time = all_->clock.wall_now();
  WakeList wakes;
  {
    MutexLock lock(mutex_);
    if (phase_ != Phase::kStreaming) return false;
    Mailbox& mailbox = *session_->user->mailbox;
    const Mailbox::Liveness reader = mailbox.liveness();
    if (!reader.reading && reader.last_seen != TimePoint::min()) {
      phase_ = Phase::kOver;  // was there, and went
      return false;
    }
    if (part.empty()) return true;
    event->position = {kEpoch, ++parts_};
    mailbox.push(event, wakes);
  }
  wakes.run();
  return true;
}

void HttpAnswer::State::end() {
  WakeList wakes;
  {
    MutexLock lock(mutex_);
    if (phase_ != Phase::kStreaming) return;
    phase_ = Phase::kOver;
    auto last = make_ref<Event>();
    last->kind = EventKind::kNouser;  // has no position, and as bytes is nothing
    session_->user->mailbox->close(last, wakes);
  }
  wakes.run();
}

Outcome HttpAnswer::State::outcome(const RequestHead& head) {
  MutexLock lock(mutex_);
  decided_ = true;
  if (!session_) return later_;
  if (head.method == "HEAD") phase_ = Phase::kOver;  // its stream is read by nobody
  Hold hold;
  hold.session = session_;
  hold.since = session_->cursor;
  hold.framing = framing_;
  hold.limit = kBatch;
  hold.stream = std::make_shared<StreamTerms>();
  return hold;
}

// --- What a program sees ---

void HttpAnswer::send(std::string body, std::string_view content_type, int status) {
  Reply reply;
  reply.status = status;
  reply.content_type = content_type;
  reply.body = std::move(body);
  reply.headers = live_headers(false);
  state_->send(std::move(reply));
}
void HttpAnswer::open(std::string_view content_type) { state_->open(content_type); }
bool HttpAnswer::write(std::string_view part) { return state_->write(part); }
void HttpAnswer::end() { state_->end(); }

}  // namespace encke
