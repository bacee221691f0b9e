#include <gtest/gtest.h>

#include <string>

#include "framing/framing.h"
#include "samples.h"

namespace encke {
namespace {

// The boundary, and only what it needs to be whole, is behind each part at once.
TEST(MultipartFraming, IsWholeAfterEachPart) {
  std::string out;
  kMultipartFraming.open(std::chrono::milliseconds(1), {}, out);
  EXPECT_EQ(out,
            "--encke\r\nContent-Type: application/json\r\n\r\n{\"event\":\"beat\"}\r\n--encke");
  out.clear();
  kMultipartFraming.event(*samples::bye(), out);
  kMultipartFraming.close({}, {}, out);
  EXPECT_EQ(out,
            "\r\nContent-Type: "
            "application/json\r\n\r\n{\"event\":\"bye\",\"retry\":5000}\r\n--encke--\r\n");
}

TEST(MultipartFraming, TellsAnErrorAsAPart) {
  std::string out;
  kMixedFraming.error({"unauthorized", "Who?", std::nullopt}, {}, out);
  EXPECT_EQ(out,
            "--encke\r\nContent-Type: application/json\r\n\r\n"
            "{\"error\":{\"code\":\"unauthorized\",\"message\":\"Who?\"}}\r\n--encke--\r\n");
}

TEST(MultipartFraming, IsPaddedBeforeTheFirstBoundary) {
  std::string out;
  kMixedFraming.open(std::chrono::milliseconds(1), {.pad = 2}, out);
  EXPECT_TRUE(out.starts_with("  \r\n--encke\r\n")) << out;
}

}  // namespace
}  // namespace encke
