// kept.h: users and sessions as facts that outlive the server (store.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/event_log.h"
#include "core/position.h"
#include "core/store.h"

namespace encke {

/// A user, as far as that cannot be told from the log. On disk: lines of `born POSITION`, `online`,
/// `secret HASH` and, for each room, `stay SINCE UNTIL ROOM`, where UNTIL is `-` for who is there.
struct KeptUser {
  static constexpr const char* kKind = "user";
  Owed owed;  // the nickname too
  bool online = false;
  std::string secret;  // SecretHash::text()

  Fact fact() const;
  static std::optional<KeptUser> parse(const Fact& fact);
};

/// A session. Its fact's name is the token; its value, lines of `nickname NICKNAME`, `cursor
/// POSITION` and, if it is the one of HTTP Basic, `basic`.
struct KeptSession {
  static constexpr const char* kKind = "session";
  std::string token;
  std::string nickname;
  Position cursor;
  bool basic = false;

  Fact fact() const;
  static std::optional<KeptSession> parse(const Fact& fact);
};

/// Enters a room after `offset`, or leaves it there. Of the stays that are over, a bounded number
/// is remembered.
void begin_stay(Owed& owed, const std::string& room, std::uint64_t offset);
void end_stay(Owed& owed, const std::string& room, std::uint64_t offset);

}  // namespace encke
