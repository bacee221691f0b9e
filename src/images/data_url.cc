#include "images/data_url.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base64.h"

namespace encke {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Whether `text` begins with `word`, which is in lower case.
bool begins_with(std::string_view text, std::string_view word) {
  return std::ranges::equal(text.substr(0, word.size()), word, {}, lower);
}

tl::unexpected<Error> refuse(ErrorCode code, std::string why) {
  return tl::make_unexpected(Error{code, std::move(why)});
}

/// `data:image/NAME;PARAMETER;…;base64`: what stands before the comma.
bool declares_base64_image(std::string_view head) {
  constexpr std::string_view kStart = "data:image/";
  constexpr std::string_view kEnd = ";base64";
  if (!begins_with(head, kStart)) return false;
  head.remove_prefix(kStart.size());
  return head.find(';') != 0 && head.size() > kEnd.size() &&
         begins_with(head.substr(head.size() - kEnd.size()), kEnd);
}

/// Takes the character at the front off `text`, with what happened to it on the way undone.
char take_character(std::string_view& text) {
  struct Escape {
    std::string_view spelling;
    char meaning;
  };
  constexpr Escape kEscapes[] = {{"%2b", '+'}, {"%2f", '/'},  {"%3d", '='},
                                 {"%20", '+'}, {"%0d", '\r'}, {"%0a", '\n'}};
  const char c = text.front();
  if (c == '%') {
    for (const Escape& escape : kEscapes) {
      if (!begins_with(text, escape.spelling)) continue;
      text.remove_prefix(escape.spelling.size());
      return escape.meaning;
    }
  }
  text.remove_prefix(1);
  return c == ' ' ? '+' : c;  // to decode a form is to turn each plus into a space
}

/// `text` as decode_base64() wants it. Gives up at the first digit that makes the image too large.
tl::expected<std::string, Error> tidy(std::string_view text, std::size_t max_bytes) {
  std::string digits;
  std::size_t padding = 0;
  while (!text.empty()) {
    const char c = take_character(text);
    if (c == '\r' || c == '\n') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    if (padding != 0) return refuse(ErrorCode::kImageUnsupported, "base64 goes on after its end");
    digits.push_back(c);
    if (max_bytes != 0 && digits.size() * 3 / 4 > max_bytes) {
      return refuse(ErrorCode::kImageTooLarge,
                    "the limit is " + std::to_string(max_bytes) + " bytes");
    }
  }
  // Padding may be missing, but not be more than is due.
  const std::size_t due = (4 - digits.size() % 4) % 4;
  if (padding > due) return refuse(ErrorCode::kImageUnsupported, "too much base64 padding");
  digits.append(due, '=');
  return digits;
}

}  // namespace

tl::expected<std::string, Error> decode_data_url(std::string_view url, std::size_t max_bytes) {
  const std::size_t comma = url.find(',');
  if (comma == std::string_view::npos || !declares_base64_image(url.substr(0, comma))) {
    return refuse(ErrorCode::kImageUnsupported, "not a data:image/…;base64 URL");
  }
  const auto digits = tidy(url.substr(comma + 1), max_bytes);
  if (!digits) return tl::make_unexpected(digits.error());
  std::optional<std::string> bytes = decode_base64(*digits);
  if (!bytes) return refuse(ErrorCode::kImageUnsupported, "not base64");
  return std::move(*bytes);
}

}  // namespace encke
