// bans.h: who is kept out, by nickname or by address.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "core/address.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/mutex.h"
#include "core/store.h"

namespace encke {

struct Ban {
  std::string nickname = {};  ///< or else
  std::optional<Network> network = {};
  std::string reason = {};             ///< for the banned to read; may be empty
  std::string by = {};                 ///< the operator
  std::optional<WallTime> until = {};  ///< for good without it

  bool over(WallTime now) const { return until && *until <= now; }
  /// What the banned are told.
  Error error() const;
};

/// Kept in the store, as facts of the kind `ban`. Every method may be called from any thread;
/// asking about an address costs nothing while no address is banned.
class Bans {
 public:
  static constexpr std::size_t kMost = 100'000;

  Bans(Store& store, const Clock& clock);

  /// In place of an older one of the same nickname or network. False: there are kMost already.
  bool add(const Ban& ban);
  /// False if there is none.
  bool remove(const std::string& nickname);
  bool remove(const Network& network);

  std::optional<Ban> of(const std::string& nickname) const;
  std::optional<Ban> of(const Address& address) const;
  /// Those that are not over: of nicknames, then of networks, each sorted.
  std::vector<Ban> all() const;

 private:
  void put(const Ban& ban) REQUIRES(mutex_);
  void forget_old() REQUIRES(mutex_);
  std::size_t count() const REQUIRES_SHARED(mutex_);

  Store& store_;
  const Clock& clock_;
  mutable SharedMutex mutex_;
  std::map<std::string, Ban, std::less<>> nicknames_ GUARDED_BY(mutex_);
  // By length of prefix, of which there are few, and then by what begins so.
  std::map<unsigned, std::map<Address, Ban>> networks_ GUARDED_BY(mutex_);
  std::atomic<bool> any_network_{false};
  std::atomic<bool> any_nickname_{false};
};

}  // namespace encke
