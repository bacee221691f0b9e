// server.h: what both ways to hold a request have in common, as seen from outside of net.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/random.h"
#include "net/counters.h"
#include "net/net_options.h"
#include "net/request.h"

namespace encke {

/// Every method may be called from any thread, but start() and stop() by one.
class NetServer {
 public:
  virtual ~NetServer() = default;

  /// Binds and serves. Why not, if it cannot.
  virtual std::optional<std::string> start() = 0;
  virtual int port() const = 0;

  /// Reads the certificate and its key anew, if there are any, for connections from now on. Why
  /// not, if they are not in order: then the old ones stay.
  virtual std::optional<std::string> reload() = 0;

  /// Accepts nothing more and lets go of what is idle. Held polls and streams end when the hub ends
  /// their readers.
  virtual void begin_drain() = 0;
  /// Waits, at most NetOptions::drain_within, until the last connection is done; then ends them
  /// all.
  virtual void stop() = 0;

  virtual std::size_t connections() const = 0;
  virtual void add_counters(NetCounters& sum) const = 0;
};

/// `--hold=park`: epoll loops; a held request costs no thread.
std::unique_ptr<NetServer> make_parked_server(const NetOptions& options, Service& service,
                                              const Clock& clock, RandomSource& random);
/// `--hold=thread`: cpp-httplib's thread pool; a held request's thread waits on the mailbox's
/// condition variable.
std::unique_ptr<NetServer> make_threaded_server(const NetOptions& options, Service& service,
                                                const Clock& clock, RandomSource& random);

/// How long a client that was told `bye` is to stay away: different for each.
std::chrono::milliseconds jittered_retry(RandomSource& random, std::size_t clients);

/// A request may enter its mailbox just after everybody in there was told to end: then it ends too.
inline void end_late_reader(Batch& batch, const Session& session, bool draining) {
  if (batch.ending != Ending::kNone) return;
  if (session.ended.load()) batch.ending = Ending::kClosed;
  if (draining) batch.ending = Ending::kDraining;
}

/// How a hold's events get to its reader. `held`: it waits, or did.
Transport transport_of(const Hold& hold, bool held);

/// When the first of a batch's events was committed; TimePoint() if that was before `since`, or
/// none of them was.
TimePoint first_commit(const Batch& batch, TimePoint since);

/// Cuts a poll's answer to about `max_bytes`, if that is not 0: one event at least. What is left
/// out is asked for with `next`.
void shorten(Batch& batch, std::size_t max_bytes);

/// A `bye` to add to what a reader gets.
EventPtr make_bye(std::chrono::milliseconds retry);

/// What a stream is told when it ends, if anything: when it is moved out of the way by another
/// reader of the same user, to stay away for a good while, or those two would take turns for ever.
EventPtr stream_bye(Ending ending, RandomSource& random, std::size_t clients);

/// A span, jittered down by up to a quarter.
Duration jittered(RandomSource& random, std::chrono::milliseconds span);

}  // namespace encke
