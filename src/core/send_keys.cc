#include "core/send_keys.h"

#include <utility>

namespace encke {

bool SendKeys::begin(const std::string& user, const std::string& key, TimePoint now, Done done) {
  EventPtr known;
  {
    MutexLock lock(mutex_);
    forget_old(now);
    auto [entry, fresh] = entries_.try_emplace(full_key(user, key));
    if (fresh) {
      entry->second.expires = now + keep_;
      entry->second.waiting.push_back(std::move(done));
      by_age_.emplace_back(entry->second.expires, entry->first);
      return true;
    }
    if (!entry->second.event) {
      entry->second.waiting.push_back(std::move(done));
      return false;
    }
    known = entry->second.event;
  }
  done(known);
  return false;
}

void SendKeys::restore(const EventPtr& event, TimePoint expires) {
  MutexLock lock(mutex_);
  const auto [entry, fresh] = entries_.try_emplace(event->send_key);
  if (!fresh) return;
  entry->second.expires = expires;
  entry->second.event = event;
  by_age_.emplace_back(expires, entry->first);
}

void SendKeys::settle(const std::string& user, const std::string& key, const Answer& answer) {
  std::vector<Done> waiting;
  {
    MutexLock lock(mutex_);
    const auto found = entries_.find(full_key(user, key));
    if (found == entries_.end()) return;
    waiting = std::move(found->second.waiting);
    found->second.waiting.clear();
    if (answer) {
      found->second.event = *answer;
    } else {
      entries_.erase(found);  // its place in by_age_ is passed over when its time comes
    }
  }
  for (const Done& done : waiting) done(answer);
}

void SendKeys::forget_old(TimePoint now) {
  while (!by_age_.empty() &&
         (by_age_.front().first <= now || (max_ != 0 && by_age_.size() > max_))) {
    auto [expires, key] = std::move(by_age_.front());
    by_age_.pop_front();
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.expires != expires) continue;
    if (found->second.waiting.empty()) {
      entries_.erase(found);
    } else {  // still being committed, and somebody waits for its answer
      found->second.expires = now + keep_;
      by_age_.emplace_back(found->second.expires, std::move(key));
      return;
    }
  }
}

}  // namespace encke
