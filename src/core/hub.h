// hub.h: the chat itself: users, rooms, and who gets what.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "core/clock.h"
#include "core/due_queue.h"
#include "core/error.h"
#include "core/event_log.h"
#include "core/mailbox.h"
#include "core/random.h"
#include "core/room.h"
#include "core/send_keys.h"
#include "core/session.h"

namespace encke {

inline constexpr const char* kLobby = "lobby";

/// Zero turns a limit, or a rule, off.
struct HubOptions {
  MailboxLimits mailbox = {};
  std::size_t max_text = 16 * 1024;  // bytes of one message
  std::size_t max_users = 200'000;   // in all
  std::size_t max_rooms = 10'000;    // in all
  std::size_t max_rooms_of_user = 64;
  std::size_t max_sessions_of_user = 16;  // logins of one nickname at a time; the oldest goes
  std::chrono::milliseconds gone_after = std::chrono::seconds(60);
  std::chrono::milliseconds resume_within = std::chrono::minutes(5);
  std::chrono::milliseconds silent_after{0};
  std::chrono::milliseconds silent_check = std::chrono::seconds(3);
  std::chrono::milliseconds gather = std::chrono::milliseconds(250);
  std::size_t gather_members =
      1000;                      // a room of twice as many gathers for twice as long (ADR 0002)
  std::size_t max_changes = 50;  // named in one `system` event; the rest is counted
  std::chrono::milliseconds keep_send_keys = std::chrono::minutes(10);
  std::size_t max_send_keys = 100'000;
};

/// What is to be said.
struct Say {
  std::string text = {};
  std::optional<ImageRef> image = {};
  std::string to = {};    ///< a nickname: private; else
  std::string room = {};  ///< a room; the lobby when both are empty
  std::string key = {};   ///< said once for each key; may be empty
};

struct RoomInfo {
  std::string room;
  std::size_t size = 0;  ///< users online in it
  bool joined = false;   ///< by the user who asks
};

struct UserList {
  std::vector<std::string> users;  ///< online, sorted
  std::size_t size = 0;            ///< how many are online in all
  bool more = false;
};

/// Everything the protocol does, without HTTP, JSON or sockets. Every method may be called from any
/// thread; none blocks.
///
/// Order of locks: hub, room, mailbox. Nothing is called out to with one of them held.
class Hub {
 public:
  Hub(const HubOptions& options, const Clock& clock, RandomSource& random, EventLog& log);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // --- Who is asking (hub_sessions.cc) ---

  /// A new session; the nickname is a new user's, or one whose secret is given again.
  tl::expected<SessionPtr, Error> login(const std::string& nickname, const std::string& secret);

  /// The session of a token. Errors: kUnauthorized, kSessionExpired, kEvicted.
  tl::expected<SessionPtr, Error> find_session(std::string_view token) const;

  /// The one session that belongs to a nickname and secret, which is logged in by this if need be.
  tl::expected<SessionPtr, Error> basic_session(const std::string& nickname,
                                                const std::string& secret);

  /// Ends one session; with a user's last one, the user leaves.
  void logout(const SessionPtr& session);

  /// The reader of a closed mailbox has been told: its session is over.
  void finish(const SessionPtr& session);

  // --- Say (hub_say.cc) ---

  using Done = std::function<void(const tl::expected<EventPtr, Error>&)>;
  /// Commits, then calls `done`, here or on another thread.
  void send(const SessionPtr& session, Say say, Done done);

  tl::expected<RoomInfo, Error> join(const SessionPtr& session, const std::string& room);
  tl::expected<RoomInfo, Error> leave(const SessionPtr& session, const std::string& room);

  // --- Look (hub_say.cc) ---

  UserList users(const std::string& after, std::size_t limit) const;
  tl::expected<UserList, Error> users_of(const std::string& room, const std::string& after,
                                         std::size_t limit) const;
  std::vector<RoomInfo> rooms(const Session& session) const;
  /// The rooms that the user is in.
  std::vector<std::string> rooms_of(const Session& session) const;
  tl::expected<History, Error> history(const Session& session, HistoryQuery query) const;
  Position end() const { return log_.end(); }

  // --- Presence (hub_presence.cc) ---

  /// The user is heard of: a poll, a stream, a send. Brings a gone one back.
  void seen(const UserPtr& user);

  /// Looks at whatever is due by now: news of rooms, users who went silent.
  void run_due();
  std::optional<TimePoint> next_due() const { return due_.next(); }
  /// `sooner` may run with the hub's lock held: it is to wake whoever calls run_due(), and no more.
  void set_due_listener(std::function<void()> sooner) { due_.set_listener(std::move(sooner)); }

  /// Ends every held poll and stream with a bye.
  void drain();

  struct Counters {
    std::atomic<std::uint64_t> logins{0};
    std::atomic<std::uint64_t> messages{0};
    std::atomic<std::uint64_t> privates{0};
    std::atomic<std::uint64_t> gone{0};
    std::atomic<std::uint64_t> resumed{0};
    std::atomic<std::uint64_t> evicted_silent{0};
    std::atomic<std::uint64_t> evicted_absent{0};
    std::atomic<std::int64_t> online{0};
  };
  const Counters& counters() const { return counters_; }
  std::size_t user_count() const;

  const HubOptions& options() const { return options_; }
  const Clock& clock() const { return clock_; }

 private:
  using RoomPtr = std::shared_ptr<Room>;

  void on_committed(std::span<const EventPtr> events);

  RoomPtr find_room(const std::string& room) const EXCLUDES(mutex_);
  SessionPtr add_session(const UserPtr& user, Position cursor, WakeList& wakes) REQUIRES(mutex_);
  tl::expected<UserPtr, Error> add_user(const std::string& nickname, const std::string& secret)
      REQUIRES(mutex_);
  void forget_session(std::uint64_t index, ErrorCode why) REQUIRES(mutex_);
  /// Out of the tables and rooms; the mailbox and whoever reads from it stay.
  void remove_user(User& user) REQUIRES(mutex_);
  void announce(Room& room, const std::string& nickname, bool came);
  void set_online(User& user, bool online) REQUIRES(mutex_);
  void publish_news(Room& room);

  void look_at(const UserPtr& user);
  /// Instead of any look that was due before.
  void look_later(User& user, TimePoint at);
  static bool heard_within(const User& user, Duration time, TimePoint now);
  /// These three: false if the rule does not apply any more, since the user left, spoke or came
  /// back.
  bool mark_gone(User& user, TimePoint now);
  bool evict_silent(const UserPtr& user, TimePoint now);
  void close_evicted(const UserPtr& user);
  bool evict_absent(const UserPtr& user, TimePoint now);
  std::optional<TimePoint> silent_due(const Mailbox::Liveness& liveness) const;

  tl::expected<Ref<Event>, Error> compose(const Session& session, Say& say) const;

  const HubOptions options_;
  const Clock& clock_;
  RandomSource& random_;
  EventLog& log_;
  SendKeys keys_;
  DueQueue due_;
  Counters counters_;
  WakeList fan_out_;  // used by on_committed() alone, which the log calls one at a time

  // What is to happen when a room's next news is in everybody's mailbox.
  Mutex after_news_mutex_;
  std::multimap<const Room*, std::function<void()>> after_news_ GUARDED_BY(after_news_mutex_);

  mutable SharedMutex mutex_;
  std::map<std::string, UserPtr> users_ GUARDED_BY(mutex_);  // sorted, for paging
  std::map<std::string, RoomPtr> rooms_ GUARDED_BY(mutex_);
  std::unordered_map<std::uint64_t, SessionPtr> sessions_ GUARDED_BY(mutex_);
  // Why a session of the recent past is no more; a few thousand, in turn.
  std::unordered_map<std::uint64_t, ErrorCode> ended_ GUARDED_BY(mutex_);
  std::vector<std::uint64_t> ended_ring_ GUARDED_BY(mutex_);
  std::size_t ended_next_ GUARDED_BY(mutex_) = 0;
};

}  // namespace encke
