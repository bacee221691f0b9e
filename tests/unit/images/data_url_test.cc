#include "images/data_url.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>

namespace encke {
namespace {

constexpr std::size_t kNoLimit = 0;

/// The bytes, or the name of what went wrong.
std::string decoded(std::string_view url, std::size_t max_bytes = kNoLimit) {
  const auto bytes = decode_data_url(url, max_bytes);
  if (bytes) return *bytes;
  switch (bytes.error().code) {
    case ErrorCode::kImageTooLarge:
      return "too large";
    case ErrorCode::kImageUnsupported:
      return "unsupported";
    default:
      return "another error";
  }
}

TEST(DataUrl, GivesTheBytesOfABase64Image) {
  EXPECT_EQ(decoded("data:image/png;base64,aGVsbG8="), "hello");
  EXPECT_EQ(decoded("data:image/svg+xml;base64,aGVsbG8="), "hello") << "sniffing is for later";
}

TEST(DataUrl, ReadsItsHeadInAnyCaseAndWithParameters) {
  EXPECT_EQ(decoded("DATA:Image/PNG;Base64,aGVsbG8="), "hello");
  EXPECT_EQ(decoded("data:image/png;name=cat.png;charset=x;base64,aGVsbG8="), "hello");
}

TEST(DataUrl, RefusesEveryOtherUrl) {
  for (const std::string_view url :
       {"", ",", "data:", "data:,", "data:image/png", "data:image/png;base64", "aGVsbG8=",
        "data:image/png,aGVsbG8=", "data:;base64,aGVsbG8=", "data:image;base64,aGVsbG8=",
        "data:image/;base64,aGVsbG8=", "data:image/;x;base64,aGVsbG8=",
        "data:text/html;base64,aGVsbG8=", "data:image/pngbase64,aGVsbG8=",
        "data:image/png;base64;x,aGVsbG8=", "data:image/png;base64 ,aGVsbG8=",
        " data:image/png;base64,aGVsbG8=", "http://example.org/data:image/png;base64,aGVsbG8="}) {
    EXPECT_EQ(decoded(url), "unsupported") << url;
  }
}

TEST(DataUrl, ForgivesWhatAFormDoesToBase64) {
  const std::string bytes = "\xFB\xFF\xFE\xFB";
  EXPECT_EQ(decoded("data:image/png;base64,+//++w=="), bytes);
  EXPECT_EQ(decoded("data:image/png;base64,%2B%2f%2F%2b%2Bw%3D%3d"), bytes);
  EXPECT_EQ(decoded("data:image/png;base64, //  w=="), bytes);
  EXPECT_EQ(decoded("data:image/png;base64,%20//%20%20w=="), bytes);
}

TEST(DataUrl, ForgivesLineBreaksAndMissingPadding) {
  EXPECT_EQ(decoded("data:image/png;base64,aGVs\r\nbG8=\r\n"), "hello");
  EXPECT_EQ(decoded("data:image/png;base64,aGVs\nbG8"), "hello");
  EXPECT_EQ(decoded("data:image/png;base64,aGVs%0D%0abG8"), "hello");
  EXPECT_EQ(decoded("data:image/png;base64,aGVsbA="), "hell");
}

TEST(DataUrl, RefusesWhatIsNotBase64) {
  for (const std::string_view text :
       {"a", "aGVsb", "aGVs-_8=", "aGVsbG8==", "aGVsbG8=aGVs", "aGVs=", "aGVs====", "====", "aGVs!",
        "aGVs\tbG8=", "%", "%2", "aGVs%2", "%41GVs", "%00aGVs", "%252B", "aGVsbG9=", "aGVs,bG8="}) {
    EXPECT_EQ(decoded("data:image/png;base64," + std::string(text)), "unsupported") << text;
  }
  EXPECT_EQ(decoded(std::string_view("data:image/png;base64,aGV\0", 26)), "unsupported");
}

TEST(DataUrl, LeavesAnEmptyImageToBeNamedAsSuch) {
  EXPECT_EQ(decoded("data:image/png;base64,"), "");
}

TEST(DataUrl, AllowsExactlyTheLimit) {
  EXPECT_EQ(decoded("data:image/png;base64,aGVsbG8=", 5), "hello");
  EXPECT_EQ(decoded("data:image/png;base64,aGVsbG8", 5), "hello");
  EXPECT_EQ(decoded("data:image/png;base64,aGVsbG8=", 4), "too large");
  EXPECT_EQ(decoded("data:image/png;base64,aGVsbG8h", 6), "hello!");
  EXPECT_EQ(decoded("data:image/png;base64,aGVsbG8h", 5), "too large");
  EXPECT_EQ(decoded("data:image/png;base64,aA==", 1), "h");
  EXPECT_EQ(decoded("data:image/png;base64,aGU=", 1), "too large");
  EXPECT_EQ(decoded("data:image/png;base64,aGVsbG8=", std::numeric_limits<std::size_t>::max()),
            "hello");
}

TEST(DataUrl, KnowsThatItIsTooLargeBeforeItReadsOn) {
  // The end of this text is not base64; the limit was passed before that mattered.
  EXPECT_EQ(decoded("data:image/png;base64," + std::string(1000, 'A') + "!", 100), "too large");
}

TEST(DataUrl, CountsNeitherLineBreaksNorEscapesAsBytes) {
  std::string url = "data:image/png;base64,";
  for (int line = 0; line < 10; ++line) url += "%2B%2B%2B%2B\r\n";
  EXPECT_EQ(decoded(url, 30).size(), 30U);
  EXPECT_EQ(decoded(url, 29), "too large");
}

}  // namespace
}  // namespace encke
