// session.h: who is asking: tokens, secrets, and the user behind them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mailbox.h"
#include "core/random.h"
#include "core/ref.h"

namespace encke {

/// 128 random bits; on the wire, 32 lower-case hexadecimal digits. Compared in constant time.
struct Token {
  std::array<std::uint8_t, 16> bytes{};

  static Token make(RandomSource& random);
  static std::optional<Token> parse(std::string_view text);
  std::string text() const;
  bool same_as(const Token& other) const;
  /// What a table looks a token up by; finding an entry proves nothing until same_as() agrees.
  std::uint64_t index() const;
};

/// A salted SHA-256 of a secret. Enough for a nickname that lives as long as this process; what is
/// kept on disk needs a slow hash.
class SecretHash {
 public:
  SecretHash() = default;
  SecretHash(std::string_view secret, RandomSource& random);
  bool empty() const { return !set_; }
  /// In constant time; false for an empty hash.
  bool matches(std::string_view secret) const;

 private:
  using Digest = std::array<std::uint8_t, 32>;
  Digest digest(std::string_view secret) const;
  bool set_ = false;
  std::array<std::uint8_t, 16> salt_{};
  Digest digest_{};
};

/// Somebody in the chat. Lives from the first login until the last session has ended or the user
/// has been away for too long. Fields after the first four belong to the hub's lock.
struct User final : RefCounted {
  User(std::string name, MailboxPtr box, Position since)
      : nickname(std::move(name)), mailbox(std::move(box)), born(since) {}

  const std::string nickname;
  const MailboxPtr mailbox;
  /// The log's end when this user came. What was said to the nickname before that was said to
  /// another owner of it, and tells the two apart.
  const Position born;
  std::atomic<bool> online{true};      // read without the lock, changed with it
  std::atomic<TimePoint> next_look{};  // which of the user's entries in the due queue counts

  SecretHash secret;
  bool left = false;  // out of the hub's tables
  std::vector<std::string> rooms;
  std::vector<std::uint64_t> sessions;  // Token::index(), oldest first
  std::uint64_t basic_session = 0;
};

using UserPtr = Ref<User>;

/// One login of a user. Immutable but for `ended`.
struct Session final : RefCounted {
  Session(Token t, UserPtr u, Position p) : token(t), user(std::move(u)), cursor(p) {}

  const Token token;
  const UserPtr user;
  const Position cursor;  ///< the log's end at login: where reading begins
  std::atomic<bool> ended{false};
};

using SessionPtr = Ref<Session>;

}  // namespace encke
