#include "api/body.h"

#include <gtest/gtest.h>

namespace encke {
namespace {

struct Sent {
  Sent(std::string_view type, std::string_view body, std::vector<FormPart> parts = {}) {
    RequestHead head;
    if (!type.empty()) head.headers.push_back({"Content-Type", type});
    result = parse_body({head, body, std::move(parts), {}});
  }
  std::string text() const { return result ? result->fields.get("text") : "refused"; }
  ErrorCode error() const { return result ? ErrorCode::kCount : result.error().code; }
  tl::expected<Body, Error> result;
};

constexpr const char* kForm = "application/x-www-form-urlencoded";
constexpr const char* kMultipart = "multipart/form-data; boundary=b";

TEST(ParseBody, ReadsAForm) {
  const Sent sent(kForm, "text=a+b&to=bob&unknown=x");
  EXPECT_EQ(sent.text(), "a b");
  EXPECT_EQ(sent.result->fields.get("to"), "bob");
}

TEST(ParseBody, TakesAFormWithoutFieldNamesForTheText) {
  EXPECT_EQ(Sent(kForm, "hello").text(), "hello");
  EXPECT_EQ(Sent(kForm, "1+1=2&more").text(), "1+1=2&more") << "as it is, and not decoded";
  EXPECT_EQ(Sent(kForm, "").result->fields.find("text"), nullptr);
}

TEST(ParseBody, KnowsAFormByANameThatComesAfterTooManyOthers) {
  std::string many;
  for (int i = 0; i < 64; ++i) many += "f" + std::to_string(i) + "=1&";
  EXPECT_EQ(Sent(kForm, many + "rest").text(), many + "rest");
  for (const char* last : {"to=bob", "t%6f=bob", "text"}) {
    const Sent sent(kForm, many + last);
    EXPECT_TRUE(sent.result->fields.too_many()) << last << " is not said aloud";
  }
}

TEST(ParseBody, ReadsJson) {
  const Sent sent("application/json; charset=utf-8",
                  R"({"text":"a\"\u00e4","key":17,"flag":true,"none":null,"half":1.5})");
  EXPECT_EQ(sent.text(), "a\"ä");
  EXPECT_EQ(sent.result->fields.get("key"), "17");
  EXPECT_EQ(sent.result->fields.get("flag"), "true");
  EXPECT_EQ(sent.result->fields.get("half"), "1.5");
  EXPECT_EQ(sent.result->fields.find("none"), nullptr);
  EXPECT_EQ(Sent("Application/JSON", R"({"text":"x"})").text(), "x");
}

TEST(ParseBody, RefusesJsonThatIsNoObjectOfPlainValues) {
  for (const char* json : {"", "[]", "1", "\"x\"", "null", "{", "{}x", "{\"a\":[]}", "{\"a\":{}}",
                           "{\"a\":\"\xFF\"}", "{'a':1}", "{\"a\":1,}"}) {
    EXPECT_EQ(Sent("application/json", json).error(), ErrorCode::kBadJson) << json;
  }
}

// A body may have millions of brackets; what is refused anyway is not built first.
TEST(ParseBody, RefusesNestedJsonHoweverDeep) {
  const std::string deep(8'000'000, '[');
  EXPECT_EQ(Sent("application/json", deep).error(), ErrorCode::kBadJson);
  EXPECT_EQ(Sent("application/json", "{\"a\":" + deep).error(), ErrorCode::kBadJson);
}

TEST(ParseBody, TakesPlainTextAsItIs) {
  EXPECT_EQ(Sent("text/plain", "text=x&y").text(), "text=x&y");
  EXPECT_EQ(Sent("text/plain; charset=utf-8", "x").text(), "x");
  EXPECT_EQ(Sent("", "x").text(), "x");
}

TEST(ParseBody, ReadsMultipart) {
  const Sent sent(kMultipart, "",
                  {{"text", "", "", "hello"}, {"image", "a.png", "image/png", "PNG"}});
  EXPECT_EQ(sent.text(), "hello");
  EXPECT_EQ(sent.result->image_file, "PNG");
}

TEST(ParseBody, TakesAnImageWithoutAFileNameForADataUrlUnlessItsTypeSaysOtherwise) {
  const Sent url(kMultipart, "", {{"image", "", "", "data:image/png;base64,x"}});
  EXPECT_FALSE(url.result->image_file);
  EXPECT_EQ(url.result->fields.get("image"), "data:image/png;base64,x");
  const Sent file(kMultipart, "", {{"image", "", "image/png", "PNG"}});
  EXPECT_EQ(file.result->image_file, "PNG");
}

TEST(ParseBody, PassesOverAFileFieldLeftEmpty) {
  const Sent sent(kMultipart, "", {{"image", "", "application/octet-stream", ""}});
  EXPECT_FALSE(sent.result->image_file);
  EXPECT_EQ(sent.result->fields.find("image"), nullptr);
}

TEST(ParseBody, RefusesOtherTypes) {
  for (const char* type : {"application/xml", "text/html", "image/png", "application/jsonx", "x"}) {
    EXPECT_EQ(Sent(type, "x").error(), ErrorCode::kUnsupportedMediaType) << type;
  }
}

}  // namespace
}  // namespace encke
