#include "core/position.h"

#include <array>
#include <charconv>

namespace encke {

std::string to_string(Position position) {
  std::array<char, 40> buffer;
  char* const end = buffer.data() + buffer.size();
  char* at = std::to_chars(buffer.data(), end, position.epoch, 16).ptr;
  *at++ = '-';
  at = std::to_chars(at, end, position.offset).ptr;
  return {buffer.data(), at};
}

std::optional<Position> parse_position(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto parse = [](std::string_view digits, int base, std::uint64_t& value) {
    if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return false;
    for (const char c : digits) {
      if (c >= 'A' && c <= 'F') return false;
    }
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return error == std::errc() && end == digits.data() + digits.size();
  };
  Position position;
  if (!parse(text.substr(0, dash), 16, position.epoch)) return std::nullopt;
  if (!parse(text.substr(dash + 1), 10, position.offset)) return std::nullopt;
  return position;
}

}  // namespace encke
