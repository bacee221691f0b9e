// event_log.h: the one place where events get their order (architecture.md, D5).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "core/error.h"
#include "core/event.h"
#include "core/position.h"

namespace encke {

/// Which past events to give: those of a room, or those between two users.
struct HistoryQuery {
  std::string room = {};  ///< of this room, when not empty
  std::string user = {};  ///< else: private ones between these two
  std::string with = {};
  Position after = {};  ///< only newer ones than this; all, if it is of another epoch
  std::optional<Position> before = {};  ///< only older ones than this
  std::size_t limit = 50;
};

/// What one user is owed of the past: what was said in a room while they were in it, and what they
/// said or were told in private since they came.
struct Owed {
  /// In a room: events after the offset `since`, up to `until`.
  struct Stay {
    static constexpr std::uint64_t kStill = ~std::uint64_t{0};
    std::string room;
    std::uint64_t since = 0;
    std::uint64_t until = kStill;
  };
  std::string nickname;
  Position born;
  std::vector<Stay> stays;
  std::uint64_t forgotten =
      0;  ///< of the stays that were over by then, some are not known any more

  /// Nothing is owed up to there, or it is not known whether.
  Position earliest() const { return {born.epoch, std::max(born.offset, forgotten)}; }
};

struct History {
  std::vector<EventPtr> events;  ///< oldest first
  bool more = false;             ///< there are older ones
};

/// Gives every event its position and keeps it: in memory, or on a disk with SQLite; both pass the
/// same tests (tests/contract/event_log_contract.h).
///
/// Appending is asynchronous: `done` may run before append() returns or later, on any thread, and
/// never with a lock of the log's held. Every committed event goes to the sink first and then to
/// its `done`; the sink sees all events, in log order, one call at a time. Every method may be
/// called from any thread, from within the sink and from within `done` too.
class EventLog {
 public:
  using Sink = std::function<void(std::span<const EventPtr>)>;
  using Done = std::function<void(tl::expected<EventPtr, Error>)>;

  virtual ~EventLog() = default;

  /// Where committed events go. Once, before the first append().
  virtual void start(Sink sink) = 0;

  /// Commits `event`, whose position and time it fills in. Errors: kLogUnavailable.
  virtual void append(Ref<Event> event, Done done) = 0;

  /// The last position given out.
  virtual Position end() const = 0;

  /// Committed messages (kMessage, kPrivate), as far back as the log keeps them. kLogUnavailable.
  virtual tl::expected<History, Error> history(const HistoryQuery& query) const = 0;

  /// The past that mailboxes have let go of, for a log that has it: past() gives everything after
  /// this position. It may grow at any time: what past() gave is whole if oldest() is still not
  /// beyond `after` when it has returned.
  virtual Position oldest() const { return end(); }
  /// Appends to `out` the events that `owed` is owed after `after` and up to `upto`, which are of
  /// this log's epoch: the first `limit` of them. kLogUnavailable.
  virtual tl::expected<void, Error> past(const Owed& owed, Position after, Position upto,
                                         std::size_t limit, std::vector<EventPtr>& out) const;
  /// The events with a send key that are no older than that when the newest event was committed, in
  /// order. kLogUnavailable.
  virtual tl::expected<std::vector<EventPtr>, Error> keyed(std::chrono::milliseconds within) const;
};

inline tl::expected<void, Error> EventLog::past(const Owed&, Position, Position, std::size_t,
                                                std::vector<EventPtr>&) const {
  return {};
}
inline tl::expected<std::vector<EventPtr>, Error> EventLog::keyed(std::chrono::milliseconds) const {
  return {};
}

}  // namespace encke
