// The short form of script/chaos: a few kills, in both holds. What is counted is in chaos/chaos.h.
#include "chaos/chaos.h"

#include <gtest/gtest.h>

#include <sstream>

#include "integration/support/both_holds.h"
#include "support/scratch.h"

namespace encke {
namespace {

class ChaosTest : public testing::TestWithParam<const char*> {};
ENCKE_BOTH_HOLDS(ChaosTest);

TEST_P(ChaosTest, LosesAndDoublesNothing) {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path("chaos"));
  ChaosPlan plan;
  plan.hold = GetParam();
  plan.folder = scratch.path("chaos");
  plan.kills = 6;
  plan.writers = 4;
  const ChaosCount count = make_chaos(plan);
  EXPECT_TRUE(count.is_well()) << [&] {
    std::ostringstream text;
    text << count;
    return text.str();
  }();
  EXPECT_GT(count.accepted, 50U);
  EXPECT_GT(count.delivered, count.accepted * 5) << "to all the readers of the lobby";
}

}  // namespace
}  // namespace encke
