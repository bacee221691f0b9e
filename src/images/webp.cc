// WebP (RFC 9649): the RIFF header of section 2.4, then the first chunk, which tells the three
// kinds apart and has the sides: VP8 (section 2.5, and RFC 6386, section 9.1), VP8L (2.6, and "RIFF
// Header" in section 3) or VP8X (2.7).
#include <limits>

#include "images/formats.h"
#include "images/header_reader.h"

namespace encke {
namespace {

constexpr std::uint32_t kSideMask = 0x3FFF;  // VP8 and VP8L: 14 bits a side
constexpr std::size_t kVp8xBytes = 10;

/// A key frame of VP8. The two bits above each side are a scale that decoders ignore.
std::optional<ImageInfo> parse_vp8(HeaderReader chunk) {
  const std::uint32_t frame_tag = chunk.little_endian(3);
  const bool key_frame = (frame_tag & 1) == 0;
  if (!key_frame || !chunk.pass("\x9D\x01\x2A")) return std::nullopt;
  const std::uint32_t width = chunk.little_endian(2) & kSideMask;
  const std::uint32_t height = chunk.little_endian(2) & kSideMask;
  if (!chunk.ok()) return std::nullopt;
  return ImageInfo{ImageType::kWebp, width, height};
}

/// Signature, both sides less one, a bit for alpha, three bits of version, which is 0.
std::optional<ImageInfo> parse_vp8l(HeaderReader chunk) {
  if (!chunk.pass("\x2F")) return std::nullopt;
  const std::uint32_t bits = chunk.little_endian(4);
  const std::uint32_t version = bits >> 29;
  if (!chunk.ok() || version != 0) return std::nullopt;
  return ImageInfo{ImageType::kWebp, (bits & kSideMask) + 1, (bits >> 14 & kSideMask) + 1};
}

/// The extended format: flags, then the sides of the canvas less one. Decoders refuse a picture
/// that is larger than its canvas, so the canvas is the bound.
std::optional<ImageInfo> parse_vp8x(HeaderReader chunk) {
  if (chunk.left() != kVp8xBytes) return std::nullopt;
  chunk.skip(4);
  const ImageInfo info{ImageType::kWebp, chunk.little_endian(3) + 1, chunk.little_endian(3) + 1};
  if (info.pixels() > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return info;
}

}  // namespace

std::optional<ImageInfo> parse_webp(std::string_view bytes) {
  HeaderReader in(bytes);
  if (!in.pass("RIFF")) return std::nullopt;
  // The header tells the size of the whole file, so here even a picture cut off far behind its
  // header is noticed.
  HeaderReader file = in.take(in.little_endian(4));
  if (!file.ok() || !file.pass("WEBP")) return std::nullopt;

  const auto next_chunk = [&file] { return file.take(file.little_endian(4)); };
  if (file.pass("VP8 ")) return parse_vp8(next_chunk());
  if (file.pass("VP8L")) return parse_vp8l(next_chunk());
  if (file.pass("VP8X")) return parse_vp8x(next_chunk());
  return std::nullopt;
}

}  // namespace encke
