// mailbox.cc: see mailbox.h for the idea.
//
// The list of readers runs from the newest to the oldest and is rarely longer than two, so it is
// walked; the list holds a reference to each, taken in enter() and given back in leave().
#include "core/mailbox.h"

#include <algorithm>

namespace encke {
namespace {

EventPtr make_gap(Position after, Position oldest) {
  auto gap = make_ref<Event>();
  gap->kind = EventKind::kGap;
  gap->after = after;
  gap->oldest = oldest;
  return gap;
}

// After this, everything that is owed is in the log, or in the ring, which begins at `floor`: it
// may still have what the log has let go of.
Position earliest_of(const EventLog& log, const Owed& owed, Position floor) {
  Position earliest = log.oldest();
  if (earliest.offset < owed.earliest().offset) earliest = owed.earliest();
  return earliest.offset < floor.offset ? earliest : floor;
}

void begin(Position cursor, Batch& out) {
  out.events.clear();
  out.next = cursor;
  out.ending = Ending::kNone;
  out.closed = false;
  out.stuck = false;
}

}  // namespace

Mailbox::Mailbox(const MailboxLimits& limits, Position floor, TimePoint now)
    : limits_(limits), floor_(floor), last_seen_(now), last_spoke_(now) {}

void Mailbox::push(const EventPtr& event, WakeList& wakes) {
  MutexLock lock(mutex_);
  if (last_) return;
  ring_.push_back(event);
  drop_older_than(event->time);
  while (limits_.max_events != 0 && ring_.size() > limits_.max_events) drop_front();
  for (Reader* reader = newest_; reader != nullptr; reader = reader->next_) {
    if (reader->armed_ && event->position.offset > reader->cursor_) wake(*reader, wakes);
  }
  if (blocked_ != 0) arrived_.notify_all();
}

void Mailbox::expire(WallTime now) {
  MutexLock lock(mutex_);
  drop_older_than(now);
}

void Mailbox::close(EventPtr last, WakeList& wakes) {
  MutexLock lock(mutex_);
  last_ = std::move(last);
  for (Reader* reader = newest_; reader != nullptr; reader = reader->next_) wake(*reader, wakes);
  if (blocked_ != 0) arrived_.notify_all();
}

void Mailbox::recall_from(const EventLog& log, Owed owed) {
  auto shared = std::make_shared<const Owed>(std::move(owed));
  MutexLock lock(mutex_);
  past_ = &log;
  owed_ = std::move(shared);
}

void Mailbox::owe(Owed owed) {
  auto shared = std::make_shared<const Owed>(std::move(owed));
  MutexLock lock(mutex_);
  owed_ = std::move(shared);
}

std::shared_ptr<const Owed> Mailbox::owed() const {
  MutexLock lock(mutex_);
  return owed_;
}

// Reading goes in turns: under the lock, as long as the ring has what is asked for; without it, to
// read from the log what the ring has let go of. `then` is called under the lock, with all of it in
// `out`.
template <class Then>
void Mailbox::read_then(Position cursor, std::size_t limit, Batch& out, Then then) {
  begin(cursor, out);
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!is_behind(cursor, limit, out)) {
        fill(cursor, limit, out);
        then();
        return;
      }
    }
    recall(cursor, limit, out);
  }
}

void Mailbox::read(Position cursor, std::size_t limit, Batch& out) {
  read_then(cursor, limit, out, [] {});
}

void Mailbox::enter(Reader& reader, TimePoint now, WakeList& wakes) {
  reader.add_ref();
  MutexLock lock(mutex_);
  last_seen_ = now;
  reader.ending_ = ended_;
  reader.next_ = newest_;
  newest_ = &reader;
  std::size_t living = 1;
  for (Reader* other = reader.next_; other != nullptr; other = other->next_) {
    if (other->ending_ != Ending::kNone) continue;
    const bool same = reader.name_ != 0 && other->name_ == reader.name_;
    // Newest first: whoever is beyond the limit is the oldest there is.
    if (same || (limits_.max_readers != 0 && living == limits_.max_readers)) {
      other->ending_ = Ending::kSuperseded;
      wake(*other, wakes);
      if (blocked_ != 0) arrived_.notify_all();
    } else {
      ++living;
    }
  }
}

void Mailbox::leave(Reader& reader, TimePoint now) {
  bool held = false;
  {
    MutexLock lock(mutex_);
    held = unlink(reader);
    if (held) last_seen_ = now;
  }
  if (held) reader.release();
}

void Mailbox::read_or_arm(Reader& reader, Position cursor, std::size_t limit, Batch& out) {
  read_then(cursor, limit, out, [&]() REQUIRES(mutex_) {
    out.ending = reader.ending_;
    if (!out.nothing()) return;
    reader.cursor_ = out.next.offset;
    reader.armed_ = true;
  });
}

void Mailbox::read_and_arm(Reader& reader, Position cursor, std::size_t limit, Batch& out) {
  read_then(cursor, limit, out, [&]() REQUIRES(mutex_) {
    out.ending = reader.ending_;
    reader.cursor_ = out.next.offset;
    // With more to read at once there is nothing to wait for: the caller comes back by itself.
    const bool more =
        !out.stuck && !ring_.empty() && ring_.back()->position.offset > out.next.offset;
    reader.armed_ = !more && out.ending == Ending::kNone && !out.closed;
  });
}

void Mailbox::wait(Reader& reader, Position cursor, std::size_t limit, TimePoint deadline,
                   Batch& out) {
  bool over = false;
  for (bool in_time = true; !over;) {
    read_then(cursor, limit, out, [&]() REQUIRES(mutex_) {
      out.ending = reader.ending_;
      over = !out.nothing() || !in_time;
      if (over) return;
      ++blocked_;
      in_time = arrived_.wait_until(mutex_, deadline);
      --blocked_;
    });
  }
}

void Mailbox::end_readers(Ending ending, WakeList& wakes) {
  MutexLock lock(mutex_);
  ended_ = ending;
  for (Reader* reader = newest_; reader != nullptr; reader = reader->next_) {
    if (reader->ending_ != Ending::kNone) continue;
    reader->ending_ = ending;
    wake(*reader, wakes);
  }
  if (blocked_ != 0) arrived_.notify_all();
}

void Mailbox::end_session(std::uint64_t session, WakeList& wakes) {
  MutexLock lock(mutex_);
  for (Reader* reader = newest_; reader != nullptr; reader = reader->next_) {
    if (reader->session_ != session || reader->ending_ != Ending::kNone) continue;
    reader->ending_ = Ending::kClosed;
    wake(*reader, wakes);
  }
  if (blocked_ != 0) arrived_.notify_all();
}

void Mailbox::seen(TimePoint now) {
  MutexLock lock(mutex_);
  last_seen_ = now;
}

void Mailbox::spoke(TimePoint now) {
  MutexLock lock(mutex_);
  last_seen_ = now;
  last_spoke_ = now;
}

Mailbox::Liveness Mailbox::liveness() const {
  MutexLock lock(mutex_);
  return {newest_ != nullptr, last_seen_, last_spoke_};
}

std::size_t Mailbox::size() const {
  MutexLock lock(mutex_);
  return ring_.size();
}

Position Mailbox::floor() const {
  MutexLock lock(mutex_);
  return floor_;
}

Position Mailbox::earliest() const {
  MutexLock lock(mutex_);
  if (past_ == nullptr) return floor_;
  return earliest_of(*past_, *owed_, floor_);
}

void Mailbox::drop_older_than(WallTime now) {
  if (limits_.max_age.count() == 0) return;
  while (!ring_.empty() && ring_.front()->time + limits_.max_age < now) drop_front();
}

void Mailbox::drop_front() {
  floor_ = ring_.front()->position;
  ring_.pop_front();
}

bool Mailbox::is_behind(Position cursor, std::size_t limit, const Batch& out) const {
  return past_ != nullptr && cursor.epoch == floor_.epoch && cursor.offset < floor_.offset &&
         out.events.size() < limit && !out.stuck;
}

// Reads on from the log up to where the ring begins, or until there are enough.
void Mailbox::recall(Position& cursor, std::size_t limit, Batch& out) {
  const EventLog* log = nullptr;
  std::shared_ptr<const Owed> owed;
  Position floor;
  {
    MutexLock lock(mutex_);
    log = past_;
    owed = owed_;
    floor = floor_;
  }
  const auto is_gone = [&] {
    const Position oldest = earliest_of(*log, *owed, floor);
    if (cursor.offset >= oldest.offset) return false;
    out.events.push_back(make_gap(cursor, oldest));
    cursor = oldest;
    return true;
  };
  if (is_gone()) return;
  const std::size_t before = out.events.size();
  if (!log->past(*owed, cursor, floor, limit - before, out.events)) {
    out.stuck = true;
    return;
  }
  // The log may have let go of some of that while it was read, which is no silence, but a gap.
  std::vector<EventPtr> read(out.events.begin() + static_cast<std::ptrdiff_t>(before),
                             out.events.end());
  out.events.resize(before);
  if (is_gone()) return;
  out.events.insert(out.events.end(), read.begin(), read.end());
  cursor = out.events.size() == limit ? out.events.back()->position : floor;
}

// What follows `cursor` in the ring, behind what is in `out` already.
void Mailbox::fill(Position cursor, std::size_t limit, Batch& out) {
  out.next = cursor;
  if (out.stuck || out.events.size() >= limit) return;
  limit -= out.events.size();
  std::size_t first = 0;
  if (cursor.epoch != floor_.epoch || cursor.offset < floor_.offset) {
    out.events.push_back(make_gap(cursor, floor_));
    out.next = floor_;
  } else {
    // Readers are mostly at the end of the queue: look from there.
    first = ring_.size();
    while (first > 0 && ring_[first - 1]->position.offset > cursor.offset) --first;
  }
  const std::size_t last = first + std::min(ring_.size() - first, limit);
  for (std::size_t i = first; i < last; ++i) out.events.push_back(ring_[i]);
  if (last > first) out.next = ring_[last - 1]->position;
  if (last_ && last == ring_.size()) {
    out.events.push_back(last_);
    out.closed = true;
  }
}

void Mailbox::wake(Reader& reader, WakeList& wakes) {
  if (!reader.armed_) return;
  reader.armed_ = false;
  wakes.add(reader);
}

bool Mailbox::unlink(Reader& reader) {
  for (Reader** link = &newest_; *link != nullptr; link = &(*link)->next_) {
    if (*link != &reader) continue;
    *link = reader.next_;
    reader.next_ = nullptr;
    reader.armed_ = false;
    return true;
  }
  return false;
}

}  // namespace encke
