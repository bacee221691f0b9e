#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "framing/event_json.h"
#include "framing/framing.h"
#include "samples.h"

namespace encke {
namespace {

std::string frame(const Ref<Event>& event) {
  std::string out;
  kSseFraming.event(*event, out);
  return out;
}

TEST(SseFraming, OpensWithTheTimeAfterWhichToComeBack) {
  std::string out;
  kSseFraming.open(std::chrono::milliseconds(2500), {}, out);
  EXPECT_EQ(out, "retry: 2500\n\n");
}

TEST(SseFraming, WritesIdEventAndData) {
  const auto said = samples::said("two\nlines");
  EXPECT_EQ(frame(said),
            "id: abc-7\nevent: message\ndata: " + std::string(event_json(*said)) + "\n\n");
  EXPECT_EQ(frame(samples::news()).substr(0, 25), "id: abc-9\nevent: system\nd");
}

TEST(SseFraming, MovesTheClientPastAGap) {
  EXPECT_EQ(frame(samples::gap()),
            "id: abc-6\nevent: gap\ndata: "
            "{\"event\":\"gap\",\"after\":\"abc-3\",\"oldest\":\"abc-6\"}\n\n");
}

TEST(SseFraming, LeavesTheClientsCursorAloneWhenItSaysBye) {
  EXPECT_EQ(frame(samples::bye()),
            "retry: 5000\nevent: bye\ndata: {\"event\":\"bye\",\"retry\":5000}\n\n");
  EXPECT_EQ(frame(samples::nouser()),
            "event: nouser\ndata: {\"event\":\"nouser\",\"text\":\"you were evicted\"}\n\n");
}

TEST(SseFraming, BeatsWithAComment) {
  std::string out;
  kSseFraming.beat({}, out);
  EXPECT_EQ(out, ":\n\n");
  kSseFraming.after_first(out);
  EXPECT_EQ(out, ":\n\n:\n\n");
}

TEST(SseFraming, BeatsWithAnEventForAScriptThatHasToNotice) {
  const FramingOptions audible = {.audible = true};
  std::string out;
  kSseFraming.open(std::chrono::milliseconds(1), audible, out);
  EXPECT_EQ(out, "retry: 1\n\nevent: beat\ndata: {\"event\":\"beat\"}\n\n");
  out.clear();
  kSseFraming.beat(audible, out);
  EXPECT_EQ(out, "event: beat\ndata: {\"event\":\"beat\"}\n\n");
}

TEST(SseFraming, IsPaddedByAComment) {
  std::string out;
  kSseFraming.open(std::chrono::milliseconds(1), {.pad = 2}, out);
  EXPECT_EQ(out, ":  \n\nretry: 1\n\n");
}

TEST(SseFraming, TellsAnErrorAsAnEvent) {
  std::string out;
  kSseFraming.error({"unauthorized", "Who?", std::nullopt}, {}, out);
  EXPECT_EQ(out,
            "event: error\ndata: {\"error\":{\"code\":\"unauthorized\",\"message\":\"Who?\"}}\n\n");
}

TEST(SseFraming, IsEncodedOnceForAllItsReaders) {
  const auto said = samples::said("hi");
  EXPECT_EQ(frame(said), frame(said));
  EXPECT_EQ(kSseFraming.answer, nullptr) << "it is no answer to a poll";
}

}  // namespace
}  // namespace encke
