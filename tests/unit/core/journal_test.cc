#include "core/journal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace encke {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Journal, TellsNobodyUnlessAsked) {
  const Journal journal;
  EXPECT_FALSE(journal.wants(LogLevel::kError));
  journal.tell(LogLevel::kError, "on_fire");
}

TEST(Journal, TellsWhatIsBadEnough) {
  Journal journal;
  std::vector<std::string> heard;
  journal.listen(LogLevel::kWarn, [&](const LogLine& line) {
    heard.push_back(std::string(line.event) + " " + line.fields.at(0).value);
  });
  journal.tell(LogLevel::kInfo, "fine", {{"a", "1"}});
  journal.tell(LogLevel::kWarn, "odd", {{"a", "2"}});
  journal.tell(LogLevel::kError, "wrong", {{"a", "3"}});
  EXPECT_EQ(heard, (std::vector<std::string>{"odd 2", "wrong 3"}));
}

TEST(Throttle, LetsSoManyThroughInASecondAndCountsTheRest) {
  Throttle throttle(2);
  const TimePoint start = TimePoint(seconds(100));
  EXPECT_EQ(throttle.let_through(start), 0u);
  EXPECT_EQ(throttle.let_through(start + milliseconds(1)), 0u);
  EXPECT_FALSE(throttle.let_through(start + milliseconds(2)));
  EXPECT_FALSE(throttle.let_through(start + milliseconds(999)));
  EXPECT_EQ(throttle.let_through(start + seconds(1)), 2u);
  EXPECT_EQ(throttle.let_through(start + seconds(5)), 0u);
}

}  // namespace
}  // namespace encke
