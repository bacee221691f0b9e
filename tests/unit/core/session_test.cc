#include "core/session.h"

#include <gtest/gtest.h>

#include <string>

#include "support/fake_random.h"

namespace encke {
namespace {

TEST(Token, IsReadBackAsItWasWritten) {
  FakeRandom random;
  const Token token = Token::make(random);
  EXPECT_EQ(token.text().size(), 32U);
  const auto parsed = Token::parse(token.text());
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->same_as(token));
  EXPECT_EQ(parsed->index(), token.index());
}

TEST(Token, IsWrittenInLowerCaseHexadecimal) {
  Token token;
  for (std::size_t i = 0; i < token.bytes.size(); ++i) {
    token.bytes[i] = static_cast<std::uint8_t>(0xF0 + i);
  }
  EXPECT_EQ(token.text(), "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
}

TEST(Token, RefusesEverythingElse) {
  const std::string good(32, 'a');
  EXPECT_TRUE(Token::parse(good));
  EXPECT_FALSE(Token::parse(""));
  EXPECT_FALSE(Token::parse(good.substr(1)));
  EXPECT_FALSE(Token::parse(good + "a"));
  for (const char c : {'A', 'F', 'g', ' ', '-', '\0', '/', ':', '`'}) {
    for (const std::size_t at : {0U, 17U, 31U}) {
      std::string bad = good;
      bad[at] = c;
      EXPECT_FALSE(Token::parse(bad)) << at << ' ' << c;
    }
  }
}

TEST(Token, IsTheSameOnlyIfEveryBitIs) {
  FakeRandom random;
  const Token token = Token::make(random);
  EXPECT_TRUE(token.same_as(token));
  for (std::size_t byte = 0; byte < token.bytes.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      Token other = token;
      other.bytes[byte] ^= static_cast<std::uint8_t>(1 << bit);
      EXPECT_FALSE(token.same_as(other)) << byte << ' ' << bit;
    }
  }
}

TEST(Token, IsAnotherOneEachTime) {
  FakeRandom random;
  EXPECT_FALSE(Token::make(random).same_as(Token::make(random)));
}

TEST(SecretHash, MatchesItsSecretAndNoOther) {
  FakeRandom random;
  const SecretHash hash("open sesame", random);
  EXPECT_FALSE(hash.empty());
  EXPECT_TRUE(hash.matches("open sesame"));
  EXPECT_FALSE(hash.matches("open sesam"));
  EXPECT_FALSE(hash.matches("Open sesame"));
  EXPECT_FALSE(hash.matches(""));
}

TEST(SecretHash, OfNoSecretMatchesNothing) {
  FakeRandom random;
  for (const SecretHash& hash : {SecretHash(), SecretHash("", random)}) {
    EXPECT_TRUE(hash.empty());
    EXPECT_FALSE(hash.matches(""));
    EXPECT_FALSE(hash.matches("x"));
    EXPECT_FALSE(hash.matches(std::string(32, '\0')));
  }
}

TEST(SecretHash, TellsSecretsWithZerosInThemApart) {
  FakeRandom random;
  const SecretHash hash(std::string_view("a\0b", 3), random);
  EXPECT_TRUE(hash.matches(std::string_view("a\0b", 3)));
  EXPECT_FALSE(hash.matches(std::string_view("a\0c", 3)));
  EXPECT_FALSE(hash.matches("a"));
}

}  // namespace
}  // namespace encke
