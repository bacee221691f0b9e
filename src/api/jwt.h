// jwt.h: tokens that another server signed: how a site brings its own users.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "core/clock.h"
#include "core/error.h"
#include "core/mutex.h"

namespace encke {

struct JwtOptions {
  std::string secret = {};      ///< for HS256; at least 32 bytes (RFC 7518, section 3.2)
  std::string public_key = {};  ///< for RS256; PEM, at least 2048 bits (section 3.3)
  std::string issuer = {};      ///< what `iss` has to be; empty: anything
  std::string audience = {};    ///< what `aud` has to be, or to have; empty: anything
};

/// What a token says.
struct JwtClaims {
  std::string nickname;  ///< `nickname`, or else `sub`
  bool is_operator = false;
  std::optional<std::set<std::string>> rooms = {};
  WallTime expires{};
};
using JwtClaimsPtr = std::shared_ptr<const JwtClaims>;

/// Checks JSON Web Tokens (RFC 7519) in the compact form of RFC 7515, and as RFC 8725 advises:
/// which algorithm counts is this server's to say, and each key is used with its own alone; a token
/// without an end is none. Errors: kBadJwt, whose detail says what is wrong, and kJwtExpired.
///
/// A token that was found good is remembered until it expires, so that one with each request costs
/// a look-up. Every method may be called from any thread.
class JwtVerifier {
 public:
  static constexpr std::size_t kMaxToken = 8 * 1024;  // bytes
  static constexpr std::size_t kRemembered = 10'000;  // good ones
  static constexpr std::chrono::seconds kLeeway{30};  // by which two clocks may differ

  explicit JwtVerifier(const Clock& clock);
  ~JwtVerifier();

  /// Before anything else. Why these cannot be verified with, if so.
  std::optional<std::string> configure(JwtOptions options);
  /// Whether any token could be good.
  bool is_on() const { return key_ != nullptr || !options_.secret.empty(); }

  tl::expected<JwtClaimsPtr, Error> verify(std::string_view token);

  /// A token, rather than one of our own sessions': those have no dot.
  static bool looks_like_one(std::string_view text) {
    return text.find('.') != std::string_view::npos;
  }

 private:
  struct Key;  // OpenSSL's

  tl::expected<JwtClaimsPtr, Error> check(std::string_view token) const;
  bool is_signed(const std::string& algorithm, std::string_view text,
                 const std::string& signature) const;

  const Clock& clock_;
  JwtOptions options_;
  std::unique_ptr<Key> key_;
  Mutex mutex_;
  std::map<std::string, JwtClaimsPtr, std::less<>> good_ GUARDED_BY(mutex_);
  std::multimap<WallTime, std::string> by_end_ GUARDED_BY(mutex_);
};

}  // namespace encke
