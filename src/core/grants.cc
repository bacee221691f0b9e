// A grant's fact: the end of being an operator in milliseconds (0: is none), and behind it, a line
// each, the rooms; `/`, which none is called: any.
#include "core/grants.h"

#include <charconv>
#include <string_view>

namespace encke {
namespace {

constexpr const char* kKind = "grant";

std::string value_of(const Grant& grant) {
  const auto until = grant.operator_until ? grant.operator_until->time_since_epoch().count() : 0;
  std::string value = std::to_string(until);
  if (!grant.rooms) return value + "\n/";
  for (const std::string& room : *grant.rooms) (value += '\n') += room;
  return value;
}

Grant read(std::string_view value) {
  Grant grant;
  auto end = value.find('\n');
  std::int64_t until = 0;
  const auto first = value.substr(0, end);
  std::from_chars(first.data(), first.data() + first.size(), until);
  if (until != 0) grant.operator_until = WallTime(std::chrono::milliseconds(until));
  // What cannot be read confines: to no room.
  grant.rooms.emplace();
  while (end != std::string_view::npos) {
    value.remove_prefix(end + 1);
    end = value.find('\n');
    grant.rooms->emplace(value.substr(0, end));
  }
  if (grant.rooms->contains("/")) grant.rooms.reset();
  return grant;
}

}  // namespace

Grants::Grants(Store& store, const Clock& clock) : store_(store), clock_(clock) {
  WriteLock lock(mutex_);
  for (const Fact& fact : store_.facts(kKind)) {
    const Grant grant = read(fact.value);
    const bool over = !grant.operator_until || *grant.operator_until <= clock_.wall_now();
    if (over && !grant.rooms) {
      store_.forget(kKind, fact.name);
    } else {
      grants_[fact.name] = grant;
    }
  }
  any_ = !grants_.empty();
}

bool Grants::set(const std::string& nickname, const Grant& grant) {
  if (grant == Grant() && !any_.load()) return false;
  WriteLock lock(mutex_);
  const auto found = grants_.find(nickname);
  if (grant == Grant()) {
    if (found == grants_.end()) return false;
    grants_.erase(found);
    store_.forget(kKind, nickname);
  } else {
    if (found != grants_.end() && found->second == grant) return false;
    grants_[nickname] = grant;
    store_.keep({kKind, nickname, value_of(grant)});
  }
  any_ = !grants_.empty();
  return true;
}

std::optional<WallTime> Grants::operator_until(const std::string& nickname) const {
  if (!any_.load()) return std::nullopt;
  ReadLock lock(mutex_);
  const auto found = grants_.find(nickname);
  if (found == grants_.end() || !found->second.operator_until) return std::nullopt;
  const WallTime until = *found->second.operator_until;
  return until > clock_.wall_now() ? std::optional(until) : std::nullopt;
}

std::optional<std::set<std::string>> Grants::rooms_of(const std::string& nickname) const {
  if (!any_.load()) return std::nullopt;
  ReadLock lock(mutex_);
  const auto found = grants_.find(nickname);
  return found == grants_.end() ? std::nullopt : found->second.rooms;
}

// With the lock held, so that nobody is given a grant between the question and the answer.
void Grants::forget_absent(const std::function<bool(const std::string&)>& is_here) {
  if (!any_.load()) return;
  WriteLock lock(mutex_);
  for (auto grant = grants_.begin(); grant != grants_.end();) {
    if (is_here(grant->first)) {
      ++grant;
    } else {
      store_.forget(kKind, grant->first);
      grant = grants_.erase(grant);
    }
  }
  any_ = !grants_.empty();
}

bool Grants::may_join(const std::string& nickname, const std::string& room) const {
  if (!any_.load()) return true;
  ReadLock lock(mutex_);
  const auto found = grants_.find(nickname);
  return found == grants_.end() || !found->second.rooms || found->second.rooms->contains(room);
}

}  // namespace encke
