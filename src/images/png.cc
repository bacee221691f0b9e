// PNG (Portable Network Graphics, third edition; RFC 2083): the signature of section 5.2
// (RFC: 3.1), then the IHDR chunk of section 11.2.1 (RFC: 4.1.1), which must come first.
#include "images/formats.h"
#include "images/header_reader.h"

namespace encke {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1A\n";
constexpr std::uint32_t kIhdrBytes = 13;
constexpr std::uint32_t kMaxSide = 0x7FFFFFFF;  // section 7.1: four-byte integers stop at 2^31 - 1
constexpr std::size_t kCrcBytes = 4;

/// The combinations of section 11.2.1, table 11.1.
bool is_allowed(std::uint32_t colour_type, std::uint32_t bit_depth) {
  switch (colour_type) {
    case 0:  // greyscale
      return bit_depth == 1 || bit_depth == 2 || bit_depth == 4 || bit_depth == 8 ||
             bit_depth == 16;
    case 3:  // palette
      return bit_depth == 1 || bit_depth == 2 || bit_depth == 4 || bit_depth == 8;
    case 2:  // truecolour
    case 4:  // greyscale with alpha
    case 6:  // truecolour with alpha
      return bit_depth == 8 || bit_depth == 16;
    default:
      return false;
  }
}

}  // namespace

std::optional<ImageInfo> parse_png(std::string_view bytes) {
  HeaderReader in(bytes);
  if (!in.pass(kSignature)) return std::nullopt;
  if (in.big_endian(4) != kIhdrBytes || !in.pass("IHDR")) return std::nullopt;

  const std::uint32_t width = in.big_endian(4);
  const std::uint32_t height = in.big_endian(4);
  const std::uint32_t bit_depth = in.byte();
  const std::uint32_t colour_type = in.byte();
  const std::uint32_t compression = in.byte();
  const std::uint32_t filter = in.byte();
  const std::uint32_t interlace = in.byte();
  in.skip(kCrcBytes);

  if (!in.ok() || width > kMaxSide || height > kMaxSide) return std::nullopt;
  if (!is_allowed(colour_type, bit_depth)) return std::nullopt;
  if (compression != 0 || filter != 0 || interlace > 1) return std::nullopt;
  return ImageInfo{ImageType::kPng, width, height};
}

}  // namespace encke
