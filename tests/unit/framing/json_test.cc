#include <gtest/gtest.h>

#include <string>

#include "framing/event_json.h"
#include "framing/framing.h"
#include "samples.h"

namespace encke {
namespace {

std::string answer(const Batch& batch) {
  std::string out;
  kJsonFraming.answer(batch, {}, out);
  return out;
}

TEST(JsonFraming, AnswersAPollThatFoundSomething) {
  const auto said = samples::said("hi");
  const auto psst = samples::private_one();
  EXPECT_EQ(answer(samples::batch({said, psst}, 8)),
            R"({"flag":true,"events":[)" + std::string(event_json(*said)) + "," +
                std::string(event_json(*psst)) + R"(],"next":"abc-8"})" + "\n");
}

TEST(JsonFraming, AnswersAPollThatFoundNothing) {
  EXPECT_EQ(answer(samples::batch({}, 7)), R"({"flag":false,"events":[],"next":"abc-7"})"
                                           "\n");
}

TEST(JsonFraming, AnswersAnError) {
  std::string out = "before ";
  kJsonFraming.error({"no_such_room", "No.", std::nullopt}, {}, out);
  EXPECT_EQ(out, R"(before {"error":{"code":"no_such_room","message":"No."}})"
                 "\n")
      << "it appends";
}

TEST(JsonFraming, IsNoStream) {
  EXPECT_EQ(kJsonFraming.event, nullptr);
  EXPECT_EQ(kJsonFraming.content_type, "application/json");
}

}  // namespace
}  // namespace encke
