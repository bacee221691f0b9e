// hub_presence.cc: who is here: the two eviction rules, on the mailboxes' timestamps.
//
// A user who was not heard of for gone_after is gone: one `system` event says so, and the mailbox
// goes on filling. One who comes back within resume_within continues without loss; after that the
// nickname is free again. The article's own rule, off by default, evicts whoever has not spoken for
// silent_after.
#include <algorithm>

#include "core/hub.h"

namespace encke {
namespace {

// The article's notice, for both kinds of reader.
constexpr const char* kNouserText =
    "由于长时间未说话，您已经掉线，请重新刷新页面 "
    "(You said nothing for too long and were logged out; please log in again.)";

EventPtr make_nouser(const std::string& text, const std::string& code) {
  auto nouser = make_ref<Event>();
  nouser->kind = EventKind::kNouser;
  nouser->text = text;
  nouser->to = code;
  return nouser;
}

}  // namespace

void Hub::seen(const UserPtr& user) {
  user->mailbox->seen(clock_.now());
  if (user->online.load(std::memory_order_relaxed)) return;
  WriteLock lock(mutex_);
  if (user->left || user->online.load(std::memory_order_relaxed)) return;
  set_online(*user, true);
  counters_.resumed.fetch_add(1, std::memory_order_relaxed);
}

void Hub::set_online(User& user, bool online) {
  if (user.online.exchange(online, std::memory_order_relaxed) == online) return;
  counters_.online.fetch_add(online ? 1 : -1, std::memory_order_relaxed);
  for (const std::string& name : user.rooms) {
    if (const auto room = rooms_.find(name); room != rooms_.end()) {
      announce(*room->second, user.nickname, online);
    }
  }
  if (!user.left) save(user);
  // The look that is due was for one who is gone, and comes too late for one who is back.
  if (online) look_later(user, clock_.now());
}

void Hub::look_later(User& user, TimePoint at) {
  user.next_look.store(at, std::memory_order_relaxed);
  due_.add({at, {}, UserPtr(&user), {}});
}

// One event for everybody costs what there are members, so how often it may be said follows from
// how many they are: 4,000 deliveries a second at the most, whoever comes and goes.
void Hub::announce(Room& room, const std::string& nickname, bool came) {
  if (!room.note(nickname, came)) return;
  const std::size_t per = options_.gather_members;
  const auto times = per == 0 ? 1 : std::max<std::size_t>(1, room.members() / per);
  due_.add({clock_.now() + options_.gather * times, room.name(), {}, {}});
}

void Hub::publish_news(Room& room) {
  std::vector<std::function<void()>> after;
  Ref<Event> news;
  {
    // At once, as evict() adds to both.
    ReadLock lock(mutex_);
    {
      MutexLock after_lock(after_news_mutex_);
      const auto [first, last] = after_news_.equal_range(&room);
      for (auto at = first; at != last; ++at) after.push_back(std::move(at->second));
      after_news_.erase(first, last);
    }
    news = room.take_news(options_.max_changes);
  }
  if (!news && after.empty()) return;
  auto finish = [after = std::move(after)] {
    for (const auto& each : after) each();
  };
  // Those before these may be on their way to the disk still.
  if (!news) return store_.sync([finish = std::move(finish)](const auto&) { finish(); });
  // News that the log refuses is lost to nobody for long: /users tells.
  log_.append(std::move(news), [finish = std::move(finish)](const auto&) { finish(); });
}

void Hub::run_due() {
  const TimePoint now = clock_.now();
  while (auto due = due_.take(now)) {
    if (due->user) {
      if (due->user->next_look.load(std::memory_order_relaxed) == due->at) look_at(due->user);
    } else if (due->session) {
      finish(due->session);
    } else if (const RoomPtr room = find_room(due->room)) {
      publish_news(*room);
    }
  }
}

std::optional<TimePoint> Hub::silent_due(const Mailbox::Liveness& liveness) const {
  if (options_.silent_after.count() == 0) return std::nullopt;
  // Looked at every silent_check, as the article does: the first look after the time is up.
  const auto check = std::max<Duration>(options_.silent_check, std::chrono::milliseconds(1));
  const auto due = (liveness.last_spoke + options_.silent_after).time_since_epoch();
  return TimePoint((due / check + 1) * check);
}

void Hub::look_at(const UserPtr& user) {
  {
    ReadLock lock(mutex_);
    if (user->left) return;
  }
  const TimePoint now = clock_.now();
  user->mailbox->expire(clock_.wall_now());
  const auto liveness = user->mailbox->liveness();
  bool online = user->online.load(std::memory_order_relaxed);
  const auto silent = silent_due(liveness);
  if (silent && *silent <= now && online && evict_silent(user, now)) return;
  const TimePoint heard = liveness.reading ? now : liveness.last_seen;
  std::optional<TimePoint> next = silent;
  if (options_.gone_after.count() != 0) {
    TimePoint due = heard + options_.gone_after;
    if (due <= now) {
      if (online && !mark_gone(*user, now)) return;
      online = false;
      due = heard + std::max(options_.gone_after, options_.resume_within);
      if (due <= now && evict_absent(user, now)) return;
    }
    next = next && *next > now ? std::min(*next, due) : due;
  }
  if (!next) return;
  ReadLock lock(mutex_);
  // One who came back meanwhile has a look due already.
  if (!online && user->online.load(std::memory_order_relaxed)) return;
  look_later(*user, std::max(*next, now + std::chrono::milliseconds(1)));
}

bool Hub::heard_within(const User& user, Duration time, TimePoint now) {
  const auto liveness = user.mailbox->liveness();
  return liveness.reading || liveness.last_seen + time > now;
}

bool Hub::mark_gone(User& user, TimePoint now) {
  WriteLock lock(mutex_);
  if (user.left) return false;
  // First away, then a second look: a poll that stamps the mailbox before this look is seen here,
  // and one that stamps it later finds `online` false, and waits for the lock to come back.
  set_online(user, false);
  if (heard_within(user, options_.gone_after, now)) {
    set_online(user, true);
    return false;
  }
  counters_.gone.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool Hub::evict_absent(const UserPtr& user, TimePoint now) {
  WakeList wakes;
  WriteLock lock(mutex_);
  if (user->left) return true;
  if (heard_within(*user, std::max(options_.gone_after, options_.resume_within), now)) return false;
  set_online(*user, false);
  counters_.evicted_absent.fetch_add(1, std::memory_order_relaxed);
  for (const std::uint64_t index : user->sessions) {
    forget_session(index, {ErrorCode::kSessionExpired});
  }
  user->sessions.clear();
  user->mailbox->end_readers(Ending::kClosed, wakes);
  remove_user(*user);
  return true;
}

bool Hub::evict_silent(const UserPtr& user, TimePoint now) {
  return evict(user, make_nouser(kNouserText, ""), [&] {
    if (*silent_due(user->mailbox->liveness()) > now) return false;  // spoke a moment ago
    counters_.evicted_silent.fetch_add(1, std::memory_order_relaxed);
    return true;
  });
}

bool Hub::send_out(const std::string& nickname, const std::string& notice, const Error& why) {
  UserPtr user;
  {
    ReadLock lock(mutex_);
    const auto found = users_.find(nickname);
    if (found == users_.end()) return false;
    user = found->second;
  }
  const bool banned = why.code == ErrorCode::kBanned;
  return evict(user, make_nouser(notice, banned ? "banned" : "kicked"), [&] {
    user->sent_out = std::make_unique<Error>(why);
    counters_.sent_out.fetch_add(1, std::memory_order_relaxed);
    return true;
  });
}

std::vector<std::string> Hub::users_from(const Network& network) const {
  std::vector<std::string> nicknames;
  ReadLock lock(mutex_);
  for (const auto& [nickname, user] : users_) {
    for (const std::uint64_t index : user->sessions) {
      const auto session = sessions_.find(index);
      if (session == sessions_.end() || !network.has(session->second->from())) continue;
      nicknames.push_back(nickname);
      break;
    }
  }
  return nicknames;
}

// The `system` event that says the user went has to be in the user's own mailbox before `nouser`
// is, so the mailbox is closed when the news of all the user's rooms has been published.
bool Hub::evict(const UserPtr& user, EventPtr nouser, const std::function<bool()>& applies) {
  auto left = std::make_shared<std::atomic<std::size_t>>(1);
  auto close = [this, user, left, nouser = std::move(nouser)] {
    if (left->fetch_sub(1) == 1) close_evicted(user, nouser);
  };
  {
    WriteLock lock(mutex_);
    if (user->left) return true;
    if (!applies()) return false;
    user->left = true;
    // A restart before they have read the notice would let them back in, or hand the nickname's
    // next owner to them.
    forget(*user);
    for (const std::uint64_t index : user->sessions) {
      if (const auto session = sessions_.find(index); session != sessions_.end()) {
        forget(*session->second);
      }
    }
    const bool online = user->online.load(std::memory_order_relaxed);
    for (const std::string& name : user->rooms) {
      const auto room = rooms_.find(name);
      if (room == rooms_.end()) continue;
      left->fetch_add(1);
      {
        MutexLock after_lock(after_news_mutex_);
        after_news_.emplace(room->second.get(), close);
      }
      // That one who is away went is told already, or about to be.
      if (!online) due_.add({clock_.now(), name, {}, {}});
    }
    set_online(*user, false);
  }
  close();
  return true;
}

void Hub::close_evicted(const UserPtr& user, const EventPtr& nouser) {
  WakeList wakes;
  WriteLock lock(mutex_);
  for (const std::uint64_t index : user->sessions) {
    // Their readers, or their next poll, get the notice; those who never come back are forgotten.
    const auto session = sessions_.find(index);
    if (session == sessions_.end()) continue;
    due_.add({clock_.now() + options_.resume_within, {}, {}, session->second});
  }
  remove_user(*user);
  user->mailbox->close(nouser, wakes);
}

void Hub::drain() {
  std::vector<MailboxPtr> mailboxes;
  {
    ReadLock lock(mutex_);
    for (const auto& [name, user] : users_) mailboxes.push_back(user->mailbox);
  }
  WakeList wakes;
  for (const MailboxPtr& mailbox : mailboxes) mailbox->end_readers(Ending::kDraining, wakes);
}

Hub::MailboxDepth Hub::mailbox_depth() const {
  constexpr std::size_t kAtATime = 1000;  // who logs in waits for no more than these
  MailboxDepth depth;
  std::string after;
  while (true) {
    ReadLock lock(mutex_);
    auto user = users_.upper_bound(after);
    for (std::size_t i = 0; i < kAtATime && user != users_.end(); ++i, ++user) {
      const std::size_t size = user->second->mailbox->size();
      depth.events += size;
      depth.largest = std::max(depth.largest, size);
      after = user->first;
    }
    if (user == users_.end()) return depth;
  }
}

std::size_t Hub::user_count() const {
  ReadLock lock(mutex_);
  return users_.size();
}

}  // namespace encke
