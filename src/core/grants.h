// grants.h: what a nickname may beyond others, or may not, as whoever logged it in has shown.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/clock.h"
#include "core/mutex.h"
#include "core/store.h"

namespace encke {

struct Grant {
  std::optional<WallTime> operator_until = {};      ///< an operator up to then
  std::optional<std::set<std::string>> rooms = {};  ///< may be in these alone; without it, anywhere
  friend bool operator==(const Grant&, const Grant&) = default;
};

/// The grant of the last token that was shown for each nickname, or of an operator's secret. It
/// outlives the token's session, so that whoever was confined to some rooms stays so for as long as
/// the user is there; but an operator is one no longer than the token says. Kept in the store, as
/// facts of the kind `grant`. Every method may be called from any thread; asking costs nothing
/// while there are none.
class Grants {
 public:
  Grants(Store& store, const Clock& clock);

  /// For those whom this server itself knows as operators, not a token.
  static constexpr WallTime kForever = WallTime::max();

  /// False if nothing changes.
  bool set(const std::string& nickname, const Grant& grant);
  /// Somebody else has this nickname now.
  void forget(const std::string& nickname) { set(nickname, {}); }
  /// Nothing for who is none, or none any more.
  std::optional<WallTime> operator_until(const std::string& nickname) const;
  /// Nothing: anywhere.
  std::optional<std::set<std::string>> rooms_of(const std::string& nickname) const;
  /// Forgets those of who is there no more. `is_here` may take the hub's lock.
  void forget_absent(const std::function<bool(const std::string&)>& is_here);
  bool may_join(const std::string& nickname, const std::string& room) const;

 private:
  Store& store_;
  const Clock& clock_;
  mutable SharedMutex mutex_;
  std::map<std::string, Grant> grants_ GUARDED_BY(mutex_);  // but for empty ones
  std::atomic<bool> any_{false};
};

}  // namespace encke
