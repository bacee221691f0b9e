// event_log.h: the one place where events get their order (architecture.md, D5).
#pragma once

#include <cstddef>
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

struct History {
  std::vector<EventPtr> events;  ///< oldest first
  bool more = false;             ///< there are older ones
};

/// Gives every event its position and keeps it. Memory here; SQLite and Redis Streams implement the
/// same, and pass the same tests (tests/contract/event_log_contract.h).
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

  /// Committed messages (kMessage, kPrivate), as far back as the log keeps them.
  virtual History history(const HistoryQuery& query) const = 0;
};

}  // namespace encke
