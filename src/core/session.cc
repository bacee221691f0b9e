#include "core/session.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstring>

namespace encke {

Token Token::make(RandomSource& random) {
  Token token;
  random.fill(std::as_writable_bytes(std::span(token.bytes)));
  return token;
}

std::optional<Token> Token::parse(std::string_view text) {
  Token token;
  if (text.size() != token.bytes.size() * 2) return std::nullopt;
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < token.bytes.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    token.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return token;
}

std::string Token::text() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

bool Token::same_as(const Token& other) const {
  return CRYPTO_memcmp(bytes.data(), other.bytes.data(), bytes.size()) == 0;
}

std::uint64_t Token::index() const {
  std::uint64_t index = 0;
  std::memcpy(&index, bytes.data(), sizeof index);
  return index;
}

SecretHash::SecretHash(std::string_view secret, RandomSource& random) : set_(!secret.empty()) {
  random.fill(std::as_writable_bytes(std::span(salt_)));
  if (set_) digest_ = digest(secret);
}

bool SecretHash::matches(std::string_view secret) const {
  const Digest other = digest(secret);
  return CRYPTO_memcmp(other.data(), digest_.data(), digest_.size()) == 0 && set_;
}

SecretHash::Digest SecretHash::digest(std::string_view secret) const {
  std::string salted(salt_.begin(), salt_.end());
  salted += secret;
  Digest digest{};
  EVP_Digest(salted.data(), salted.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

}  // namespace encke
