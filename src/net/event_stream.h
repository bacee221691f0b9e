// event_stream.h: what a stream sends and when it is over, whichever way it is held.
#pragma once

#include <cstddef>
#include <string>

#include "core/clock.h"
#include "core/mailbox.h"
#include "core/random.h"
#include "net/net_options.h"
#include "net/request.h"

namespace encke {

/// One stream's course: its opening, its parts, its beats and its end. The holder reads the mailbox
/// after Hold::since, and sends what these append to `part`. Not thread-safe.
class EventStream {
 public:
  /// What the stream begins with.
  void open(const Hold& hold, const NetOptions& options, RandomSource& random, TimePoint now,
            std::string& part);

  enum class Next {
    kWait,  ///< all of the batch is in the part
    kMore,  ///< not all of it fitted: read again
    kEnd,   ///< the part is the last; Batch::closed says if the session ends with it
  };
  /// The batch, or as much of it as one part may hold. Moves `hold.since` on. `clients` are as many
  /// as would come back at once, should the server go away.
  Next take(Batch& batch, Hold& hold, const NetOptions& options, RandomSource& random,
            std::size_t clients, TimePoint now, std::string& part);

  /// When on_due() has something to send; never, if that is TimePoint::max().
  TimePoint due() const;
  /// A beat, or kEnd and how the stream ends, when its time is over.
  Next on_due(const Hold& hold, RandomSource& random, TimePoint now, std::string& part);

  /// Events in the last part.
  std::size_t taken() const { return taken_; }

 private:
  bool is_used_up(const Hold& hold, TimePoint now) const;
  static void end_with(const EventPtr& last, const Hold& hold, std::string& part);

  TimePoint last_sent_{};
  TimePoint ends_at_ = TimePoint::max();
  Duration heartbeat_{};
  std::size_t sent_ = 0;  // bytes
  std::size_t taken_ = 0;
  bool sent_event_ = false;
};

}  // namespace encke
