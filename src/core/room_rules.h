// room_rules.h: who may join a room, and who may speak in it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/mutex.h"
#include "core/store.h"

namespace encke {

enum class RoomRule : std::uint8_t {
  kOpen,
  kReadOnly,  ///< everybody may join, operators speak
  kMembers,   ///< who was invited may join, and knows that it is there
};

/// `open`, `read-only`, `members`.
std::string_view to_string(RoomRule rule);
std::optional<RoomRule> parse_room_rule(std::string_view text);

/// The rules of rooms by name, whether anybody is in there or not, and who was invited to which.
/// Kept in the store, as facts of the kinds `room` and `invited`. Every method may be called from
/// any thread, with the hub's lock held; asking costs nothing while every room is open.
class RoomRules {
 public:
  explicit RoomRules(Store& store);

  RoomRule of(const std::string& room) const;
  void set(const std::string& room, RoomRule rule);

  bool is_invited(const std::string& room, const std::string& nickname) const;
  /// False if nothing changes.
  bool invite(const std::string& room, const std::string& nickname);
  bool uninvite(const std::string& room, const std::string& nickname);
  std::vector<std::string> invited(const std::string& room) const;

 private:
  Store& store_;
  mutable SharedMutex mutex_;
  std::map<std::string, RoomRule> rules_ GUARDED_BY(mutex_);  // but for kOpen
  std::map<std::string, std::set<std::string>> invited_ GUARDED_BY(mutex_);
  std::atomic<bool> any_{false};
};

}  // namespace encke
