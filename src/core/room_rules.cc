#include "core/room_rules.h"

#include <array>
#include <utility>

namespace encke {
namespace {

constexpr const char* kRoom = "room";
constexpr const char* kInvited = "invited";  // its name is `room/nickname`: neither has a slash

constexpr std::array<std::pair<RoomRule, std::string_view>, 3> kNames = {{
    {RoomRule::kOpen, "open"},
    {RoomRule::kReadOnly, "read-only"},
    {RoomRule::kMembers, "members"},
}};

}  // namespace

std::string_view to_string(RoomRule rule) {
  return kNames.at(static_cast<std::size_t>(rule)).second;
}

std::optional<RoomRule> parse_room_rule(std::string_view text) {
  for (const auto& [rule, name] : kNames) {
    if (name == text) return rule;
  }
  return std::nullopt;
}

RoomRules::RoomRules(Store& store) : store_(store) {
  WriteLock lock(mutex_);
  for (const Fact& fact : store_.facts(kRoom)) {
    const auto rule = parse_room_rule(fact.value);
    if (rule && *rule != RoomRule::kOpen) rules_[fact.name] = *rule;
  }
  for (const Fact& fact : store_.facts(kInvited)) {
    const auto slash = fact.name.find('/');
    if (slash == std::string::npos) continue;
    invited_[fact.name.substr(0, slash)].insert(fact.name.substr(slash + 1));
  }
  any_ = !rules_.empty();
}

RoomRule RoomRules::of(const std::string& room) const {
  if (!any_.load(std::memory_order_relaxed)) return RoomRule::kOpen;
  ReadLock lock(mutex_);
  const auto found = rules_.find(room);
  return found == rules_.end() ? RoomRule::kOpen : found->second;
}

void RoomRules::set(const std::string& room, RoomRule rule) {
  WriteLock lock(mutex_);
  if (rule == RoomRule::kOpen) {
    rules_.erase(room);
    store_.forget(kRoom, room);
  } else {
    rules_[room] = rule;
    store_.keep({kRoom, room, std::string(to_string(rule))});
  }
  any_ = !rules_.empty();
}

bool RoomRules::is_invited(const std::string& room, const std::string& nickname) const {
  ReadLock lock(mutex_);
  const auto found = invited_.find(room);
  return found != invited_.end() && found->second.contains(nickname);
}

bool RoomRules::invite(const std::string& room, const std::string& nickname) {
  WriteLock lock(mutex_);
  if (!invited_[room].insert(nickname).second) return false;
  store_.keep({kInvited, room + '/' + nickname, ""});
  return true;
}

bool RoomRules::uninvite(const std::string& room, const std::string& nickname) {
  WriteLock lock(mutex_);
  const auto found = invited_.find(room);
  if (found == invited_.end() || found->second.erase(nickname) == 0) return false;
  if (found->second.empty()) invited_.erase(found);
  store_.forget(kInvited, room + '/' + nickname);
  return true;
}

std::vector<std::string> RoomRules::invited(const std::string& room) const {
  ReadLock lock(mutex_);
  const auto found = invited_.find(room);
  if (found == invited_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

}  // namespace encke
