#include <gtest/gtest.h>

#include <string>

#include "framing/event_json.h"
#include "framing/framing.h"
#include "samples.h"

namespace encke {
namespace {

std::string answer(const Batch& batch) {
  std::string out;
  kNdjsonFraming.answer(batch, {}, out);
  return out;
}

TEST(NdjsonFraming, AnswersOneEventALine) {
  const auto said = samples::said("two\nlines");
  const auto gap = samples::gap();
  EXPECT_EQ(answer(samples::batch({gap, said}, 7)),
            std::string(event_json(*gap)) + "\n" + std::string(event_json(*said)) + "\n");
}

TEST(NdjsonFraming, AnswersNothingWhenNothingCame) { EXPECT_EQ(answer(samples::batch({}, 7)), ""); }

TEST(NdjsonFraming, AnswersAnErrorAsALine) {
  std::string out;
  kNdjsonFraming.error({"no_such_room", "No.", std::nullopt}, {}, out);
  EXPECT_EQ(out, R"({"error":{"code":"no_such_room","message":"No."}})"
                 "\n");
}

TEST(NdjsonFraming, StreamsALineForEachEventAndAnEmptyOneToBeat) {
  std::string out;
  kNdjsonFraming.open(std::chrono::milliseconds(1), {}, out);
  EXPECT_EQ(out, "") << "curl wants nothing in front";
  kNdjsonFraming.event(*samples::bye(), out);
  kNdjsonFraming.beat({}, out);
  EXPECT_EQ(out, "{\"event\":\"bye\",\"retry\":5000}\n\n");
  out.clear();
  kNdjsonFraming.open(std::chrono::milliseconds(1), {.audible = true}, out);
  EXPECT_EQ(out, "\n");
}

TEST(XhrFraming, BeginsWithAPrelude) {
  std::string out;
  kXhrFraming.open(std::chrono::milliseconds(1), {}, out);
  EXPECT_EQ(out, std::string(2048, ' ') + '\n');
  out.clear();
  kXhrFraming.open(std::chrono::milliseconds(1), {.pad = 0}, out);
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace encke
