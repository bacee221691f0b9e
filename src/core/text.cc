#include "core/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

namespace encke {
namespace {

constexpr char32_t kInvalid = 0xFFFFFFFF;

// The code point at the front of `text`, which is shortened by it; kInvalid where there is none.
char32_t take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  std::size_t length = 1;
  char32_t point = lead;
  if (lead >= 0x80) {
    if (lead < 0xC2 || lead > 0xF4) return kInvalid;
    length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (text.size() < length) return kInvalid;
    point = lead & (0x7Fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return kInvalid;
      point = point << 6 | (byte(i) & 0x3Fu);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) return kInvalid;
  }
  text.remove_prefix(length);
  return point;
}

bool is_space(char32_t c) {
  return c == ' ' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

// Characters that nobody can see, or that turn the rest of the line around. Some are letters by
// name: the Hangul fillers, and the Braille pattern without dots.
bool is_hidden(char32_t c) {
  constexpr std::u32string_view kBlankLetters = U"\u034F\u061C\u115F\u1160\u180E\u2800\u3164\uFFA0";
  if (kBlankLetters.find(c) != std::u32string_view::npos) return true;
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

bool is_markup(char32_t c) {
  constexpr std::u32string_view kMarkup = U"<>&\"'`/\\:,";
  return kMarkup.find(c) != std::u32string_view::npos;
}

tl::expected<void, Error> check_name(std::string_view name, ErrorCode code) {
  const auto refuse = [&](const char* why) { return tl::unexpected(Error{code, why}); };
  if (name.empty()) return refuse("it is empty");
  if (!is_utf8(name)) return refuse("it is not UTF-8");
  if (count_code_points(name) > kMaxNameLength) return refuse("it is over 32 characters");
  bool blank_before = true;
  char32_t last = 0;
  for (std::string_view rest = name; !rest.empty();) {
    last = take_code_point(rest);
    if (is_hidden(last)) return refuse("it has a control or invisible character");
    if (is_markup(last)) return refuse("it has one of < > & \" ' ` / \\ : ,");
    if (blank_before && is_space(last)) return refuse("it begins with a space");
    blank_before = false;
  }
  if (is_space(last)) return refuse("it ends with a space");
  return {};
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (take_code_point(text) == kInvalid) return false;
  }
  return true;
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

tl::expected<void, Error> check_nickname(std::string_view nickname) {
  if (is_reserved(nickname)) return tl::unexpected(Error{ErrorCode::kNicknameReserved});
  return check_name(nickname, ErrorCode::kNicknameInvalid);
}

tl::expected<void, Error> check_room(std::string_view room) {
  return check_name(room, ErrorCode::kRoomInvalid);
}

bool is_reserved(std::string_view nickname) {
  constexpr std::array<std::string_view, 5> kReserved = {"system", "group", "del", "me", "我"};
  std::string lower(nickname);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kReserved.begin(), kReserved.end(), lower) != kReserved.end();
}

tl::expected<std::string, Error> clean_text(std::string_view text, std::size_t max_bytes) {
  if (max_bytes != 0 && text.size() > max_bytes) {
    return tl::unexpected(
        Error{ErrorCode::kTextTooLong, "at most " + std::to_string(max_bytes) + " bytes"});
  }
  if (!is_utf8(text)) return tl::unexpected(Error{ErrorCode::kBadText, "it is not UTF-8"});
  std::string clean;
  clean.reserve(text.size());
  bool blank = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\r') {
      if (i + 1 < text.size() && text[i + 1] == '\n') continue;
      c = '\n';
    }
    const auto byte = static_cast<unsigned char>(c);
    // U+0080 to U+009F are C2 80 to C2 9F: terminals take U+009B for the start of a command.
    const bool c1 = byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F || c1) {
      return tl::unexpected(Error{ErrorCode::kBadText, "it has a control character"});
    }
    blank = blank && (c == ' ' || c == '\n' || c == '\t');
    clean.push_back(c);
  }
  if (blank) return tl::unexpected(Error{ErrorCode::kNothingToSay});
  return clean;
}

bool is_token_text(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("._:-").find(c) != std::string_view::npos;
  });
}

}  // namespace encke
