#include "api/origins.h"

#include <gtest/gtest.h>

namespace encke {
namespace {

// What these origins say to a request with these headers.
struct Asked {
  Asked(std::vector<std::string> allowed, std::vector<HeaderField> fields) {
    RequestHead head;
    head.headers = std::move(fields);
    const Origins origins(std::move(allowed));
    origins.add_headers(head, headers);
    origins.add_preflight(head, preflight);
    ours = origins.is_ours(head);
  }
  static std::string get(const Headers& headers, std::string_view name) {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return "";
  }
  std::string allowed() const { return get(headers, "Access-Control-Allow-Origin"); }
  std::string credentials() const { return get(headers, "Access-Control-Allow-Credentials"); }
  Headers headers;
  Headers preflight;
  bool ours = false;
};

TEST(Origins, NamesAListedOneAndAllowsItsCookie) {
  const Asked asked({"https://a.example"}, {{"Host", "h"}, {"Origin", "https://a.example"}});
  EXPECT_EQ(asked.allowed(), "https://a.example");
  EXPECT_EQ(asked.credentials(), "true");
  EXPECT_EQ(Asked::get(asked.headers, "Vary"), "Origin");
}

TEST(Origins, SaysNothingToOthersButThatItDepends) {
  const Asked asked({"https://a.example"}, {{"Host", "h"}, {"Origin", "https://b.example"}});
  EXPECT_EQ(asked.allowed(), "");
  EXPECT_EQ(Asked::get(asked.headers, "Vary"), "Origin");
}

TEST(Origins, SaysNothingAtAllWithoutAList) {
  EXPECT_TRUE(Asked({}, {{"Host", "h"}, {"Origin", "https://a.example"}}).headers.empty());
}

TEST(Origins, AStarIsForAllWithoutACookie) {
  const Asked asked({"*"}, {{"Host", "h"}, {"Origin", "https://b.example"}});
  EXPECT_EQ(asked.allowed(), "*");
  EXPECT_EQ(asked.credentials(), "");
  EXPECT_FALSE(asked.ours);
  // Who is named beside it may do more.
  EXPECT_EQ(Asked({"*", "https://a.example"}, {{"Origin", "https://a.example"}}).credentials(),
            "true");
}

TEST(Origins, APreflightNamesWhatIsAllowed) {
  const Asked asked({"https://a.example"}, {{"Host", "h"}, {"Origin", "https://a.example"}});
  EXPECT_EQ(Asked::get(asked.preflight, "Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_EQ(Asked::get(asked.preflight, "Access-Control-Allow-Methods"), "GET, POST");
  EXPECT_EQ(Asked::get(asked.preflight, "Access-Control-Max-Age"), "86400");
}

TEST(Origins, KnowsOurs) {
  const auto ours = [](std::vector<HeaderField> fields) {
    fields.push_back({"Host", "chat.example:8080"});
    return Asked({"https://a.example"}, std::move(fields)).ours;
  };
  EXPECT_FALSE(ours({})) << "it may be anybody's page";
  EXPECT_TRUE(ours({{"Origin", "http://chat.example:8080"}}));
  EXPECT_TRUE(ours({{"Origin", "https://chat.example:8080"}}));
  EXPECT_TRUE(ours({{"Origin", "https://a.example"}}));
  EXPECT_TRUE(ours({{"Referer", "http://chat.example:8080/page?x"}}));
  EXPECT_TRUE(ours({{"Referer", "https://a.example/page"}}));
  EXPECT_FALSE(ours({{"Origin", "null"}}));
  EXPECT_FALSE(ours({{"Origin", "http://chat.example"}}));
  EXPECT_FALSE(ours({{"Origin", "http://chat.example:8080.evil.example"}}));
  EXPECT_FALSE(ours({{"Origin", "https://evil.example"}}));
  EXPECT_FALSE(ours({{"Referer", "https://evil.example/http://chat.example:8080/"}}));
  EXPECT_FALSE(ours({{"Referer", "chat.example:8080"}}));
  // The Origin counts, whatever the Referer says.
  EXPECT_FALSE(
      ours({{"Origin", "https://evil.example"}, {"Referer", "http://chat.example:8080/"}}));
}

TEST(Origins, AnEmptyHostIsNobody) {
  EXPECT_FALSE(Asked({}, {{"Host", ""}, {"Origin", "http://"}}).ours);
}

}  // namespace
}  // namespace encke
