// header_reader.h: reads the fields of an image's header, and never past its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace encke {

/// Takes fields off the front of bytes that a stranger sent.
///
/// What reaches past the end gives zeros and makes the reader fail for good. So a parser reads all
/// that it needs and asks ok() once, and no length that the sender invented can lead it outside.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return rest_.size(); }

  /// Passes `literal` if it comes next. If not, stays where it is, and does not fail.
  bool pass(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }

  /// The next `count` bytes as a reader of their own.
  HeaderReader take(std::size_t count) {
    if (count > rest_.size()) {
      rest_ = {};
      ok_ = false;
    }
    HeaderReader part(rest_.substr(0, count));
    part.ok_ = ok_;
    rest_.remove_prefix(part.left());
    return part;
  }

  void skip(std::size_t count) { take(count); }

  std::uint32_t byte() { return big_endian(1); }

  /// The next `count` bytes, at most 4, as a number.
  std::uint32_t big_endian(std::size_t count) {
    std::uint32_t value = 0;
    for (const char c : take(count).rest_) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  std::uint32_t little_endian(std::size_t count) {
    std::uint32_t value = 0;
    unsigned shift = 0;
    for (const char c : take(count).rest_) {
      value |= std::uint32_t{static_cast<unsigned char>(c)} << shift;
      shift += 8;
    }
    return value;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace encke
