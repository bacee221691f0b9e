// hub_store.cc: what of users and sessions outlives the server, and how they are there again.
//
// Whoever was online when the server went is taken to be online still, and has gone_after to come
// back in: so a restart is told to nobody as a thousand departures and arrivals. Mailboxes begin
// empty, at the log's end; what their users have not read yet is read from the log.
#include <algorithm>

#include "core/hub.h"
#include "core/kept.h"

namespace encke {

void Hub::save(const User& user) {
  if (!store_.keeps()) return;
  const auto owed = user.mailbox->owed();
  if (!owed) return;
  store_.keep(
      KeptUser{*owed, user.online.load(std::memory_order_relaxed), user.secret.text()}.fact());
}

void Hub::save(const Session& session) {
  if (!store_.keeps()) return;
  const bool basic = session.user->basic_session == session.token.index();
  store_.keep(
      KeptSession{session.token.text(), session.user->nickname, session.cursor, basic}.fact());
}

void Hub::forget(const User& user) {
  if (store_.keeps()) store_.forget(KeptUser::kKind, user.nickname);
}

void Hub::forget(const Session& session) {
  if (store_.keeps()) store_.forget(KeptSession::kKind, session.token.text());
}

void Hub::change_stays(const User& user, const std::function<void(Owed&)>& change) {
  const auto owed = user.mailbox->owed();
  if (!owed) return;
  Owed changed = *owed;
  change(changed);
  user.mailbox->owe(std::move(changed));
  save(user);
}

void Hub::restore() {
  if (!store_.keeps()) return;
  WriteLock lock(mutex_);
  for (const Fact& fact : store_.facts(KeptUser::kKind)) {
    auto kept = KeptUser::parse(fact);
    if (!kept) continue;  // left for `encke check` to tell of
    if (kept->owed.born.epoch == log_.end().epoch) {
      restore_user(std::move(*kept));
    } else {
      store_.forget(fact.kind, fact.name);
    }
  }
  std::vector<KeptSession> sessions;
  for (const Fact& fact : store_.facts(KeptSession::kKind)) {
    if (auto kept = KeptSession::parse(fact)) sessions.push_back(std::move(*kept));
  }
  // Oldest first, as users list them.
  std::sort(sessions.begin(), sessions.end(), [](const KeptSession& a, const KeptSession& b) {
    return a.cursor.offset < b.cursor.offset;
  });
  for (const KeptSession& kept : sessions) restore_session(kept);
  // Without a session, nobody can come back.
  std::vector<UserPtr> without;
  for (const auto& [nickname, user] : users_) {
    if (user->sessions.empty()) without.push_back(user);
  }
  for (const UserPtr& user : without) {
    if (user->online.load()) {
      counters_.online.fetch_sub(1, std::memory_order_relaxed);
      for (const std::string& room : user->rooms) rooms_[room]->restore_online(-1);
    }
    remove_user(*user);
  }
  restore_keys();
}

// The time that the server was away does not count, nor what the wall clock says now: whoever had
// no answer then asks again as soon as there is a server.
void Hub::restore_keys() {
  const auto events = log_.keyed(options_.keep_send_keys);
  if (!events) {
    restore_error_ = events.error();
    return;
  }
  for (const EventPtr& event : *events) {
    const auto age = events->back()->time - event->time;
    keys_.restore(event, clock_.now() + options_.keep_send_keys - age);
  }
}

void Hub::restore_user(KeptUser kept) {
  const TimePoint now = clock_.now();
  auto mailbox = make_ref<Mailbox>(options_.mailbox, log_.end(), now);
  auto user = make_ref<User>(kept.owed.nickname, mailbox, kept.owed.born);
  user->secret = SecretHash::parse(kept.secret).value_or(SecretHash());
  user->online = kept.online;
  for (const Owed::Stay& stay : kept.owed.stays) {
    if (stay.until != Owed::Stay::kStill) continue;
    auto& room = rooms_[stay.room];
    if (!room) room = std::make_shared<Room>(stay.room);
    if (!room->add(user->nickname, mailbox)) continue;
    if (kept.online) room->restore_online(1);
    user->rooms.push_back(stay.room);
  }
  mailbox->recall_from(log_, std::move(kept.owed));
  users_.emplace(user->nickname, user);
  if (kept.online) counters_.online.fetch_add(1, std::memory_order_relaxed);
  watch(*user, now);
}

void Hub::restore_session(const KeptSession& kept) {
  const auto token = Token::parse(kept.token);
  const auto user = users_.find(kept.nickname);
  // One from before its user came was of an earlier owner of the nickname.
  if (!token || user == users_.end() || kept.cursor.epoch != log_.end().epoch ||
      kept.cursor.offset < user->second->born.offset) {
    store_.forget(KeptSession::kKind, kept.token);
    return;
  }
  const auto index = token->index();
  sessions_[index] = make_ref<Session>(*token, user->second, kept.cursor);
  user->second->sessions.push_back(index);
  if (kept.basic) user->second->basic_session = index;
}

}  // namespace encke
