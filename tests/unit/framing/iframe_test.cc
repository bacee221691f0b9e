#include <gtest/gtest.h>

#include <string>

#include "framing/framing.h"
#include "samples.h"

namespace encke {
namespace {

constexpr std::chrono::milliseconds kRetry{1};

std::string open(const FramingOptions& options) {
  std::string out;
  kIframeFraming.open(kRetry, options, out);
  return out;
}

TEST(IframeFraming, OpensAPageThatCallsTheOneAroundIt) {
  EXPECT_EQ(open({.callback = "a.b", .pad = 3}),
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Encke</title></head><body>"
            "<script>function e(x){if(parent!=self&&parent.document)parent.a.b(x)}</script>\n"
            "<!--   -->\n"
            "<script>e({\"event\":\"beat\"})</script>\n");
  EXPECT_NE(open({}).find("parent.encke(x)"), std::string::npos);
}

TEST(IframeFraming, IsPaddedUnlessToldOtherwise) {
  EXPECT_EQ(open({}).size() - open({.pad = 0}).size(), 1024 + std::string("<!---->\n").size());
  EXPECT_EQ(open({.pad = 0}).find("<!--"), std::string::npos);
}

TEST(IframeFraming, MakesAScriptOfEachEvent) {
  std::string out;
  kIframeFraming.event(*samples::bye(), out);
  EXPECT_EQ(out, "<script>e({\"event\":\"bye\",\"retry\":5000})</script>\n");
}

TEST(IframeFraming, KeepsWhatWasSaidInsideOfTheScript) {
  std::string out;
  kIframeFraming.event(*samples::said("</script><script>alert(1)//<!--\xE2\x80\xA8"), out);
  EXPECT_EQ(out.find('<', 1), out.rfind("</script>")) << out;
  EXPECT_NE(out.find("\\u003c/script>\\u003cscript>alert(1)//\\u003c!--\\u2028"),
            std::string::npos);
}

TEST(IframeFraming, AnswersAFormWithAPageThatMakesOneCall) {
  std::string out;
  kIframeFraming.wrap("{\"id\":\"abc-1\"}\n", {.callback = "f"}, out);
  EXPECT_EQ(out,
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Encke</title></head><body>"
            "<script>function e(x){if(parent!=self&&parent.document)parent.f(x)}</script>\n"
            "<script>e({\"id\":\"abc-1\"})</script>\n</body></html>\n");
}

}  // namespace
}  // namespace encke
