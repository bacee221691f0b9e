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

constexpr SecretCost kCheap = {.log2_n = 1};

std::span<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(SecretHash, MatchesItsSecretAndNoOther) {
  FakeRandom random;
  const SecretHash hash("open sesame", random, kCheap);
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
  const SecretHash hash(std::string_view("a\0b", 3), random, kCheap);
  EXPECT_TRUE(hash.matches(std::string_view("a\0b", 3)));
  EXPECT_FALSE(hash.matches(std::string_view("a\0c", 3)));
  EXPECT_FALSE(hash.matches("a"));
}

// Section 12, whose keys have 64 bytes; PBKDF2 makes the first 32 the same for 32.
TEST(SecretHash, IsTheScryptOfRfc7914) {
  struct Vector {
    const char* secret;
    const char* salt;
    SecretCost cost;
    const char* key;
  };
  for (const Vector& vector : {
           Vector{"",
                  "",
                  {4, 1, 1},
                  "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"},
           Vector{"password",
                  "NaCl",
                  {10, 8, 16},
                  "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"},
           Vector{"pleaseletmein",
                  "SodiumChloride",
                  {14, 8, 1},
                  "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"},
       }) {
    const auto key = SecretHash::scrypt(vector.secret, bytes(vector.salt), vector.cost);
    ASSERT_TRUE(key) << vector.secret;
    std::string text;
    for (const std::uint8_t byte : *key) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    EXPECT_EQ(text, vector.key) << vector.secret;
  }
}

TEST(SecretHash, CostsSixteenMebibytesUnlessToldOtherwise) {
  EXPECT_EQ(SecretCost().memory(), 16U * 1024 * 1024);
  FakeRandom random;
  EXPECT_TRUE(SecretHash("x", random).text().starts_with("scrypt$14$8$1$"));
}

TEST(SecretHash, IsReadBackAsItWasWritten) {
  FakeRandom random;
  const SecretHash hash("open sesame", random, {3, 2, 4});
  const auto parsed = SecretHash::parse(hash.text());
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->same_as(hash));
  EXPECT_EQ(parsed->text(), hash.text());
  EXPECT_TRUE(parsed->matches("open sesame")) << "with the cost that it was made at";
  EXPECT_FALSE(parsed->matches("open sesam"));
  EXPECT_EQ(SecretHash().text(), "");
  ASSERT_TRUE(SecretHash::parse(""));
  EXPECT_TRUE(SecretHash::parse("")->empty());
}

TEST(SecretHash, ReadsNothingElse) {
  const std::string salt(32, 'a');
  const std::string digest(64, 'b');
  const auto text = [](const std::string& cost, const std::string& s, const std::string& d) {
    return "scrypt$" + cost + '$' + s + '$' + d;
  };
  ASSERT_TRUE(SecretHash::parse(text("14$8$1", salt, digest)));
  for (const char* cost :
       {"0$8$1", "21$8$1", "20$32$1", "14$0$1", "14$33$1", "14$8$0", "14$8$17", "16$1$1", "$8$1",
        "14$8", "14$8$1$1", "14 $8$1", "+14$8$1", "-1$8$1", "4294967310$8$1", "14.0$8$1"}) {
    EXPECT_FALSE(SecretHash::parse(text(cost, salt, digest))) << cost;
  }
  for (const std::string& bad :
       {std::string("x"), std::string("scrypt"), text("14$8$1", salt + "a", digest),
        text("14$8$1", salt.substr(1), digest), text("14$8$1", salt, digest + "bb"),
        text("14$8$1", salt, digest + "$"), text("14$8$1", salt, ""),
        text("14$8$1", "G" + salt.substr(1), digest), "argon2$14$8$1$" + salt + '$' + digest}) {
    EXPECT_FALSE(SecretHash::parse(bad)) << bad;
  }
}

TEST(SecretHash, OfTheSameSecretIsAnotherEachTime) {
  FakeRandom random;
  const SecretHash one("x", random, kCheap);
  const SecretHash other("x", random, kCheap);
  EXPECT_FALSE(one.same_as(other));
  EXPECT_FALSE(one.same_as(SecretHash()));
  EXPECT_TRUE(one.same_as(SecretHash(one)));
}

}  // namespace
}  // namespace encke
