// A ban's fact: its name is `@nickname` or the network, since a nickname may look like an address;
// its value has the moment of its end in milliseconds (0: none), who, and why, a line each.
#include "core/bans.h"

#include <charconv>
#include <ctime>
#include <utility>

namespace encke {
namespace {

constexpr const char* kKind = "ban";

std::string name_of(const Ban& ban) {
  return ban.network ? ban.network->text() : '@' + ban.nickname;
}

std::string value_of(const Ban& ban) {
  const auto until = ban.until ? ban.until->time_since_epoch().count() : 0;
  return std::to_string(until) + '\n' + ban.by + '\n' + ban.reason;
}

std::optional<Ban> read(const Fact& fact) {
  Ban ban;
  if (fact.name.starts_with('@')) {
    ban.nickname = fact.name.substr(1);
  } else {
    ban.network = Network::parse(fact.name);
    if (!ban.network) return std::nullopt;
  }
  const auto first = fact.value.find('\n');
  const auto second = first == std::string::npos ? first : fact.value.find('\n', first + 1);
  if (second == std::string::npos) return std::nullopt;
  std::int64_t until = 0;
  const auto [at, error] = std::from_chars(fact.value.data(), fact.value.data() + first, until);
  if (error != std::errc() || at != fact.value.data() + first) return std::nullopt;
  if (until != 0) ban.until = WallTime(std::chrono::milliseconds(until));
  ban.by = fact.value.substr(first + 1, second - first - 1);
  ban.reason = fact.value.substr(second + 1);
  return ban;
}

}  // namespace

Error Ban::error() const {
  std::string detail = reason;
  if (until) {
    const std::time_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(until->time_since_epoch()).count();
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[40];
    std::strftime(text, sizeof text, "until %Y-%m-%d %H:%M UTC", &utc);
    detail += detail.empty() ? text : std::string(" (") + text + ')';
  }
  return {ErrorCode::kBanned, detail};
}

Bans::Bans(Store& store, const Clock& clock) : store_(store), clock_(clock) {
  WriteLock lock(mutex_);
  for (const Fact& fact : store_.facts(kKind)) {
    if (const auto ban = read(fact)) put(*ban);
  }
  forget_old();
}

void Bans::put(const Ban& ban) {
  if (ban.network) {
    networks_[ban.network->prefix][ban.network->first] = ban;
    any_network_ = true;
  } else {
    nicknames_[ban.nickname] = ban;
    any_nickname_ = true;
  }
}

std::size_t Bans::count() const {
  std::size_t count = nicknames_.size();
  for (const auto& [prefix, bans] : networks_) count += bans.size();
  return count;
}

void Bans::forget_old() {
  const WallTime now = clock_.wall_now();
  const auto forget = [&](const auto& entry) {
    if (!entry.second.over(now)) return false;
    store_.forget(kKind, name_of(entry.second));
    return true;
  };
  std::erase_if(nicknames_, forget);
  for (auto& [prefix, bans] : networks_) std::erase_if(bans, forget);
  std::erase_if(networks_, [](const auto& entry) { return entry.second.empty(); });
  any_network_ = !networks_.empty();
  any_nickname_ = !nicknames_.empty();
}

bool Bans::add(const Ban& ban) {
  WriteLock lock(mutex_);
  if (count() >= kMost) forget_old();
  if (count() >= kMost) return false;
  put(ban);
  store_.keep({kKind, name_of(ban), value_of(ban)});
  return true;
}

bool Bans::remove(const std::string& nickname) {
  WriteLock lock(mutex_);
  forget_old();
  if (nicknames_.erase(nickname) == 0) return false;
  any_nickname_ = !nicknames_.empty();
  store_.forget(kKind, '@' + nickname);
  return true;
}

bool Bans::remove(const Network& network) {
  WriteLock lock(mutex_);
  forget_old();
  const auto found = networks_.find(network.prefix);
  if (found == networks_.end() || found->second.erase(network.first) == 0) return false;
  if (found->second.empty()) networks_.erase(found);
  any_network_ = !networks_.empty();
  store_.forget(kKind, network.text());
  return true;
}

std::optional<Ban> Bans::of(const std::string& nickname) const {
  if (!any_nickname_.load(std::memory_order_relaxed)) return std::nullopt;
  ReadLock lock(mutex_);
  const auto found = nicknames_.find(nickname);
  if (found == nicknames_.end() || found->second.over(clock_.wall_now())) return std::nullopt;
  return found->second;
}

std::optional<Ban> Bans::of(const Address& address) const {
  if (!any_network_.load(std::memory_order_relaxed)) return std::nullopt;
  ReadLock lock(mutex_);
  for (const auto& [prefix, bans] : networks_) {
    const auto found = bans.find(address.first_of(prefix));
    if (found != bans.end() && !found->second.over(clock_.wall_now())) return found->second;
  }
  return std::nullopt;
}

std::vector<Ban> Bans::all() const {
  const WallTime now = clock_.wall_now();
  std::vector<Ban> list;
  ReadLock lock(mutex_);
  const auto add = [&](const auto& bans) {
    for (const auto& [name, ban] : bans) {
      if (!ban.over(now)) list.push_back(ban);
    }
  };
  add(nicknames_);
  for (const auto& [prefix, bans] : networks_) add(bans);
  return list;
}

}  // namespace encke
