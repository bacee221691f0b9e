#include "core/base64.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace encke {
namespace {

TEST(Base64, DecodesTheVectorsOfTheStandard) {  // RFC 4648, section 10
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9v"), "foo");
  EXPECT_EQ(decode_base64("Zm9vYg=="), "foob");
  EXPECT_EQ(decode_base64("Zm9vYmE="), "fooba");
  EXPECT_EQ(decode_base64("Zm9vYmFy"), "foobar");
}

TEST(Base64, DecodesEveryDigit) {
  std::string expected;
  for (unsigned i = 0; i < 64; i += 4) {
    const unsigned bits = i << 18 | (i + 1) << 12 | (i + 2) << 6 | (i + 3);
    for (const unsigned shift : {16U, 8U, 0U}) expected += static_cast<char>(bits >> shift & 0xFF);
  }
  EXPECT_EQ(decode_base64("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
            expected);
}

TEST(Base64, DecodesACurlUsersNameAndPassword) {
  EXPECT_EQ(decode_base64("YWxpY2U6c2VjcmV0"), "alice:secret");
}

TEST(Base64, RefusesEveryCharacterOutsideTheAlphabet) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int c = 0; c < 256; ++c) {
    const std::string text = std::string("AAA") + static_cast<char>(c);
    const bool allowed = kAlphabet.find(static_cast<char>(c)) != std::string_view::npos || c == '=';
    EXPECT_EQ(decode_base64(text).has_value(), allowed) << c;
  }
}

TEST(Base64, RefusesPaddingThatIsMissingOrMisplaced) {
  for (const std::string_view text : {"Z", "Zg", "Zm8", "Zg=", "Zm9v=", "Zm9v====", "=", "====",
                                      "Z===", "A===", "Zg==Zg==", "Zm=v", "=m9v", "Zm8=="}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

TEST(Base64, RefusesASecondSpellingOfTheSameBytes) {
  EXPECT_FALSE(decode_base64("Zh=="));
  EXPECT_FALSE(decode_base64("Zm9="));
}

TEST(Base64, RefusesWhitespace) {
  EXPECT_FALSE(decode_base64("Zm9v\n"));
  EXPECT_FALSE(decode_base64(" Zm9vYg="));
}

}  // namespace
}  // namespace encke
