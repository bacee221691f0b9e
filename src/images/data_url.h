// data_url.h: an image that arrives as text, `data:image/png;base64,…`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "core/error.h"

namespace encke {

/// The bytes in a data URL (RFC 2397) of some image type in base64, at most `max_bytes` of them; 0
/// is no limit.
///
/// Forgives what forms and mailers do to base64 on the way: `%2B`, `%2F`, `%3D`, a space where a
/// plus was, line breaks (raw, or as `%0D%0A`), padding that is missing. All else is
/// kImageUnsupported. The size is known, and kImageTooLarge the answer, before anything is decoded.
/// The type that the URL declares is not believed: sniff() the bytes.
tl::expected<std::string, Error> decode_data_url(std::string_view url, std::size_t max_bytes);

}  // namespace encke
