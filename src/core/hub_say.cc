// hub_say.cc: saying, joining, and looking around.
#include <algorithm>

#include "core/hub.h"
#include "core/text.h"

namespace encke {

void Hub::send(const SessionPtr& session, Say say, Done done) {
  const UserPtr& user = session->user;
  if (!say.key.empty() && !is_token_text(say.key)) {
    return done(tl::unexpected(Error{ErrorCode::kBadKey, "1 to 64 of A-Z a-z 0-9 . _ : -"}));
  }
  const std::string key = say.key;
  const std::string owner = user->nickname + '\n' + to_string(user->born);
  // A repeated key is answered before anything else is looked at: the first answer holds, even if
  // the room has been left since.
  if (!key.empty() && !keys_.begin(owner, key, clock_.now(), done)) return;
  auto finish = [this, owner, key, asked = clock_.now(),
                 done = std::move(done)](const tl::expected<EventPtr, Error>& answer) {
    if (answer) counters_.commit.observe(clock_.now() - asked);
    key.empty() ? done(answer) : keys_.settle(owner, key, answer);
  };
  auto event = compose(*session, say);
  if (!event) return finish(tl::unexpected(event.error()));
  if (!key.empty() && store_.keeps()) (*event)->send_key = owner + '\n' + key;
  user->mailbox->spoke(clock_.now());
  seen(user);
  auto& counter = say.to.empty() ? counters_.messages : counters_.privates;
  counter.fetch_add(1, std::memory_order_relaxed);
  if (say.to.empty()) return log_.append(*event, std::move(finish));
  log_.append(*event, [this, from = user->nickname, to = say.to,
                       finish = std::move(finish)](const tl::expected<EventPtr, Error>& answer) {
    {
      MutexLock lock(named_mutex_);
      for (const std::string& name : {from, to}) named_.erase(named_.find(name));
    }
    finish(answer);
  });
}

tl::expected<Ref<Event>, Error> Hub::compose(const Session& session, Say& say) {
  auto event = make_ref<Event>();
  event->from = session.user->nickname;
  if (!say.text.empty() || !say.image) {
    auto text = clean_text(say.text, options_.max_text);
    if (!text) return tl::unexpected(text.error());
    event->text = std::move(*text);
  }
  event->image = std::move(say.image);
  ReadLock lock(mutex_);
  if (session.user->left) return tl::unexpected(why_gone(*session.user));
  if (!say.to.empty()) {
    if (!say.room.empty()) {
      return tl::unexpected(Error{ErrorCode::kBadParameter, "either to or room, not both"});
    }
    if (!users_.contains(say.to)) return tl::unexpected(Error{ErrorCode::kNoSuchUser});
    event->kind = EventKind::kPrivate;
    event->to = say.to;
    MutexLock named_lock(named_mutex_);
    named_.insert({event->from, event->to});
    return event;
  }
  event->kind = EventKind::kMessage;
  event->room = say.room.empty() ? kLobby : std::move(say.room);
  const auto room = rooms_.find(event->room);
  if (room == rooms_.end()) return tl::unexpected(Error{ErrorCode::kNoSuchRoom});
  if (!room->second->has(event->from)) return tl::unexpected(Error{ErrorCode::kNotInRoom});
  if (!say.as_operator && rules_.of(event->room) == RoomRule::kReadOnly) {
    return tl::unexpected(Error{ErrorCode::kReadOnlyRoom});
  }
  return event;
}

void Hub::on_committed(std::span<const EventPtr> events) {
  for (const EventPtr& event : events) {
    event->committed.store(clock_.now(), std::memory_order_relaxed);
    if (event->kind == EventKind::kPrivate) {
      ReadLock lock(mutex_);
      for (const std::string* nickname : {&event->to, &event->from}) {
        if (nickname == &event->from && event->from == event->to) break;  // to oneself: once
        const auto user = users_.find(*nickname);
        if (user != users_.end()) user->second->mailbox->push(event, fan_out_);
      }
    } else if (const RoomPtr room = find_room(event->room)) {
      room->deliver(event, fan_out_);
    }
    fan_out_.run();
  }
}

Hub::RoomPtr Hub::find_room(const std::string& room) const {
  ReadLock lock(mutex_);
  const auto found = rooms_.find(room);
  return found == rooms_.end() ? nullptr : found->second;
}

tl::expected<RoomInfo, Error> Hub::join(const SessionPtr& session, const std::string& name,
                                        bool as_operator) {
  if (auto ok = check_room(name); !ok) return tl::unexpected(ok.error());
  seen(session->user);
  WriteLock lock(mutex_);
  User& user = *session->user;
  if (user.left) return tl::unexpected(why_gone(user));
  auto found = rooms_.find(name);
  const bool member = std::find(user.rooms.begin(), user.rooms.end(), name) != user.rooms.end();
  const RoomRule rule = rules_.of(name);
  if (!member) {
    if (rule == RoomRule::kMembers && !as_operator && !rules_.is_invited(name, user.nickname)) {
      return tl::unexpected(Error{ErrorCode::kMembersOnly});
    }
    if (options_.max_rooms_of_user != 0 && user.rooms.size() >= options_.max_rooms_of_user) {
      return tl::unexpected(Error{ErrorCode::kTooManyRooms, "for one user"});
    }
    if (found == rooms_.end()) {
      if (options_.max_rooms != 0 && rooms_.size() >= options_.max_rooms) {
        return tl::unexpected(Error{ErrorCode::kTooManyRooms, "in all"});
      }
      found = rooms_.emplace(name, std::make_shared<Room>(name)).first;
    }
    found->second->add(user.nickname, user.mailbox);
    user.rooms.push_back(name);
    change_stays(user, [&](Owed& owed) { begin_stay(owed, name, log_.end().offset); });
    // Who is away is not announced; coming back announces them in every room.
    if (user.online.load(std::memory_order_relaxed)) announce(*found->second, user.nickname, true);
  }
  return RoomInfo{name, found->second->online(), true, rule};
}

tl::expected<RoomInfo, Error> Hub::leave(const SessionPtr& session, const std::string& name) {
  seen(session->user);
  WriteLock lock(mutex_);
  User& user = *session->user;
  if (user.left) return tl::unexpected(why_gone(user));
  const auto found = rooms_.find(name);
  if (found == rooms_.end()) return tl::unexpected(Error{ErrorCode::kNoSuchRoom});
  if (std::erase(user.rooms, name) == 0) return tl::unexpected(Error{ErrorCode::kNotInRoom});
  const RoomPtr room = found->second;
  room->remove(user.nickname);
  change_stays(user, [&](Owed& owed) { end_stay(owed, name, log_.end().offset); });
  if (user.online.load(std::memory_order_relaxed)) announce(*room, user.nickname, false);
  if (name != kLobby && room->members() == 0) rooms_.erase(found);
  return RoomInfo{name, room->online(), false, rules_.of(name)};
}

bool Hub::take_out(const std::string& nickname, const std::string& name) {
  WriteLock lock(mutex_);
  const auto user = users_.find(nickname);
  const auto room = rooms_.find(name);
  if (user == users_.end() || room == rooms_.end() || user->second->left) return false;
  if (std::erase(user->second->rooms, name) == 0) return false;
  room->second->remove(nickname);
  change_stays(*user->second, [&](Owed& owed) { end_stay(owed, name, log_.end().offset); });
  if (user->second->online.load(std::memory_order_relaxed)) {
    announce(*room->second, nickname, false);
  }
  if (name != kLobby && room->second->members() == 0) rooms_.erase(room);
  return true;
}

UserList Hub::users(const std::string& after, std::size_t limit) const {
  UserList list;
  ReadLock lock(mutex_);
  list.size = static_cast<std::size_t>(counters_.online.load(std::memory_order_relaxed));
  for (auto user = users_.upper_bound(after); user != users_.end(); ++user) {
    if (!user->second->online.load(std::memory_order_relaxed)) continue;
    if (list.users.size() == limit) {
      list.more = true;
      break;
    }
    list.users.push_back(user->first);
  }
  return list;
}

tl::expected<UserList, Error> Hub::users_of(const std::string& name, const std::string& after,
                                            std::size_t limit) const {
  const RoomPtr room = find_room(name);
  if (!room) return tl::unexpected(Error{ErrorCode::kNoSuchRoom});
  UserList list;
  list.size = room->online();
  // Those who are gone stay members for a while, and are not listed.
  ReadLock lock(mutex_);
  for (const std::string& nickname : room->list(after, room->members())) {
    const auto user = users_.find(nickname);
    if (user == users_.end() || !user->second->online.load(std::memory_order_relaxed)) continue;
    if (list.users.size() == limit) {
      list.more = true;
      break;
    }
    list.users.push_back(nickname);
  }
  return list;
}

std::vector<RoomInfo> Hub::rooms(const Session& session, bool as_operator) const {
  std::vector<RoomInfo> list;
  ReadLock lock(mutex_);
  const auto& mine = session.user->rooms;
  for (const auto& [name, room] : rooms_) {
    const bool joined = std::find(mine.begin(), mine.end(), name) != mine.end();
    const RoomRule rule = rules_.of(name);
    if (rule == RoomRule::kMembers && !joined && !as_operator &&
        !rules_.is_invited(name, session.user->nickname)) {
      continue;
    }
    list.push_back({name, room->online(), joined, rule});
  }
  return list;
}

std::vector<std::string> Hub::rooms_of(const Session& session) const {
  ReadLock lock(mutex_);
  return session.user->rooms;
}

tl::expected<History, Error> Hub::history(const Session& session, HistoryQuery query) const {
  query.user = session.user->nickname;
  {
    // The nickname of an evicted session may be somebody else's by now.
    ReadLock lock(mutex_);
    if (session.user->left) return tl::unexpected(why_gone(*session.user));
  }
  if (!query.room.empty()) {
    const RoomPtr room = find_room(query.room);
    if (!room) return tl::unexpected(Error{ErrorCode::kNoSuchRoom});
    if (!room->has(query.user)) return tl::unexpected(Error{ErrorCode::kNotInRoom});
  }
  if (query.room.empty()) query.after = session.user->born;
  return log_.history(query);
}

}  // namespace encke
