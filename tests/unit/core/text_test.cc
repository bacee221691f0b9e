#include "core/text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/error.h"

namespace encke {
namespace {

using namespace std::string_view_literals;

std::string repeated(std::string_view piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

ErrorCode why_not(std::string_view nickname) {
  const auto ok = check_nickname(nickname);
  return ok ? ErrorCode::kCount : ok.error().code;
}

TEST(Utf8, AcceptsTheFirstAndLastCharacterOfEachLength) {
  for (const auto text : {""sv, "\0"sv, "\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv,
                          "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv,
                          "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv, "héllo, 世界 👋"sv}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesOverlongForms) {
  for (const auto text : {"\xC0\x80"sv, "\xC0\xAF"sv, "\xC1\xBF"sv, "\xE0\x80\x80"sv,
                          "\xE0\x9F\xBF"sv, "\xF0\x80\x80\x80"sv, "\xF0\x8F\xBF\xBF"sv}) {
    EXPECT_FALSE(is_utf8(text));
    EXPECT_FALSE(is_utf8("ok" + std::string(text) + "ok"));
  }
}

TEST(Utf8, RefusesSurrogatesAndWhatIsAboveTheLastCharacter) {
  for (const auto text :
       {"\xED\xA0\x80"sv, "\xED\xAF\xBF"sv, "\xED\xB0\x80"sv, "\xED\xBF\xBF"sv,
        "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xF8\x88\x80\x80\x80"sv, "\xFE"sv, "\xFF"sv}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Utf8, RefusesTruncatedAndStrayBytes) {
  for (const auto text : {"\x80"sv, "\xBF"sv, "\xC2"sv, "\xE4\xB8"sv, "\xE4"sv, "\xF0\x9F\x91"sv,
                          "\xF0\x9F"sv, "\xF0"sv, "\xC2\x41"sv, "\xE4\xB8\x41"sv, "\xE4\x41\x96"sv,
                          "\xF0\x9F\x91\x41"sv, "\xC2\xC2\x80"sv}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Utf8, DoesNotLookBehindTheEndForTheRestOfACharacter) {
  EXPECT_FALSE(is_utf8("世"sv.substr(0, 1)));
  EXPECT_FALSE(is_utf8("世"sv.substr(0, 2)));
  EXPECT_FALSE(is_utf8("👋"sv.substr(0, 3)));
}

TEST(Utf8, CountsCodePointsAndNotBytes) {
  EXPECT_EQ(count_code_points(""), 0U);
  EXPECT_EQ(count_code_points("abc"), 3U);
  EXPECT_EQ(count_code_points("é世👋"), 3U);
}

TEST(Nickname, MayBeInAnyScript) {
  for (const char* name : {"a", "alice", "Alice B", "o-neil_7", "Übergröße", "小明", "мария", "عمر",
                           "👋", "__proto__", "constructor", "me2", "systems", "a.b", "#1"}) {
    EXPECT_EQ(why_not(name), ErrorCode::kCount) << name;
  }
}

TEST(Nickname, IsAtMostThirtyTwoCharacters) {
  EXPECT_EQ(why_not(repeated("a", 32)), ErrorCode::kCount);
  EXPECT_EQ(why_not(repeated("a", 33)), ErrorCode::kNicknameInvalid);
  EXPECT_EQ(why_not(repeated("世", 32)), ErrorCode::kCount);
  EXPECT_EQ(why_not(repeated("👋", 33)), ErrorCode::kNicknameInvalid);
}

TEST(Nickname, IsNeitherEmptyNorBlankAtAnEnd) {
  for (const char* name : {"", " ", "   ", " alice", "alice ", "\u00A0alice", "alice\u3000",
                           "\u2003", "\talice", "alice\n"}) {
    EXPECT_EQ(why_not(name), ErrorCode::kNicknameInvalid) << name;
  }
}

TEST(Nickname, HasNoControlCharacters) {
  for (const auto c : {"\0"sv, "\x01"sv, "\n"sv, "\r"sv, "\t"sv, "\x1B"sv, "\x7F"sv, "\u0085"sv,
                       "\u009B"sv, "\u2028"sv, "\u2029"sv}) {
    EXPECT_EQ(why_not("al" + std::string(c) + "ice"), ErrorCode::kNicknameInvalid);
  }
}

TEST(Nickname, HasNothingThatCannotBeSeenOrTurnsTheLineAround) {
  for (const char* c : {"\u00AD", "\u200B", "\u200D", "\u200E", "\u202E", "\u2066", "\u2069",
                        "\uFEFF", "\uFFF9", "\u061C", "\u180E", "\u034F", "\U000E0041"}) {
    EXPECT_EQ(why_not("al" + std::string(c) + "ice"), ErrorCode::kNicknameInvalid);
  }
  // Letters by name, blanks on the screen: they made nicknames that nobody can see.
  for (const char* c : {"\u3164", "\u115F", "\u1160", "\uFFA0", "\u2800"}) {
    EXPECT_EQ(why_not(c), ErrorCode::kNicknameInvalid);
  }
}

TEST(Nickname, HasNoMarkup) {
  for (const char c : "<>&\"'`/\\:,"sv) {
    EXPECT_EQ(why_not(std::string("al") + c + "ice"), ErrorCode::kNicknameInvalid) << c;
  }
}

TEST(Nickname, IsUtf8) {
  EXPECT_EQ(why_not("al\xC0\xAFice"), ErrorCode::kNicknameInvalid);
  EXPECT_EQ(why_not("alice\xE4"), ErrorCode::kNicknameInvalid);
}

TEST(Nickname, IsNotOneOfTheReserved) {
  for (const char* name :
       {"system", "group", "del", "me", "我", "System", "SYSTEM", "Me", "gROUP"}) {
    EXPECT_EQ(why_not(name), ErrorCode::kNicknameReserved) << name;
    EXPECT_TRUE(is_reserved(name)) << name;
  }
}

TEST(RoomName, FollowsTheRuleOfNicknamesButReservesNothing) {
  EXPECT_TRUE(check_room("lobby"));
  EXPECT_TRUE(check_room("system"));
  for (const auto& name :
       {std::string(), std::string(" x"), std::string("a/b"), repeated("a", 33)}) {
    const auto ok = check_room(name);
    ASSERT_FALSE(ok) << name;
    EXPECT_EQ(ok.error().code, ErrorCode::kRoomInvalid);
    EXPECT_FALSE(ok.error().detail.empty()) << "says what is wrong";
  }
}

TEST(CleanText, KeepsWhatWasSaid) {
  for (const char* text :
       {"hi", "  indented\n\tcode  ", "<b>&amp;</b>", "世界 👋", "a\u200Db", "\u00A0"}) {
    EXPECT_EQ(clean_text(text, 100), text);
  }
}

TEST(CleanText, WritesEveryLineEndTheSameWay) {
  EXPECT_EQ(clean_text("a\r\nb\rc\nd", 100), "a\nb\nc\nd");
  EXPECT_EQ(clean_text("a\r\r\nb\r", 100), "a\n\nb\n");
}

TEST(CleanText, RefusesWhatIsBlank) {
  for (const char* text : {"", " ", "\n", "\r\n", " \t \n "}) {
    const auto clean = clean_text(text, 100);
    ASSERT_FALSE(clean);
    EXPECT_EQ(clean.error().code, ErrorCode::kNothingToSay);
  }
}

TEST(CleanText, RefusesWhatIsTooLongInBytes) {
  EXPECT_TRUE(clean_text("世界", 6));
  const auto clean = clean_text("世界!", 6);
  ASSERT_FALSE(clean);
  EXPECT_EQ(clean.error().code, ErrorCode::kTextTooLong);
  EXPECT_TRUE(clean_text(std::string(1 << 20, 'x'), 0)) << "no limit";
}

TEST(CleanText, RefusesControlCharactersButTabAndNewline) {
  for (int c = 0; c < 0xA0; ++c) {
    std::string text = "a";
    if (c >= 0x80) text += '\xC2';
    text += static_cast<char>(c);
    const bool allowed = (c >= 0x20 && c < 0x7F) || c == '\t' || c == '\n' || c == '\r';
    const auto clean = clean_text(text, 100);
    EXPECT_EQ(clean.has_value(), allowed) << c;
    if (!clean) {
      EXPECT_EQ(clean.error().code, ErrorCode::kBadText);
    }
  }
}

TEST(CleanText, RefusesWhatIsNotUtf8) {
  const auto clean = clean_text("a\xFF", 100);
  ASSERT_FALSE(clean);
  EXPECT_EQ(clean.error().code, ErrorCode::kBadText);
}

TEST(TokenText, IsOneToSixtyFourPlainCharacters) {
  EXPECT_TRUE(is_token_text("a"));
  EXPECT_TRUE(is_token_text("Az09._:-"));
  EXPECT_TRUE(is_token_text(std::string(64, 'x')));
  EXPECT_FALSE(is_token_text(""));
  EXPECT_FALSE(is_token_text(std::string(65, 'x')));
  for (const char* text : {"a b", "a\n", "é", "a/b", "a=b", "a\"", "a,b"}) {
    EXPECT_FALSE(is_token_text(text)) << text;
  }
  EXPECT_FALSE(is_token_text("a\0"sv));
}

}  // namespace
}  // namespace encke
