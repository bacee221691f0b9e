// fuzz.h: what every fuzz target begins with (docs/hardening.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// A promise. Broken, it ends the run, and libFuzzer keeps the input.
#define PROMISE(...)                                                                             \
  ((__VA_ARGS__)                                                                                 \
       ? void()                                                                                  \
       : (std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #__VA_ARGS__), \
          std::abort()))

namespace encke::fuzz {

/// An input: what is tested, and at its end the numbers that say how, so that a corpus can be read.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  /// Taken off the end; 0 when nothing is left.
  std::uint8_t number() {
    if (rest_.empty()) return 0;
    const auto number = static_cast<std::uint8_t>(rest_.back());
    rest_.remove_suffix(1);
    return number;
  }
  /// Taken off the front, up to a NUL.
  std::string_view field() {
    const auto end = rest_.find('\0');
    const auto field = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return field;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// How long each piece is in which bytes arrive: sizes off the end of an input, over and over.
class Cuts {
 public:
  explicit Cuts(Input& input) {
    const std::size_t count = 1 + input.number() % 8;
    for (std::size_t i = 0; i < count; ++i) sizes_.push_back(1 + input.number());
  }
  std::size_t next() { return sizes_[at_++ % sizes_.size()]; }

 private:
  std::vector<std::size_t> sizes_;
  std::size_t at_ = 0;
};

/// A copy with nothing behind it, so that reading past its end is noticed, as it is not in a
/// std::string that has room to spare.
class Exact {
 public:
  explicit Exact(std::string_view bytes) : bytes_(new char[bytes.size()]), size_(bytes.size()) {
    std::memcpy(bytes_.get(), bytes.data(), size_);
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

inline std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += i + j > bytes.size() ? '=' : kDigits[bits >> (18 - 6 * j) & 63];
    }
  }
  return text;
}

}  // namespace encke::fuzz
