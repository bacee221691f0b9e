#include "framing/event_json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "samples.h"

namespace encke {
namespace {

TEST(EventJson, WritesWhatWasSaidInARoom) {
  EXPECT_EQ(
      event_json(*samples::said("hi")),
      R"({"id":"abc-7","time":1732332000123,"event":"message","room":"lobby","from":"alice","text":"hi"})");
}

TEST(EventJson, WritesAnImageWithAndWithoutText) {
  EXPECT_EQ(
      event_json(*samples::image()),
      R"({"id":"abc-7","time":1732332000123,"event":"message","room":"lobby","from":"alice",)"
      R"("image":{"url":"/images/ID.png","type":"image/png","width":1,"height":2,"bytes":70}})");
  EXPECT_EQ(
      event_json(*samples::image("look")),
      R"({"id":"abc-7","time":1732332000123,"event":"message","room":"lobby","from":"alice","text":"look",)"
      R"("image":{"url":"/images/ID.png","type":"image/png","width":1,"height":2,"bytes":70}})");
}

TEST(EventJson, WritesAPrivateMessage) {
  EXPECT_EQ(
      event_json(*samples::private_one()),
      R"({"id":"abc-8","time":1732332000123,"event":"private","from":"alice","to":"bob","text":"psst"})");
}

TEST(EventJson, WritesWhoCameAndWent) {
  EXPECT_EQ(event_json(*samples::news()),
            R"({"id":"abc-9","time":1732332000123,"event":"system","room":"lobby","size":12,)"
            R"("changes":[{"nickname":"bob","flag":true},{"nickname":"carol","flag":false}]})");
}

TEST(EventJson, CountsTheChangesThatItDoesNotName) {
  const auto news = samples::news();
  news->changes.pop_back();
  news->more_changes = 3;
  EXPECT_EQ(event_json(*news),
            R"({"id":"abc-9","time":1732332000123,"event":"system","room":"lobby","size":12,)"
            R"("changes":[{"nickname":"bob","flag":true}],"more":3})");
}

TEST(EventJson, WritesWhatHasNoPositionWithoutIdAndTime) {
  EXPECT_EQ(event_json(*samples::nouser()), R"({"event":"nouser","text":"you were evicted"})");
  EXPECT_EQ(event_json(*samples::gap()), R"({"event":"gap","after":"abc-3","oldest":"abc-6"})");
  EXPECT_EQ(event_json(*samples::bye()), R"({"event":"bye","retry":5000})");
}

TEST(EventJson, StaysOnOneLineAndInUtf8) {
  EXPECT_EQ(event_json(*samples::said("a\nb\t\"c\"\\ 世界 👋 </script>")),
            R"({"id":"abc-7","time":1732332000123,"event":"message","room":"lobby","from":"alice",)"
            R"("text":"a\nb\t\"c\"\\ 世界 👋 </script>"})");
}

TEST(EventJson, ReplacesWhatIsNotUtf8InsteadOfFailing) {
  EXPECT_NE(event_json(*samples::said("a\xFFz")).find("a\xEF\xBF\xBDz"), std::string::npos);
}

TEST(EventJson, IsWrittenOnceForEachEvent) {
  const auto event = samples::said("hi");
  EXPECT_EQ(event_json(*event).data(), event_json(*event).data());
}

TEST(EventCursor, IsTheEventsOwnPositionOrWhereAGapLeadsTo) {
  EXPECT_EQ(event_cursor(*samples::said("hi")), (Position{0xABC, 7}));
  EXPECT_EQ(event_cursor(*samples::news()), (Position{0xABC, 9}));
  EXPECT_EQ(event_cursor(*samples::gap()), (Position{0xABC, 6}));
  EXPECT_FALSE(event_cursor(*samples::nouser()));
  EXPECT_FALSE(event_cursor(*samples::bye()));
}

TEST(ErrorJson, SaysWhatAndWhenToTryAgain) {
  EXPECT_EQ(error_json({"nickname_taken", "It is \"taken\".", std::nullopt}),
            R"({"error":{"code":"nickname_taken","message":"It is \"taken\"."}})");
  EXPECT_EQ(error_json({"draining", "Later.", std::chrono::seconds(5)}),
            R"({"error":{"code":"draining","message":"Later.","retry_after":5}})");
}

}  // namespace
}  // namespace encke
