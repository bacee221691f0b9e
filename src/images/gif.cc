// GIF (GIF89a specification): the header of section 17, the logical screen descriptor of 18, and
// the blocks up to the first image descriptor of 20.
//
// The logical screen alone is not enough to judge by: browsers enlarge it when the first image does
// not fit, so a screen of 1 x 1 could smuggle in a picture of 65535 x 65535.
#include <algorithm>

#include "images/formats.h"
#include "images/header_reader.h"

namespace encke {
namespace {

constexpr std::uint32_t kImageSeparator = 0x2C;
constexpr std::uint32_t kExtensionIntroducer = 0x21;
constexpr std::uint32_t kHasColourTable = 0x80;

/// Passes data sub-blocks and the terminator behind them (sections 15 and 16). Past the end a size
/// reads as zero.
void skip_sub_blocks(HeaderReader& in) {
  while (const std::uint32_t size = in.byte()) in.skip(size);
}

}  // namespace

std::optional<ImageInfo> parse_gif(std::string_view bytes) {
  HeaderReader in(bytes);
  if (!in.pass("GIF87a") && !in.pass("GIF89a")) return std::nullopt;
  const std::uint32_t screen_width = in.little_endian(2);
  const std::uint32_t screen_height = in.little_endian(2);
  const std::uint32_t packed = in.byte();
  in.skip(2);  // background colour, pixel aspect ratio
  if (packed & kHasColourTable) in.skip(std::size_t{3} << ((packed & 7) + 1));
  if (screen_width == 0 || screen_height == 0) return std::nullopt;

  std::uint32_t block = in.byte();
  for (; block == kExtensionIntroducer; block = in.byte()) {
    in.skip(1);  // which extension
    skip_sub_blocks(in);
  }
  if (block != kImageSeparator) return std::nullopt;
  const std::uint32_t left = in.little_endian(2);
  const std::uint32_t top = in.little_endian(2);
  const std::uint32_t width = in.little_endian(2);
  const std::uint32_t height = in.little_endian(2);
  in.skip(1);  // the image's own colour table, interlacing
  if (!in.ok() || width == 0 || height == 0) return std::nullopt;
  return ImageInfo{ImageType::kGif, std::max(screen_width, left + width),
                   std::max(screen_height, top + height)};
}

}  // namespace encke
