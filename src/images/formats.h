// formats.h: one header parser for each format that sniff() knows.
#pragma once

#include <optional>
#include <string_view>

#include "images/sniff.h"

namespace encke {

/// Each is nothing where the bytes are not its format, or where their header is cut off or
/// malformed. A side may still be zero: sniff() refuses that for all of them.
std::optional<ImageInfo> parse_png(std::string_view bytes);
std::optional<ImageInfo> parse_jpeg(std::string_view bytes);
std::optional<ImageInfo> parse_gif(std::string_view bytes);
std::optional<ImageInfo> parse_webp(std::string_view bytes);

}  // namespace encke
