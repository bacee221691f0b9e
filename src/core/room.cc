#include "core/room.h"

#include <algorithm>
#include <utility>

namespace encke {

bool Room::add(const std::string& nickname, MailboxPtr mailbox) {
  WriteLock lock(mutex_);
  const auto [entry, fresh] = members_.try_emplace(nickname, Member{mailboxes_.size()});
  if (!fresh) return false;
  mailboxes_.push_back(std::move(mailbox));
  names_.push_back(&entry->first);
  return true;
}

bool Room::remove(const std::string& nickname) {
  WriteLock lock(mutex_);
  const auto found = members_.find(nickname);
  if (found == members_.end()) return false;
  const std::size_t hole = found->second.index;
  const std::size_t last = mailboxes_.size() - 1;
  if (hole != last) {
    mailboxes_[hole] = std::move(mailboxes_[last]);
    names_[hole] = names_[last];
    members_.find(*names_[hole])->second.index = hole;
  }
  mailboxes_.pop_back();
  names_.pop_back();
  members_.erase(found);
  return true;
}

bool Room::has(const std::string& nickname) const {
  ReadLock lock(mutex_);
  return members_.contains(nickname);
}

std::size_t Room::members() const {
  ReadLock lock(mutex_);
  return mailboxes_.size();
}

std::size_t Room::online() const {
  ReadLock lock(mutex_);
  return online_;
}

std::vector<std::string> Room::list(const std::string& after, std::size_t limit) const {
  std::vector<std::string> names;
  {
    ReadLock lock(mutex_);
    for (const std::string* name : names_) {
      if (*name > after) names.push_back(*name);
    }
  }
  const std::size_t kept = std::min(limit, names.size());
  std::partial_sort(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(kept), names.end());
  names.resize(kept);
  return names;
}

void Room::deliver(const EventPtr& event, WakeList& wakes) {
  ReadLock lock(mutex_);
  // Each mailbox is somewhere else in memory, and at 15,000 of them in no cache: ask ahead.
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = 0; i < mailboxes_.size(); ++i) {
    if (i + kAhead < mailboxes_.size()) __builtin_prefetch(mailboxes_[i + kAhead].get());
    mailboxes_[i]->push(event, wakes);
  }
}

void Room::restore_online(int more) {
  WriteLock lock(mutex_);
  online_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(online_) + more);
}

bool Room::note(const std::string& nickname, bool came) {
  WriteLock lock(mutex_);
  came ? ++online_ : --online_;
  const bool first = news_.empty();
  const auto [entry, fresh] = news_index_.try_emplace(nickname, news_.size());
  if (fresh) {
    news_.emplace_back(nickname, News{!came, came});
  } else {
    news_[entry->second].second.now = came;
  }
  return first;
}

Ref<Event> Room::take_news(std::size_t max_changes) {
  WriteLock lock(mutex_);
  auto event = make_ref<Event>();
  event->kind = EventKind::kSystem;
  event->room = name_;
  event->size = online_;
  for (auto& [nickname, news] : news_) {
    if (news.before == news.now) continue;
    if (max_changes != 0 && event->changes.size() == max_changes) {
      ++event->more_changes;
    } else {
      event->changes.push_back(Change{std::move(nickname), news.now});
    }
  }
  news_.clear();
  news_index_.clear();
  if (event->changes.empty()) return {};
  return event;
}

}  // namespace encke
