// JPEG (ITU-T T.81): walks the marker segments of Annex B from SOI to the first frame header.
#include "images/formats.h"
#include "images/header_reader.h"

namespace encke {
namespace {

// Markers of table B.1, without the 0xFF before them.
constexpr std::uint32_t kSof0 = 0xC0;
constexpr std::uint32_t kDht = 0xC4;
constexpr std::uint32_t kJpg = 0xC8;
constexpr std::uint32_t kDac = 0xCC;
constexpr std::uint32_t kSof15 = 0xCF;
constexpr std::uint32_t kDqt = 0xDB;
constexpr std::uint32_t kDri = 0xDD;
constexpr std::uint32_t kApp0 = 0xE0;
constexpr std::uint32_t kApp15 = 0xEF;
constexpr std::uint32_t kCom = 0xFE;

constexpr std::uint32_t kLengthBytes = 2;  // a segment's length counts itself, B.1.1.4

/// All frame headers: the four numbers between them that are none are taken out.
bool starts_a_frame(std::uint32_t marker) {
  return marker >= kSof0 && marker <= kSof15 && marker != kDht && marker != kJpg && marker != kDac;
}

/// What B.2.4 lets stand before a frame header. Nothing else is skipped, so that no decoder finds
/// another frame header than this one did: a hierarchical file (DHP), say, gives its true size
/// elsewhere.
bool may_precede_a_frame(std::uint32_t marker) {
  return marker == kDht || marker == kDac || marker == kDqt || marker == kDri || marker == kCom ||
         (marker >= kApp0 && marker <= kApp15);
}

/// The frame header of B.2.2, all of it.
std::optional<ImageInfo> parse_frame(HeaderReader frame) {
  const std::uint32_t precision = frame.byte();
  const std::uint32_t height = frame.big_endian(2);
  const std::uint32_t width = frame.big_endian(2);
  const std::uint32_t components = frame.byte();
  if (!frame.ok() || precision < 2 || precision > 16) return std::nullopt;
  if (components == 0 || frame.left() != std::size_t{3} * components) return std::nullopt;
  return ImageInfo{ImageType::kJpeg, width, height};
}

}  // namespace

std::optional<ImageInfo> parse_jpeg(std::string_view bytes) {
  HeaderReader in(bytes);
  if (!in.pass("\xFF\xD8")) return std::nullopt;
  while (in.pass("\xFF")) {
    while (in.pass("\xFF")) continue;  // fill bytes, B.1.1.2
    const std::uint32_t marker = in.byte();
    if (!starts_a_frame(marker) && !may_precede_a_frame(marker)) return std::nullopt;
    const std::uint32_t length = in.big_endian(kLengthBytes);
    if (length < kLengthBytes) return std::nullopt;
    const HeaderReader segment = in.take(length - kLengthBytes);
    if (starts_a_frame(marker)) return parse_frame(segment);
  }
  return std::nullopt;
}

}  // namespace encke
