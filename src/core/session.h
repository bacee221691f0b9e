// session.h: who is asking: tokens, secrets, and the user behind them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/address.h"
#include "core/error.h"
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

/// What a hash of a secret costs whoever makes one, or guesses: the parameters of scrypt (RFC
/// 7914). Memory is 128 * N * r bytes, which is 16 MiB for these; time grows with it.
struct SecretCost {
  unsigned log2_n = 14;
  unsigned r = 8;
  unsigned p = 1;

  std::size_t memory() const { return (std::size_t{128} * r) << log2_n; }
  /// Bounded, since hashes are also read from where somebody may have written: at most 1 GiB.
  bool valid() const;
  friend bool operator==(const SecretCost&, const SecretCost&) = default;
};

/// A salted scrypt hash of a secret: guessing is slow even for whoever has stolen it, and so is
/// making one, and comparing: tens of milliseconds. Not for a loop's thread, nor under a lock.
class SecretHash {
 public:
  /// Of no secret, which matches nothing.
  SecretHash() = default;
  /// Empty too if there was no memory for it.
  SecretHash(std::string_view secret, RandomSource& random, const SecretCost& cost = {});
  bool empty() const { return !set_; }
  const SecretCost& cost() const { return cost_; }
  /// In constant time; false for an empty hash, and at once.
  bool matches(std::string_view secret) const;
  /// The same hash, of the same secret at the same time: no other has its salt.
  bool same_as(const SecretHash& other) const {
    return set_ == other.set_ && salt_ == other.salt_ && digest_ == other.digest_;
  }

  /// `scrypt$LOG2N$R$P$SALT$HASH`, the last two in hexadecimal: what is kept. Empty if it is empty.
  std::string text() const;
  static std::optional<SecretHash> parse(std::string_view text);

  using Digest = std::array<std::uint8_t, 32>;
  /// RFC 7914 itself; nothing where the cost is out of bounds, or there is no memory for it.
  static std::optional<Digest> scrypt(std::string_view secret, std::span<const std::uint8_t> salt,
                                      const SecretCost& cost);

 private:
  bool set_ = false;
  SecretCost cost_;
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
  std::unique_ptr<Error> sent_out;  // why an operator did that
};

using UserPtr = Ref<User>;

/// One login of a user. Immutable but for the atomic ones.
struct Session final : RefCounted {
  Session(Token t, UserPtr u, Position p) : token(t), user(std::move(u)), cursor(p) {}

  const Token token;
  const UserPtr user;
  const Position cursor;  ///< the log's end at login: where reading begins
  std::atomic<bool> ended{false};
  std::atomic<bool> met{false};  ///< its first request was seen

  /// From where the last request came: an address that is banned later takes it along.
  void asked_from(const Address& address) {
    std::array<std::uint64_t, 2> halves{};
    std::memcpy(halves.data(), address.bytes.data(), address.bytes.size());
    for (std::size_t i = 0; i < halves.size(); ++i) {
      if (from_[i].load(std::memory_order_relaxed) != halves[i]) {
        from_[i].store(halves[i], std::memory_order_relaxed);
      }
    }
  }
  Address from() const {
    Address address;
    for (std::size_t i = 0; i < from_.size(); ++i) {
      const std::uint64_t half = from_[i].load(std::memory_order_relaxed);
      std::memcpy(address.bytes.data() + 8 * i, &half, sizeof half);
    }
    return address;
  }

 private:
  std::array<std::atomic<std::uint64_t>, 2> from_{};
};

using SessionPtr = Ref<Session>;

}  // namespace encke
