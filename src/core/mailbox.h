// mailbox.h: the per-user message queue, and the place where readers wait.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/event.h"
#include "core/event_log.h"
#include "core/event_ring.h"
#include "core/mutex.h"
#include "core/reader.h"

namespace encke {

struct MailboxLimits {
  std::size_t max_events = 1000;
  std::chrono::milliseconds max_age = std::chrono::minutes(10);
  std::size_t max_readers = 8;
};

/// What a reader gets: events in log order, and the cursor to ask after next.
struct Batch {
  std::vector<EventPtr> events;
  Position next;
  Ending ending = Ending::kNone;
  /// The mailbox is closed (eviction) and this was the last of it.
  bool closed = false;
  /// What the mailbox has let go of could not be read from the log, for now: nothing is passed
  /// over.
  bool stuck = false;

  bool nothing() const { return events.empty() && ending == Ending::kNone && !closed; }
};

/// What one user has not read yet, in log order, bounded by count and age.
///
/// Reading does not remove: a cursor acknowledges what it has passed (architecture.md, D4), and
/// only count and age drop anything. A cursor from before that is served from the log, if that has
/// a past; what is not there any more is told of with a gap event. Waiting comes in two kinds, for
/// the two ways to hold a request (D2): wait() blocks on the condition variable, arm() leaves a
/// one-shot waker. Presence is judged from the two timestamps (D6), which are kept here and nowhere
/// else.
///
/// Every method may be called from any thread; none calls out with its lock held: who is to be
/// woken is added to a WakeList, which the caller runs when it holds no lock either.
class Mailbox final : public RefCounted {
 public:
  /// Events after `floor` will be kept; the user counts as seen and as having spoken at `now`.
  Mailbox(const MailboxLimits& limits, Position floor, TimePoint now);

  /// From now on, what is older than the floor is read from `log`, as far as `owed` is owed it.
  /// What is owed changes when its user joins a room, or leaves one.
  void recall_from(const EventLog& log, Owed owed);
  void owe(Owed owed);
  /// Null without recall_from().
  std::shared_ptr<const Owed> owed() const;

  /// Adds a committed event. Positions must grow.
  void push(const EventPtr& event, WakeList& wakes);

  /// Lets go of what is older than the limit.
  void expire(WallTime now);

  /// Nothing more will come but `last`, which has no position: it is read once, by every reader
  /// there is, or else by the next one.
  void close(EventPtr last, WakeList& wakes);

  /// The events after `cursor`, at most `limit`. `out` is overwritten; its memory is reused.
  void read(Position cursor, std::size_t limit, Batch& out);

  /// Enters a reader: the user is live until it leaves. Ends an older reader of the same name, and
  /// the oldest when there are too many.
  void enter(Reader& reader, TimePoint now, WakeList& wakes);
  void leave(Reader& reader, TimePoint now);

  /// read(), and when that finds nothing, the reader is woken once when there is something.
  void read_or_arm(Reader& reader, Position cursor, std::size_t limit, Batch& out);

  /// read(), and in any case the reader is woken once there is something after what was read: for
  /// streams, which would arm again anyway.
  void read_and_arm(Reader& reader, Position cursor, std::size_t limit, Batch& out);

  /// read(), blocking until there is something or `deadline` passes.
  void wait(Reader& reader, Position cursor, std::size_t limit, TimePoint deadline, Batch& out);

  /// Ends every reader there is, and each that still enters: the user is out, or the server goes
  /// away.
  void end_readers(Ending ending, WakeList& wakes);
  /// Ends those of one session. Who enters later looks at Session::ended, which is set before.
  void end_session(std::uint64_t session, WakeList& wakes);

  void seen(TimePoint now);
  void spoke(TimePoint now);

  struct Liveness {
    bool reading = false;  ///< a poll is held or a stream is live
    TimePoint last_seen;
    TimePoint last_spoke;
  };
  Liveness liveness() const;

  std::size_t size() const;
  /// Reading after this gives all that is here, in memory.
  Position floor() const;
  /// The oldest cursor that is not answered with a gap.
  Position earliest() const;

 private:
  void drop_front() REQUIRES(mutex_);
  void drop_older_than(WallTime now) REQUIRES(mutex_);
  template <class Then>
  void read_then(Position cursor, std::size_t limit, Batch& out, Then then) EXCLUDES(mutex_);
  void fill(Position cursor, std::size_t limit, Batch& out) REQUIRES(mutex_);
  bool is_behind(Position cursor, std::size_t limit, const Batch& out) const REQUIRES(mutex_);
  void recall(Position& cursor, std::size_t limit, Batch& out) EXCLUDES(mutex_);
  void wake(Reader& reader, WakeList& wakes) REQUIRES(mutex_);
  bool unlink(Reader& reader) REQUIRES(mutex_);

  const MailboxLimits& limits_;
  mutable Mutex mutex_;
  CondVar arrived_;
  EventRing ring_ GUARDED_BY(mutex_);
  // Everything after this position is in the ring, or was never for this user.
  Position floor_ GUARDED_BY(mutex_);
  Reader* newest_ GUARDED_BY(mutex_) = nullptr;
  EventPtr last_ GUARDED_BY(mutex_);  // of a closed mailbox
  TimePoint last_seen_ GUARDED_BY(mutex_);
  TimePoint last_spoke_ GUARDED_BY(mutex_);
  std::uint32_t blocked_ GUARDED_BY(mutex_) = 0;     // readers inside wait()
  Ending ended_ GUARDED_BY(mutex_) = Ending::kNone;  // by end_readers()
  const EventLog* past_ GUARDED_BY(mutex_) = nullptr;
  std::shared_ptr<const Owed> owed_ GUARDED_BY(mutex_);
};

using MailboxPtr = Ref<Mailbox>;

}  // namespace encke
