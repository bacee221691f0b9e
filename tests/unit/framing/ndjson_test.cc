#include <gtest/gtest.h>

#include <string>

#include "framing/event_json.h"
#include "framing/framing.h"
#include "samples.h"

namespace encke {
namespace {

std::string answer(const Batch& batch) {
  std::string out;
  kNdjsonFraming.answer(batch, out);
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
  kNdjsonFraming.error({"no_such_room", "No.", std::nullopt}, out);
  EXPECT_EQ(out, R"({"error":{"code":"no_such_room","message":"No."}})"
                 "\n");
}

}  // namespace
}  // namespace encke
