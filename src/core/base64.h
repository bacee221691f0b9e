// base64.h: the one base64 that Encke accepts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace encke {

/// The bytes that `text` stands for in base64 (RFC 4648, section 4), or nothing.
///
/// Strict, so that one value has one spelling: the standard alphabet alone, padding where it is
/// due, zeros in the bits that padding leaves over. Callers that must forgive more (data URLs) tidy
/// the text first.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace encke
