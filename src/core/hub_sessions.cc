// hub_sessions.cc: logging in and out.
//
// Nothing is missed between the cursor that a login answers with and the first read, because the
// mailbox is in the room before the cursor is taken: what is committed before that moment is not
// owed, and what is committed after it is delivered to everyone who is in the room by then.
#include "core/hub.h"
#include "core/text.h"

namespace encke {
namespace {

constexpr std::size_t kMaxSecret = 256;
constexpr std::size_t kRememberEnded = 8192;

}  // namespace

Hub::Hub(const HubOptions& options, const Clock& clock, RandomSource& random, EventLog& log)
    : options_(options),
      clock_(clock),
      random_(random),
      log_(log),
      keys_(options.keep_send_keys, options.max_send_keys) {
  rooms_[kLobby] = std::make_shared<Room>(kLobby);
  log_.start([this](std::span<const EventPtr> events) { on_committed(events); });
}

Hub::~Hub() = default;

tl::expected<SessionPtr, Error> Hub::login(const std::string& nickname, const std::string& secret) {
  if (auto ok = check_nickname(nickname); !ok) return tl::unexpected(ok.error());
  if (secret.size() > kMaxSecret) {
    return tl::unexpected(Error{ErrorCode::kSecretTooLong, "at most 256 bytes"});
  }
  WakeList wakes;  // runs after the lock is released
  WriteLock lock(mutex_);
  UserPtr user;
  if (const auto found = users_.find(nickname); found == users_.end()) {
    auto added = add_user(nickname, secret);
    if (!added) return tl::unexpected(added.error());
    user = *added;
  } else {
    user = found->second;
    // One who is being evicted keeps the name until the notice of it is in the mailbox.
    if (user->left || !user->secret.matches(secret)) {
      return tl::unexpected(Error{ErrorCode::kNicknameTaken});
    }
    user->mailbox->spoke(clock_.now());  // as a new user counts as having spoken
    set_online(*user, true);
  }
  counters_.logins.fetch_add(1, std::memory_order_relaxed);
  return add_session(user, log_.end(), wakes);
}

tl::expected<SessionPtr, Error> Hub::find_session(std::string_view token) const {
  const auto parsed = Token::parse(token);
  if (!parsed) return tl::unexpected(Error{ErrorCode::kUnauthorized});
  ReadLock lock(mutex_);
  const auto found = sessions_.find(parsed->index());
  if (found != sessions_.end() && found->second->token.same_as(*parsed)) return found->second;
  const auto ended = ended_.find(parsed->index());
  const auto why = ended == ended_.end() ? ErrorCode::kUnauthorized : ended->second;
  return tl::unexpected(Error{why});
}

tl::expected<SessionPtr, Error> Hub::basic_session(const std::string& nickname,
                                                   const std::string& secret) {
  if (secret.empty()) {
    return tl::unexpected(Error{ErrorCode::kBadCredentials, "the secret is empty"});
  }
  const auto wrong = tl::unexpected(Error{ErrorCode::kBadCredentials});
  {
    ReadLock lock(mutex_);
    const auto found = users_.find(nickname);
    if (found != users_.end()) {
      const User& user = *found->second;
      if (!user.secret.matches(secret)) return wrong;
      const auto session = sessions_.find(user.basic_session);
      if (user.basic_session != 0 && session != sessions_.end()) return session->second;
    }
  }
  auto session = login(nickname, secret);
  if (!session) {
    // Taken by another secret between the two locks.
    if (session.error().code == ErrorCode::kNicknameTaken) return wrong;
    return session;
  }
  SessionPtr first;
  {
    WriteLock lock(mutex_);
    User& user = *(*session)->user;
    const auto found = sessions_.find(user.basic_session);
    if (user.basic_session == 0 || found == sessions_.end()) {
      user.basic_session = (*session)->token.index();
      return session;
    }
    first = found->second;
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
  forget_session(index, ErrorCode::kUnauthorized);
  User& user = *session->user;
  user.mailbox->end_session(index, wakes);
  std::erase(user.sessions, index);
  if (user.basic_session == index) user.basic_session = 0;
  if (user.sessions.empty() && !user.left) {
    set_online(user, false);
    remove_user(user);
  }
}

void Hub::finish(const SessionPtr& session) {
  WriteLock lock(mutex_);
  const std::uint64_t index = session->token.index();
  const auto found = sessions_.find(index);
  if (found != sessions_.end() && found->second == session) {
    forget_session(index, ErrorCode::kEvicted);
  }
}

tl::expected<UserPtr, Error> Hub::add_user(const std::string& nickname, const std::string& secret) {
  if (options_.max_users != 0 && users_.size() >= options_.max_users) {
    return tl::unexpected(Error{ErrorCode::kTooManyUsers});
  }
  const TimePoint now = clock_.now();
  auto mailbox = make_ref<Mailbox>(options_.mailbox, log_.end(), now);
  auto user = make_ref<User>(nickname, mailbox, log_.end());
  user->secret = SecretHash(secret, random_);
  user->rooms.emplace_back(kLobby);
  users_.emplace(nickname, user);
  Room& lobby = *rooms_[kLobby];
  lobby.add(nickname, mailbox);
  announce(lobby, nickname, true);
  counters_.online.fetch_add(1, std::memory_order_relaxed);
  auto due = now + options_.gone_after;
  if (const auto silent = silent_due(mailbox->liveness())) {
    due = options_.gone_after.count() == 0 ? *silent : std::min<TimePoint>(due, *silent);
  }
  if (due != now) look_later(*user, due);
  return user;
}

SessionPtr Hub::add_session(const UserPtr& user, Position cursor, WakeList& wakes) {
  auto session = make_ref<Session>(Token::make(random_), user, cursor);
  const std::uint64_t index = session->token.index();
  if (options_.max_sessions_of_user != 0 &&
      user->sessions.size() >= options_.max_sessions_of_user) {
    const std::uint64_t oldest = user->sessions.front();
    user->sessions.erase(user->sessions.begin());
    // In this order: a reader that enters behind end_session() finds `ended` set.
    forget_session(oldest, ErrorCode::kSessionExpired);
    user->mailbox->end_session(oldest, wakes);
  }
  user->sessions.push_back(index);
  sessions_[index] = session;
  return session;
}

void Hub::forget_session(std::uint64_t index, ErrorCode why) {
  const auto found = sessions_.find(index);
  if (found == sessions_.end()) return;
  found->second->ended.store(true, std::memory_order_relaxed);
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
  if (found != users_.end() && found->second.get() == &user) users_.erase(found);
}

}  // namespace encke
