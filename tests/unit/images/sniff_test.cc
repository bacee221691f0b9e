#include "images/sniff.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "samples.h"

namespace encke {
namespace {

using samples::from_hex;

/// sniff() of a copy that ends where its memory ends, so that a sanitizer sees a read behind it.
std::optional<ImageInfo> sniff_exactly(std::string_view bytes) {
  const std::vector<char> copy(bytes.begin(), bytes.end());
  return sniff(std::string_view(copy.data(), copy.size()));
}

ImageInfo info(ImageType type, std::uint32_t width, std::uint32_t height) {
  return {type, width, height};
}

std::string replaced(std::string bytes, std::size_t at, std::string_view hex) {
  const std::string patch = from_hex(hex);
  return bytes.replace(at, patch.size(), patch);
}

std::string inserted(std::string bytes, std::size_t at, std::string_view hex) {
  return bytes.insert(at, from_hex(hex));
}

struct Sample {
  const char* name;
  std::string bytes;
  std::size_t header;  // how many of them sniff() needs
  ImageInfo info;
};

std::vector<Sample> all_samples() {
  return {
      {"PNG", samples::png(), 33, info(ImageType::kPng, 1, 1)},
      {"JPEG", samples::jpeg(), 102, info(ImageType::kJpeg, 3, 2)},
      {"progressive JPEG", samples::progressive_jpeg(), 102, info(ImageType::kJpeg, 1, 1)},
      {"GIF", samples::gif(), 37, info(ImageType::kGif, 1, 1)},
      {"WebP VP8", samples::webp_vp8(), 42, info(ImageType::kWebp, 1, 1)},
      {"WebP VP8L", samples::webp_vp8l(), 34, info(ImageType::kWebp, 1, 1)},
      {"WebP VP8X", samples::webp_vp8x(), 82, info(ImageType::kWebp, 1, 1)},
  };
}

TEST(Sniff, KnowsEachFormatByItsContent) {
  for (const Sample& sample : all_samples()) {
    EXPECT_EQ(sniff_exactly(sample.bytes), sample.info) << sample.name;
  }
}

TEST(Sniff, RefusesEveryHeaderThatIsCutOff) {
  for (const Sample& sample : all_samples()) {
    for (std::size_t length = 0; length <= sample.bytes.size(); ++length) {
      EXPECT_EQ(sniff_exactly(std::string_view(sample.bytes).substr(0, length)).has_value(),
                length >= sample.header)
          << sample.name << " cut to " << length;
    }
  }
}

TEST(Sniff, StaysInsideAnyBytesAndNeverFindsASideOfZero) {
  std::mt19937 random(1);
  for (const Sample& sample : all_samples()) {
    for (int round = 0; round < 20'000; ++round) {
      std::string bytes = sample.bytes.substr(0, random() % (sample.bytes.size() + 1));
      for (std::uint32_t changes = random() % 4; changes > 0 && !bytes.empty(); --changes) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      const auto found = sniff_exactly(bytes);
      EXPECT_TRUE(!found || found->pixels() != 0);
    }
  }
}

TEST(Sniff, RefusesWhatIsNoImageWhateverItCallsItself) {
  const std::string_view refused[] = {
      "",
      "hello",
      "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
      "<?xml version='1.0'?><svg width='1' height='1'/>",
      "<!doctype html><title>cat.png</title><script>alert(1)</script>",
      "%PDF-1.7",
      "BM\x46",
      "PNG\r\n",
      "GIF",
      "GIF88a",
      "RIFF\x24",
      "GIF89a/*<svg/onload=alert(1)>*/=1;//                            ",
  };
  for (const std::string_view bytes : refused) EXPECT_FALSE(sniff_exactly(bytes)) << bytes;
  EXPECT_FALSE(sniff(" " + samples::png())) << "a signature must be at the start";
}

TEST(Sniff, TellsAPolyglotByTheImageThatItIs) {
  // A whole GIF whose comment is a script: harmless as long as it is served as image/gif and no
  // more.
  const std::string script = "<script>alert(1)</script>";
  std::string comment = from_hex("21FE");
  comment += static_cast<char>(script.size());
  comment += script + '\0';
  EXPECT_EQ(sniff_exactly(samples::gif().insert(19, comment)), info(ImageType::kGif, 1, 1));
  EXPECT_EQ(sniff_exactly(samples::png() + "<html>" + script), info(ImageType::kPng, 1, 1));
}

TEST(Sniff, GivesTheMediaTypeAndExtensionThatBrowsersKnow) {
  EXPECT_EQ(mime_type(ImageType::kPng), "image/png");
  EXPECT_EQ(mime_type(ImageType::kJpeg), "image/jpeg");
  EXPECT_EQ(mime_type(ImageType::kGif), "image/gif");
  EXPECT_EQ(mime_type(ImageType::kWebp), "image/webp");
  EXPECT_EQ(extension(ImageType::kPng), "png");
  EXPECT_EQ(extension(ImageType::kJpeg), "jpg");
  EXPECT_EQ(extension(ImageType::kGif), "gif");
  EXPECT_EQ(extension(ImageType::kWebp), "webp");
}

// PNG: the width is at 16, the height at 20, then depth, colour type, compression, filter,
// interlace.

TEST(SniffPng, ReadsHugeSidesWithoutWrapping) {
  const auto found = sniff_exactly(replaced(samples::png(), 16, "7FFFFFFF7FFFFFFF"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->width, 0x7FFFFFFFU);
  EXPECT_EQ(found->pixels(), 0x7FFFFFFFULL * 0x7FFFFFFFULL);
}

TEST(SniffPng, RefusesSidesThatTheFormatDoesNotAllow) {
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 16, "80000000")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 20, "FFFFFFFF")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 16, "00000000")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 20, "00000000")));
}

TEST(SniffPng, RefusesAHeaderChunkOfAnotherLengthOrName) {
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 8, "00000000")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 8, "0000000C")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 8, "FFFFFFFF")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 12, "49444154")));  // IDAT
}

TEST(SniffPng, AllowsTheColoursOfTheSpecificationAndNoOthers) {
  const auto allowed = [](int depth, int colour_type) {
    std::string bytes = samples::png();
    bytes[24] = static_cast<char>(depth);
    bytes[25] = static_cast<char>(colour_type);
    return sniff_exactly(bytes).has_value();
  };
  for (const int depth : {1, 2, 4, 8, 16}) {
    EXPECT_TRUE(allowed(depth, 0)) << depth;
    EXPECT_EQ(allowed(depth, 3), depth <= 8) << depth;
    for (const int colour_type : {2, 4, 6}) EXPECT_EQ(allowed(depth, colour_type), depth >= 8);
    for (const int colour_type : {1, 5, 7, 255}) EXPECT_FALSE(allowed(depth, colour_type));
  }
  for (const int depth : {0, 3, 32}) EXPECT_FALSE(allowed(depth, 0)) << depth;
}

TEST(SniffPng, RefusesUnknownCompressionFilterAndInterlace) {
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 26, "01")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 27, "01")));
  EXPECT_TRUE(sniff_exactly(replaced(samples::png(), 28, "01")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::png(), 28, "02")));
}

// JPEG: SOI is at 0, APP0 at 2, DQT at 20, SOF0 at 89 with its length at 91, precision at 93,
// height at 94, width at 96, components at 98.
constexpr std::size_t kSof = 89;

TEST(SniffJpeg, KnowsEveryFrameHeaderAndNothingElse) {
  for (int marker = 0xC0; marker <= 0xCF; ++marker) {
    std::string bytes = samples::jpeg();
    bytes[kSof + 1] = static_cast<char>(marker);
    const bool is_frame = marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    EXPECT_EQ(sniff_exactly(bytes).has_value(), is_frame) << marker;
  }
}

TEST(SniffJpeg, WalksThroughExifAndCommentsToTheFrame) {
  // The EXIF block carries a thumbnail with a frame header of its own, which is not the picture's.
  const std::string exif =
      "FFE10017"
      "457869660000"
      "FFD8FFC0000B080040004001011100";
  const std::string comment = "FFFE00043432";
  EXPECT_EQ(sniff_exactly(inserted(samples::jpeg(), 2, exif + comment)),
            info(ImageType::kJpeg, 3, 2));
}

TEST(SniffJpeg, ReadsPastFillBytes) {
  EXPECT_EQ(sniff_exactly(inserted(samples::jpeg(), kSof, "FFFFFF")), info(ImageType::kJpeg, 3, 2));
  EXPECT_FALSE(sniff_exactly(samples::jpeg().substr(0, 2) + std::string(100'000, '\xFF')));
}

TEST(SniffJpeg, RefusesSegmentsThatLieAboutTheirLength) {
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), 4, "0000"))) << "shorter than itself";
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), 4, "0001"))) << "shorter than itself";
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), 4, "0002"))) << "ends before its content";
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), 4, "000F"))) << "ends before its content";
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), 4, "FFFF"))) << "ends behind the file";
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), kSof + 2, "000A"))) << "frame, too short";
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), kSof + 2, "000C"))) << "frame, too long";
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), kSof + 2, "0002"))) << "frame, empty";
}

TEST(SniffJpeg, AcceptsAnEmptySegment) {
  EXPECT_TRUE(sniff_exactly(inserted(samples::jpeg(), 2, "FFFE0002")));
}

TEST(SniffJpeg, RefusesWhatMayNotStandBeforeTheFrame) {
  EXPECT_FALSE(sniff_exactly(inserted(samples::jpeg(), 2, "FFD9"))) << "end of image";
  EXPECT_FALSE(sniff_exactly(inserted(samples::jpeg(), 2, "FFDA0002"))) << "start of scan";
  EXPECT_FALSE(sniff_exactly(inserted(samples::jpeg(), 2, "FFD8"))) << "a second start";
  EXPECT_FALSE(sniff_exactly(inserted(samples::jpeg(), 2, "FFDE000B08FFFFFFFF01011100")))
      << "hierarchical, which gives the true size elsewhere";
  EXPECT_FALSE(sniff_exactly(inserted(samples::jpeg(), 2, "FF00"))) << "no marker";
  EXPECT_FALSE(sniff_exactly(inserted(samples::jpeg(), 2, "00"))) << "rubbish between segments";
}

TEST(SniffJpeg, ReadsTheLargestSidesAndRefusesZero) {
  EXPECT_EQ(sniff_exactly(replaced(samples::jpeg(), kSof + 5, "FFFFFFFE")),
            info(ImageType::kJpeg, 65534, 65535));
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), kSof + 5, "0000")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), kSof + 7, "0000")));
}

TEST(SniffJpeg, RefusesAFrameWithoutComponentsOrPrecision) {
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), kSof + 4, "01")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), kSof + 4, "11")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::jpeg(), kSof + 9, "02")));
  EXPECT_FALSE(sniff_exactly(from_hex("FFD8FFC0000808000100010000")));
}

// GIF: the screen's sides are at 6 and 8, its flags at 10; the extension is at 19, its sub-block's
// size at 21; the image descriptor is at 27, its left, top, width and height from 28 on.

TEST(SniffGif, KnowsBothVersions) {
  std::string bytes = samples::gif();
  bytes[4] = '7';
  EXPECT_EQ(sniff_exactly(bytes), info(ImageType::kGif, 1, 1));
}

TEST(SniffGif, ReadsALargeScreenAndRefusesZero) {
  EXPECT_EQ(sniff_exactly(replaced(samples::gif(), 6, "FFFFFEFF")),
            info(ImageType::kGif, 65535, 65534));
  EXPECT_FALSE(sniff_exactly(replaced(samples::gif(), 6, "0000")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::gif(), 8, "0000")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::gif(), 32, "0000")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::gif(), 34, "0000")));
}

TEST(SniffGif, CountsAnImageThatIsLargerThanItsScreen) {
  EXPECT_EQ(sniff_exactly(replaced(samples::gif(), 32, "FFFFFFFF")),
            info(ImageType::kGif, 65535, 65535));
  EXPECT_EQ(sniff_exactly(replaced(samples::gif(), 28, "FFFF01000200FFFF")),
            info(ImageType::kGif, 65537, 65536));
}

TEST(SniffGif, SkipsTheColourTableOfTheSizeThatItsFlagsGive) {
  std::string none = samples::gif();
  none[10] = 0;
  none.erase(13, 6);
  EXPECT_EQ(sniff_exactly(none), info(ImageType::kGif, 1, 1));

  std::string largest = samples::gif();
  largest[10] = '\x87';
  largest.insert(13, std::string(256 * 3 - 6, '\x2C'));
  EXPECT_EQ(sniff_exactly(largest), info(ImageType::kGif, 1, 1));
  EXPECT_FALSE(sniff_exactly(replaced(samples::gif(), 10, "87"))) << "a table behind the end";
}

TEST(SniffGif, RefusesExtensionsThatLieAboutTheirLength) {
  EXPECT_FALSE(sniff_exactly(replaced(samples::gif(), 21, "00")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::gif(), 21, "03")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::gif(), 21, "FF")));
  EXPECT_FALSE(sniff_exactly(samples::gif().substr(0, 21) + std::string(100'000, '\xFF')));
}

TEST(SniffGif, RefusesAFileWithoutAnImage) {
  EXPECT_FALSE(sniff_exactly(replaced(samples::gif(), 27, "3B")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::gif(), 19, "3B")));
}

// WebP: the file's size is at 4, the first chunk's name at 12, its size at 16, its content at 20.

TEST(SniffWebp, ReadsTheSidesOfEachKind) {
  EXPECT_EQ(sniff_exactly(replaced(samples::webp_vp8(), 26, "2C01C800")),
            info(ImageType::kWebp, 300, 200));
  EXPECT_EQ(sniff_exactly(replaced(samples::webp_vp8l(), 21, "2BC13100")),
            info(ImageType::kWebp, 300, 200));
  EXPECT_EQ(sniff_exactly(replaced(samples::webp_vp8x(), 24, "2B0100C70000")),
            info(ImageType::kWebp, 300, 200));
}

TEST(SniffWebp, ReadsTheLargestSidesOfEachKind) {
  // In VP8 the upper two bits of each side are a scale.
  EXPECT_EQ(sniff_exactly(replaced(samples::webp_vp8(), 26, "FFFFFFFF")),
            info(ImageType::kWebp, 16383, 16383));
  EXPECT_EQ(sniff_exactly(replaced(samples::webp_vp8l(), 21, "FFFFFF1F")),
            info(ImageType::kWebp, 16384, 16384));
  EXPECT_EQ(sniff_exactly(replaced(samples::webp_vp8x(), 24, "FFFFFF000000")),
            info(ImageType::kWebp, 16777216, 1));
  EXPECT_FALSE(sniff_exactly(replaced(samples::webp_vp8x(), 24, "FFFFFFFFFFFF")))
      << "more than 2^32 - 1 pixels";
}

TEST(SniffWebp, RefusesZeroSides) {
  EXPECT_FALSE(sniff_exactly(replaced(samples::webp_vp8(), 26, "0000")));
  EXPECT_FALSE(sniff_exactly(replaced(samples::webp_vp8(), 28, "00C0"))) << "a scale and no side";
}

TEST(SniffWebp, RefusesSizesThatLie) {
  for (const std::string& whole :
       {samples::webp_vp8(), samples::webp_vp8l(), samples::webp_vp8x()}) {
    EXPECT_FALSE(sniff_exactly(replaced(whole, 4, "00000000")));
    EXPECT_FALSE(sniff_exactly(replaced(whole, 4, "04000000")));
    EXPECT_FALSE(sniff_exactly(replaced(whole, 4, "FFFFFFFF")));
    EXPECT_FALSE(sniff_exactly(replaced(whole, 16, "00000000")));
    EXPECT_FALSE(sniff_exactly(replaced(whole, 16, "04000000")));
    EXPECT_FALSE(sniff_exactly(replaced(whole, 16, "FFFFFFFF")));
  }
  EXPECT_FALSE(sniff_exactly(replaced(samples::webp_vp8x(), 16, "0B000000")));
}

TEST(SniffWebp, AllowsBytesBehindTheFile) {
  EXPECT_TRUE(sniff_exactly(samples::webp_vp8() + "more"));
}

TEST(SniffWebp, RefusesAnotherRiffFormAndAnotherFirstChunk) {
  EXPECT_FALSE(sniff_exactly(replaced(samples::webp_vp8(), 8, "57415645")));   // WAVE
  EXPECT_FALSE(sniff_exactly(replaced(samples::webp_vp8(), 12, "45584946")));  // EXIF
}

TEST(SniffWebp, RefusesABrokenBitstreamHeader) {
  EXPECT_FALSE(sniff_exactly(replaced(samples::webp_vp8(), 20, "31"))) << "not a key frame";
  EXPECT_FALSE(sniff_exactly(replaced(samples::webp_vp8(), 23, "9C"))) << "no start code";
  EXPECT_FALSE(sniff_exactly(replaced(samples::webp_vp8l(), 20, "2E"))) << "no signature";
  EXPECT_FALSE(sniff_exactly(replaced(samples::webp_vp8l(), 24, "30"))) << "unknown version";
}

}  // namespace
}  // namespace encke
