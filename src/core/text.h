// text.h: what may stand in a nickname, a room's name and a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "core/error.h"

namespace encke {

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// How many code points `text`, which is UTF-8, has.
std::size_t count_code_points(std::string_view text);

inline constexpr std::size_t kMaxNameLength = 32;  // code points; nicknames and rooms

/// Refuses what is empty, longer than kMaxNameLength, not UTF-8, begins or ends with white space,
/// or holds control characters (C0, C1, line and paragraph separators, bidirectional overrides,
/// invisible marks) or markup (`<`, `>`, `&`, quotes), or a slash, colon or comma, which URLs, HTTP
/// Basic and lists of names need for themselves.
tl::expected<void, Error> check_nickname(std::string_view nickname);

/// The same rule for a room's name, but that no room name is reserved.
tl::expected<void, Error> check_room(std::string_view room);

/// Names that would be mistaken for the server or for the reader: `system`, `group`, `del`, `me`,
/// `我`, in any case.
bool is_reserved(std::string_view nickname);

/// What is stored for a message: line ends become `\n`, ends are kept. Refuses what is not UTF-8,
/// is blank, is longer than `max_bytes` (0: no limit) or has control characters but tab and
/// newline.
tl::expected<std::string, Error> clean_text(std::string_view text, std::size_t max_bytes);

/// A send key or a reader's name: 1 to 64 of A-Z a-z 0-9 . _ : -
bool is_token_text(std::string_view text);

}  // namespace encke
