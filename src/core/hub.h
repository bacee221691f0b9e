// hub.h: the chat itself: users, rooms, and who gets what.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "core/clock.h"
#include "core/due_queue.h"
#include "core/error.h"
#include "core/event_log.h"
#include "core/histogram.h"
#include "core/kept.h"
#include "core/mailbox.h"
#include "core/random.h"
#include "core/room.h"
#include "core/room_rules.h"
#include "core/send_keys.h"
#include "core/session.h"
#include "core/store.h"
#include "core/verified_secrets.h"

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
  SecretCost secret_cost = {};
  std::chrono::milliseconds remember_secret = std::chrono::minutes(10);
  std::size_t max_remembered_secrets = 65'536;
};

/// What is to be said.
struct Say {
  std::string text = {};
  std::optional<ImageRef> image = {};
  std::string to = {};    ///< a nickname: private; else
  std::string room = {};  ///< a room; the lobby when both are empty
  std::string key = {};   ///< said once for each key; may be empty
  bool as_operator = false;
};

struct RoomInfo {
  std::string room;
  std::size_t size = 0;  ///< users online in it
  bool joined = false;   ///< by the user who asks
  RoomRule rule = RoomRule::kOpen;
};

struct UserList {
  std::vector<std::string> users;  ///< online, sorted
  std::size_t size = 0;            ///< how many are online in all
  bool more = false;
};

/// Everything the protocol does, without HTTP, JSON or sockets. Every method may be called from any
/// thread; none blocks, but for a login that has a secret to hash (Hashing).
///
/// Order of locks: hub, room, mailbox. Nothing is called out to with one of them held.
class Hub {
 public:
  Hub(const HubOptions& options, const Clock& clock, RandomSource& random, EventLog& log,
      Store& store = NoStore::instance());
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // --- Who is asking (hub_sessions.cc) ---

  /// Whether a call may take the tens of milliseconds that hashing a secret does. kMade: the secret
  /// is one that this server makes, as long and random as a key: nobody can guess it, and its hash
  /// costs nothing.
  enum class Hashing : std::uint8_t { kNow, kNever, kMade };

  /// A new session; the nickname is a new user's, or one whose secret is given again.
  /// kBusy: with kNever, and only then, that the secret has to be hashed first. Nothing has
  /// happened.
  tl::expected<SessionPtr, Error> login(const std::string& nickname, const std::string& secret,
                                        Hashing hashing = Hashing::kNow);

  /// The session of a token. Errors: kUnauthorized, kSessionExpired, kEvicted.
  tl::expected<SessionPtr, Error> find_session(std::string_view token) const;

  /// The one session that belongs to a nickname and secret, which is logged in by this if need be.
  /// kBusy: as of login().
  tl::expected<SessionPtr, Error> basic_session(const std::string& nickname,
                                                const std::string& secret,
                                                Hashing hashing = Hashing::kNow);

  bool has_user(const std::string& nickname) const;

  /// Ends one session; with a user's last one, the user leaves.
  void logout(const SessionPtr& session);

  /// Calls `done`, here or on another thread, when all that was answered so far outlives the
  /// server.
  void when_kept(Store::Done done) { store_.sync(std::move(done)); }
  bool keeps() const { return store_.keeps(); }
  /// Why not all that outlives the server is there again. Better no server than one that says twice
  /// what it has said.
  const std::optional<Error>& restore_error() const { return restore_error_; }
  /// False: what is said is refused for now, since it cannot be kept.
  bool log_works() const { return store_.works(); }

  /// An error for one who was sent out, or evicted, and may not have heard of it yet: a poll or a
  /// stream would tell. Errors: kEvicted, kKicked, kBanned.
  tl::expected<void, Error> check_here(const Session& session) const;

  /// The reader of a closed mailbox has been told: its session is over.
  void finish(const SessionPtr& session);

  // --- Say (hub_say.cc) ---

  using Done = std::function<void(const tl::expected<EventPtr, Error>&)>;
  /// Commits, then calls `done`, here or on another thread.
  void send(const SessionPtr& session, Say say, Done done);

  /// Errors of these two: also kMembersOnly.
  tl::expected<RoomInfo, Error> join(const SessionPtr& session, const std::string& room,
                                     bool as_operator = false);
  tl::expected<RoomInfo, Error> leave(const SessionPtr& session, const std::string& room);

  // --- Look (hub_say.cc) ---

  UserList users(const std::string& after, std::size_t limit) const;
  tl::expected<UserList, Error> users_of(const std::string& room, const std::string& after,
                                         std::size_t limit) const;
  /// But for those that are for members, to who is none.
  std::vector<RoomInfo> rooms(const Session& session, bool as_operator = false) const;
  /// The rooms that the user is in.
  std::vector<std::string> rooms_of(const Session& session) const;
  tl::expected<History, Error> history(const Session& session, HistoryQuery query) const;
  Position end() const { return log_.end(); }

  // --- Who may (hub_presence.cc) ---

  RoomRules& rules() { return rules_; }
  Store& store() const { return store_; }
  /// Out of a room that they may not be in any more. False if they were not.
  bool take_out(const std::string& nickname, const std::string& room);
  /// Sends a user out: their readers are told `notice`, and their sessions end as `why`. False if
  /// there is no such user.
  bool send_out(const std::string& nickname, const std::string& notice, const Error& why);
  /// Those whose last request, in any session, came from there.
  std::vector<std::string> users_from(const Network& network) const;

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
    std::atomic<std::uint64_t> secrets_hashed{0};
    std::atomic<std::uint64_t> messages{0};
    std::atomic<std::uint64_t> privates{0};
    std::atomic<std::uint64_t> gone{0};
    std::atomic<std::uint64_t> resumed{0};
    std::atomic<std::uint64_t> evicted_silent{0};
    std::atomic<std::uint64_t> evicted_absent{0};
    std::atomic<std::uint64_t> sent_out{0};
    std::atomic<std::int64_t> online{0};
    Histogram commit;  ///< from a send to its commit, of those that were committed
  };
  const Counters& counters() const { return counters_; }
  std::size_t user_count() const;

  struct MailboxDepth {
    std::size_t events = 0;   ///< that all mailboxes together keep; one event may be in many
    std::size_t largest = 0;  ///< of one mailbox
  };
  /// Looks at every mailbox, a thousand users at a time: not for every request.
  MailboxDepth mailbox_depth() const;

  const HubOptions& options() const { return options_; }
  const Clock& clock() const { return clock_; }

 private:
  using RoomPtr = std::shared_ptr<Room>;

  void on_committed(std::span<const EventPtr> events);

  RoomPtr find_room(const std::string& room) const EXCLUDES(mutex_);
  SessionPtr add_session(const UserPtr& user, Position cursor, WakeList& wakes) REQUIRES(mutex_);
  tl::expected<UserPtr, Error> add_user(const std::string& nickname, const SecretHash& secret)
      REQUIRES(mutex_);
  /// Whose a nickname is, as whoever has shown to know its secret saw it: nobody's, or the user's
  /// with that hash.
  struct Claim {
    bool taken = false;
    SecretHash secret;  // of a nickname that is nobody's: the new one
  };
  tl::expected<Claim, Error> claim(const std::string& nickname, const std::string& secret,
                                   Hashing hashing) EXCLUDES(mutex_);
  /// Null if there is none.
  SessionPtr basic_session_of(const User& user) const REQUIRES_SHARED(mutex_);
  /// Whether that is how it still is.
  bool holds(const Claim& claim, const std::string& nickname) const REQUIRES_SHARED(mutex_);
  void forget_session(std::uint64_t index, const Error& why) REQUIRES(mutex_);
  /// Out of the tables and rooms; the mailbox and whoever reads from it stay.
  void remove_user(User& user) REQUIRES(mutex_);
  /// When presence is to be judged first.
  void watch(User& user, TimePoint now);
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
  /// Marks the user as left at once, and closes the mailbox with `nouser` when the news of that is
  /// in it. False if the user has left, or `applies` says that the rule does not.
  bool evict(const UserPtr& user, EventPtr nouser, const std::function<bool()>& applies);
  void close_evicted(const UserPtr& user, const EventPtr& nouser);
  bool evict_absent(const UserPtr& user, TimePoint now);
  std::optional<TimePoint> silent_due(const Mailbox::Liveness& liveness) const;

  /// Why one is not here any more who did not go.
  static Error why_gone(const User& user);

  // --- What outlives the server (hub_store.cc) ---
  void save(const User& user) REQUIRES(mutex_);
  void save(const Session& session) REQUIRES(mutex_);
  void forget(const User& user) REQUIRES(mutex_);
  void forget(const Session& session) REQUIRES(mutex_);
  void change_stays(const User& user, const std::function<void(Owed&)>& change) REQUIRES(mutex_);
  void restore() EXCLUDES(mutex_);
  void restore_keys();
  void restore_user(KeptUser kept) REQUIRES(mutex_);
  void restore_session(const KeptSession& kept) REQUIRES(mutex_);

  tl::expected<Ref<Event>, Error> compose(const Session& session, Say& say) EXCLUDES(mutex_);

  const HubOptions options_;
  const Clock& clock_;
  RandomSource& random_;
  EventLog& log_;
  Store& store_;
  RoomRules rules_;
  SendKeys keys_;
  VerifiedSecrets verified_;
  DueQueue due_;
  Counters counters_;
  WakeList fan_out_;  // used by on_committed() alone, which the log calls one at a time

  std::optional<Error> restore_error_;  // of the constructor

  // Whom a private message names that is being committed: until it is, the nickname goes to nobody
  // else, who would be given it.
  Mutex named_mutex_;
  std::multiset<std::string> named_ GUARDED_BY(named_mutex_);

  // What is to happen when a room's next news is in everybody's mailbox.
  Mutex after_news_mutex_;
  std::multimap<const Room*, std::function<void()>> after_news_ GUARDED_BY(after_news_mutex_);

  mutable SharedMutex mutex_;
  std::map<std::string, UserPtr> users_ GUARDED_BY(mutex_);  // sorted, for paging
  std::map<std::string, RoomPtr> rooms_ GUARDED_BY(mutex_);
  std::unordered_map<std::uint64_t, SessionPtr> sessions_ GUARDED_BY(mutex_);
  // Why a session of the recent past is no more; a few thousand, in turn.
  std::unordered_map<std::uint64_t, Error> ended_ GUARDED_BY(mutex_);
  std::vector<std::uint64_t> ended_ring_ GUARDED_BY(mutex_);
  std::size_t ended_next_ GUARDED_BY(mutex_) = 0;
};

}  // namespace encke
