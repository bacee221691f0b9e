#include <gtest/gtest.h>

#include <string>

#include "framing/framing.h"
#include "samples.h"

namespace encke {
namespace {

std::string line_of(const Ref<Event>& event) {
  std::string out;
  kTextFraming.answer(samples::batch({event}, 9), {}, out);
  return out;
}

TEST(TextFraming, WritesOneEventALineWithTabsBetweenItsFields) {
  EXPECT_EQ(line_of(samples::said("hi")), "abc-7\t1732332000123\tmessage\talice\tlobby\thi\n");
  EXPECT_EQ(line_of(samples::private_one()), "abc-8\t1732332000123\tprivate\talice\tbob\tpsst\n");
}

TEST(TextFraming, WritesWhereAnImageIs) {
  EXPECT_EQ(line_of(samples::image()),
            "abc-7\t1732332000123\tmessage\talice\tlobby\t/images/ID.png\n");
  EXPECT_EQ(line_of(samples::image("look:")),
            "abc-7\t1732332000123\tmessage\talice\tlobby\tlook: /images/ID.png\n");
}

TEST(TextFraming, WritesWhoCameAndWent) {
  const auto news = samples::news();
  EXPECT_EQ(line_of(news), "abc-9\t1732332000123\tsystem\t\tlobby\t+bob,-carol\n");
  const auto more = samples::news();
  more->more_changes = 3;
  EXPECT_EQ(line_of(more), "abc-9\t1732332000123\tsystem\t\tlobby\t+bob,-carol,3 more\n");
}

TEST(TextFraming, LeavesFieldsEmptyThatAnEventDoesNotHave) {
  EXPECT_EQ(line_of(samples::nouser()), "\t\tnouser\t\t\tyou were evicted\n");
  EXPECT_EQ(line_of(samples::gap()), "abc-6\t\tgap\t\t\tabc-3\n") << "the id is where to read on";
  EXPECT_EQ(line_of(samples::bye()), "\t\tbye\t\t\t5000\n");
}

TEST(TextFraming, EscapesWhatWouldBreakALine) {
  EXPECT_EQ(line_of(samples::said("a\tb\nc\\d\\n")),
            "abc-7\t1732332000123\tmessage\talice\tlobby\ta\\tb\\nc\\\\d\\\\n\n");
  EXPECT_EQ(line_of(samples::said("世界")), "abc-7\t1732332000123\tmessage\talice\tlobby\t世界\n");
}

TEST(TextFraming, AnswersNothingWhenNothingCame) {
  std::string out;
  kTextFraming.answer(samples::batch({}, 7), {}, out);
  EXPECT_EQ(out, "");
}

TEST(TextFraming, AnswersAnErrorAsALine) {
  std::string out;
  kTextFraming.error({"bad_text", "a\tb\nc", std::nullopt}, {}, out);
  EXPECT_EQ(out, "error\tbad_text\ta\\tb\\nc\n");
}

}  // namespace
}  // namespace encke
