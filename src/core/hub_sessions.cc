// hub_sessions.cc: logging in and out.
//
// Nothing is missed between the cursor that a login answers with and the first read, because the
// mailbox is in the room before the cursor is taken: what is committed before that moment is not
// owed, and what is committed after it is delivered to everyone who is in the room by then.
//
// A secret is hashed with no lock held: look whose the nickname is, hash, take the lock, and see
// whether it still is; if not, look again.
#include "core/hub.h"
#include "core/text.h"

namespace encke {
namespace {

constexpr std::size_t kMaxSecret = 256;
constexpr std::size_t kRememberEnded = 8192;
constexpr SecretCost kCostOfMade = {1, 1, 1};  // there is nothing to guess, and so to slow down

}  // namespace

Hub::Hub(const HubOptions& options, const Clock& clock, RandomSource& random, EventLog& log,
         Store& store)
    : options_(options),
      clock_(clock),
      random_(random),
      log_(log),
      store_(store),
      rules_(store),
      keys_(options.keep_send_keys, options.max_send_keys),
      verified_(options.remember_secret, options.max_remembered_secrets, clock, random) {
  rooms_[kLobby] = std::make_shared<Room>(kLobby);
  restore();
  log_.start([this](std::span<const EventPtr> events) { on_committed(events); });
}

Hub::~Hub() = default;

bool Hub::holds(const Claim& claim, const std::string& nickname) const {
  const auto found = users_.find(nickname);
  if (found == users_.end()) return !claim.taken;
  return claim.taken && found->second->secret.same_as(claim.secret);
}

tl::expected<Hub::Claim, Error> Hub::claim(const std::string& nickname, const std::string& secret,
                                           Hashing hashing) {
  Claim claim;
  {
    ReadLock lock(mutex_);
    const auto found = users_.find(nickname);
    claim.taken = found != users_.end();
    if (claim.taken) {
      claim.secret = found->second->secret;
      // One who is being evicted keeps the name until the notice of it is in the mailbox.
      if (found->second->left) return tl::unexpected(Error{ErrorCode::kNicknameTaken});
    } else if (options_.max_users != 0 && users_.size() >= options_.max_users) {
      return tl::unexpected(Error{ErrorCode::kTooManyUsers});
    }
  }
  if (claim.taken) {
    // Without a secret on either side there is nothing to compare, and nothing is proved.
    if (claim.secret.empty() || secret.empty()) {
      return tl::unexpected(Error{ErrorCode::kNicknameTaken});
    }
    if (hashing == Hashing::kMade) {
      const bool right = claim.secret.cost() == kCostOfMade && claim.secret.matches(secret);
      if (!right) return tl::unexpected(Error{ErrorCode::kNicknameTaken});
      return claim;
    }
    if (verified_.knows(claim.secret, secret)) return claim;
    if (hashing == Hashing::kNever) return tl::unexpected(Error{ErrorCode::kBusy});
    counters_.secrets_hashed.fetch_add(1, std::memory_order_relaxed);
    if (!claim.secret.matches(secret)) return tl::unexpected(Error{ErrorCode::kNicknameTaken});
  } else {
    if (secret.empty()) return claim;
    if (hashing == Hashing::kMade) {
      claim.secret = SecretHash(secret, random_, kCostOfMade);
      return claim;
    }
    if (hashing == Hashing::kNever) return tl::unexpected(Error{ErrorCode::kBusy});
    counters_.secrets_hashed.fetch_add(1, std::memory_order_relaxed);
    claim.secret = SecretHash(secret, random_, options_.secret_cost);
    if (claim.secret.empty()) return tl::unexpected(Error{ErrorCode::kInternal});
  }
  verified_.add(claim.secret, secret);
  return claim;
}

tl::expected<SessionPtr, Error> Hub::login(const std::string& nickname, const std::string& secret,
                                           Hashing hashing) {
  if (auto ok = check_nickname(nickname); !ok) return tl::unexpected(ok.error());
  if (secret.size() > kMaxSecret) {
    return tl::unexpected(Error{ErrorCode::kSecretTooLong, "at most 256 bytes"});
  }
  while (true) {
    const auto claimed = claim(nickname, secret, hashing);
    if (!claimed) return tl::unexpected(claimed.error());
    WakeList wakes;  // runs after the lock is released
    WriteLock lock(mutex_);
    if (!holds(*claimed, nickname)) continue;
    UserPtr user;
    if (claimed->taken) {
      user = users_.find(nickname)->second;
      if (user->left) return tl::unexpected(Error{ErrorCode::kNicknameTaken});
      user->mailbox->spoke(clock_.now());  // as a new user counts as having spoken
      set_online(*user, true);
    } else {
      auto added = add_user(nickname, claimed->secret);
      if (!added) return tl::unexpected(added.error());
      user = *added;
    }
    counters_.logins.fetch_add(1, std::memory_order_relaxed);
    return add_session(user, log_.end(), wakes);
  }
}

SessionPtr Hub::basic_session_of(const User& user) const {
  const auto found = sessions_.find(user.basic_session);
  return user.basic_session == 0 || found == sessions_.end() ? SessionPtr() : found->second;
}

bool Hub::has_user(const std::string& nickname) const {
  ReadLock lock(mutex_);
  return users_.contains(nickname);
}

tl::expected<SessionPtr, Error> Hub::find_session(std::string_view token) const {
  const auto parsed = Token::parse(token);
  if (!parsed) return tl::unexpected(Error{ErrorCode::kUnauthorized});
  ReadLock lock(mutex_);
  const auto found = sessions_.find(parsed->index());
  if (found != sessions_.end() && found->second->token.same_as(*parsed)) return found->second;
  const auto ended = ended_.find(parsed->index());
  return tl::unexpected(ended == ended_.end() ? Error{ErrorCode::kUnauthorized} : ended->second);
}

tl::expected<SessionPtr, Error> Hub::basic_session(const std::string& nickname,
                                                   const std::string& secret, Hashing hashing) {
  if (secret.empty()) {
    return tl::unexpected(Error{ErrorCode::kBadCredentials, "the secret is empty"});
  }
  {
    // The usual case, of every request but the first.
    SecretHash hash;
    SessionPtr known;
    {
      ReadLock lock(mutex_);
      if (const auto found = users_.find(nickname); found != users_.end()) {
        hash = found->second->secret;
        known = basic_session_of(*found->second);
      }
    }
    if (known && (hashing == Hashing::kMade ? hash.cost() == kCostOfMade && hash.matches(secret)
                                            : verified_.knows(hash, secret))) {
      return known;
    }
  }
  const auto wrong = tl::unexpected(Error{ErrorCode::kBadCredentials});
  if (has_user(nickname)) {
    const auto claimed = claim(nickname, secret, hashing);
    if (!claimed && claimed.error().code == ErrorCode::kNicknameTaken) return wrong;
    if (!claimed) return tl::unexpected(claimed.error());
    ReadLock lock(mutex_);
    const auto found = users_.find(nickname);
    if (found != users_.end() && holds(*claimed, nickname)) {
      if (auto known = basic_session_of(*found->second)) return known;
    }
  }
  auto session = login(nickname, secret, hashing);
  if (!session) {
    // Taken by another secret between the two locks.
    if (session.error().code == ErrorCode::kNicknameTaken) return wrong;
    return session;
  }
  SessionPtr first;
  {
    WriteLock lock(mutex_);
    User& user = *(*session)->user;
    first = basic_session_of(user);
    if (!first) {
      user.basic_session = (*session)->token.index();
      save(**session);
      return session;
    }
  }
  logout(*session);  // lost a race; nobody knows this one's token, and the user could never leave
  return first;
}

void Hub::logout(const SessionPtr& session) {
  WakeList wakes;
  WriteLock lock(mutex_);
  const std::uint64_t index = session->token.index();
  const auto found = sessions_.find(index);
  if (found == sessions_.end() || found->second != session) return;
  forget_session(index, {ErrorCode::kUnauthorized});
  User& user = *session->user;
  user.mailbox->end_session(index, wakes);
  std::erase(user.sessions, index);
  if (user.basic_session == index) user.basic_session = 0;
  if (user.sessions.empty() && !user.left) {
    set_online(user, false);
    remove_user(user);
  }
}

Error Hub::why_gone(const User& user) {
  return user.sent_out ? *user.sent_out : Error{ErrorCode::kEvicted};
}

tl::expected<void, Error> Hub::check_here(const Session& session) const {
  ReadLock lock(mutex_);
  if (session.user->left) return tl::unexpected(why_gone(*session.user));
  return {};
}

void Hub::finish(const SessionPtr& session) {
  WriteLock lock(mutex_);
  const std::uint64_t index = session->token.index();
  const auto found = sessions_.find(index);
  if (found != sessions_.end() && found->second == session) {
    forget_session(index, why_gone(*session->user));
  }
}

tl::expected<UserPtr, Error> Hub::add_user(const std::string& nickname, const SecretHash& secret) {
  if (options_.max_users != 0 && users_.size() >= options_.max_users) {
    return tl::unexpected(Error{ErrorCode::kTooManyUsers});
  }
  {
    MutexLock lock(named_mutex_);
    if (named_.contains(nickname)) return tl::unexpected(Error{ErrorCode::kNicknameTaken});
  }
  const TimePoint now = clock_.now();
  auto mailbox = make_ref<Mailbox>(options_.mailbox, log_.end(), now);
  auto user = make_ref<User>(nickname, mailbox, log_.end());
  user->secret = secret;
  user->rooms.emplace_back(kLobby);
  users_.emplace(nickname, user);
  Room& lobby = *rooms_[kLobby];
  lobby.add(nickname, mailbox);
  announce(lobby, nickname, true);
  counters_.online.fetch_add(1, std::memory_order_relaxed);
  if (store_.keeps()) {
    Owed owed{nickname, user->born, {}};
    begin_stay(owed, kLobby, log_.end().offset);
    mailbox->recall_from(log_, std::move(owed));
    save(*user);
  }
  watch(*user, now);
  return user;
}

void Hub::watch(User& user, TimePoint now) {
  auto due = now + options_.gone_after;
  if (const auto silent = silent_due(user.mailbox->liveness())) {
    due = options_.gone_after.count() == 0 ? *silent : std::min<TimePoint>(due, *silent);
  }
  if (due != now) look_later(user, due);
}

SessionPtr Hub::add_session(const UserPtr& user, Position cursor, WakeList& wakes) {
  auto session = make_ref<Session>(Token::make(random_), user, cursor);
  const std::uint64_t index = session->token.index();
  if (options_.max_sessions_of_user != 0 &&
      user->sessions.size() >= options_.max_sessions_of_user) {
    const std::uint64_t oldest = user->sessions.front();
    user->sessions.erase(user->sessions.begin());
    // In this order: a reader that enters behind end_session() finds `ended` set.
    forget_session(oldest, {ErrorCode::kSessionExpired});
    user->mailbox->end_session(oldest, wakes);
  }
  user->sessions.push_back(index);
  sessions_[index] = session;
  save(*session);
  return session;
}

void Hub::forget_session(std::uint64_t index, const Error& why) {
  const auto found = sessions_.find(index);
  if (found == sessions_.end()) return;
  found->second->ended.store(true, std::memory_order_relaxed);
  forget(*found->second);
  sessions_.erase(found);
  if (ended_ring_.size() < kRememberEnded) {
    ended_ring_.push_back(index);
  } else {
    ended_.erase(ended_ring_[ended_next_]);
    ended_ring_[ended_next_] = index;
    ended_next_ = (ended_next_ + 1) % kRememberEnded;
  }
  ended_[index] = why;
}

void Hub::remove_user(User& user) {
  user.left = true;
  for (const std::string& name : user.rooms) {
    const auto room = rooms_.find(name);
    if (room == rooms_.end()) continue;
    room->second->remove(user.nickname);
    if (name != kLobby && room->second->members() == 0) rooms_.erase(room);
  }
  user.rooms.clear();
  const auto found = users_.find(user.nickname);
  if (found == users_.end() || found->second.get() != &user) return;
  forget(user);
  users_.erase(found);
}

}  // namespace encke
