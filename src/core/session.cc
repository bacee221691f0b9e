#include "core/session.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace encke {
namespace {

// Lower case, and exactly as many digits as there is room for.
bool from_hex(std::string_view text, std::span<std::uint8_t> bytes) {
  if (text.size() != bytes.size() * 2) return false;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

Token Token::make(RandomSource& random) {
  Token token;
  random.fill(std::as_writable_bytes(std::span(token.bytes)));
  return token;
}

std::optional<Token> Token::parse(std::string_view text) {
  Token token;
  if (!from_hex(text, token.bytes)) return std::nullopt;
  return token;
}

std::string Token::text() const { return to_hex(bytes); }

bool Token::same_as(const Token& other) const {
  return CRYPTO_memcmp(bytes.data(), other.bytes.data(), bytes.size()) == 0;
}

std::uint64_t Token::index() const {
  std::uint64_t index = 0;
  std::memcpy(&index, bytes.data(), sizeof index);
  return index;
}

bool SecretCost::valid() const {
  constexpr std::size_t kMostMemory = std::size_t{1} << 30;
  return log2_n >= 1 && log2_n <= 20 && r >= 1 && r <= 32 && p >= 1 && p <= 16 &&
         memory() <= kMostMemory && log2_n < 16 * r;  // the last, for RFC 7914, section 2
}

std::optional<SecretHash::Digest> SecretHash::scrypt(std::string_view secret,
                                                     std::span<const std::uint8_t> salt,
                                                     const SecretCost& cost) {
  if (!cost.valid()) return std::nullopt;
  // What OpenSSL needs beside the memory itself, for which its own bound leaves no room.
  const std::uint64_t most = cost.memory() + std::size_t{128} * cost.r * (cost.p + 2) + 1024;
  Digest digest{};
  const int done = EVP_PBE_scrypt(secret.data(), secret.size(), salt.data(), salt.size(),
                                  std::uint64_t{1} << cost.log2_n, cost.r, cost.p, most,
                                  digest.data(), digest.size());
  return done == 1 ? std::optional(digest) : std::nullopt;
}

SecretHash::SecretHash(std::string_view secret, RandomSource& random, const SecretCost& cost)
    : cost_(cost) {
  if (secret.empty()) return;
  random.fill(std::as_writable_bytes(std::span(salt_)));
  const auto digest = scrypt(secret, salt_, cost_);
  if (!digest) return;
  digest_ = *digest;
  set_ = true;
}

bool SecretHash::matches(std::string_view secret) const {
  if (!set_ || secret.empty()) return false;
  const auto other = scrypt(secret, salt_, cost_);
  return other && CRYPTO_memcmp(other->data(), digest_.data(), digest_.size()) == 0;
}

std::string SecretHash::text() const {
  if (!set_) return {};
  return "scrypt$" + std::to_string(cost_.log2_n) + '$' + std::to_string(cost_.r) + '$' +
         std::to_string(cost_.p) + '$' + to_hex(salt_) + '$' + to_hex(digest_);
}

std::optional<SecretHash> SecretHash::parse(std::string_view text) {
  SecretHash hash;
  if (text.empty()) return hash;
  std::array<std::string_view, 6> parts;
  for (std::string_view& part : parts) {
    const auto end = text.find('$');
    if ((end == std::string_view::npos) != (&part == &parts.back())) return std::nullopt;
    part = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  if (parts[0] != "scrypt") return std::nullopt;
  const std::array numbers = {&hash.cost_.log2_n, &hash.cost_.r, &hash.cost_.p};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::string_view part = parts[i + 1];
    const auto [at, error] = std::from_chars(part.data(), part.data() + part.size(), *numbers[i]);
    if (error != std::errc() || at != part.data() + part.size()) return std::nullopt;
  }
  hash.set_ = true;
  if (!hash.cost_.valid() || !from_hex(parts[4], hash.salt_) || !from_hex(parts[5], hash.digest_)) {
    return std::nullopt;
  }
  return hash;
}

}  // namespace encke
