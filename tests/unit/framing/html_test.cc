#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>

#include "framing/event_html.h"
#include "framing/framing.h"
#include "samples.h"

namespace encke {
namespace {

class HtmlFraming : public testing::Test {
 protected:
  // What the clock on the wall shows is the machine's affair; here, that of Greenwich.
  void SetUp() override {
    setenv("TZ", "UTC", 1);
    tzset();
  }
  static std::string line(const Ref<Event>& event) {
    std::string out;
    append_event_line(*event, out);
    return out;
  }
};

TEST_F(HtmlFraming, EscapesWhatWasSaid) {
  EXPECT_EQ(line(samples::said("<script>&\"'\nb")),
            "03:20 <b>alice</b>: &lt;script&gt;&amp;&quot;&#39;<br>&nbsp;| b");
}

TEST_F(HtmlFraming, SaysWhomAPrivateMessageIsFor) {
  EXPECT_EQ(line(samples::private_one()), "03:20 <b>alice</b> -&gt; <b>bob</b>: psst");
}

TEST_F(HtmlFraming, ShowsAnImageNoWiderThanAPhone) {
  const auto image = samples::image();
  image->image->width = 3200;
  image->image->height = 1000;
  EXPECT_EQ(line(image),
            "03:20 <b>alice</b>: <br><a href=\"/images/ID.png\"><img src=\"/images/ID.png\" "
            "width=\"320\" height=\"100\" alt=\"[image/png 3200x1000]\"></a>");
}

TEST_F(HtmlFraming, ShowsAnImageNoHigherEitherAndNeverNot) {
  const auto image = samples::image();
  image->image->width = 2;
  image->image->height = 9000;
  EXPECT_NE(line(image).find("width=\"1\" height=\"320\""), std::string::npos) << line(image);
}

TEST_F(HtmlFraming, SaysWhoCameAndWent) {
  const auto news = samples::news();
  EXPECT_EQ(line(news), "03:20 <i>+ bob - carol (12)</i>");
  news->more_changes = 7;
  EXPECT_EQ(line(news), "03:20 <i>+ bob - carol ... 7 (12)</i>");
}

TEST_F(HtmlFraming, SaysNothingOfABye) {
  EXPECT_EQ(line(samples::bye()), "");
  std::string out;
  kHtmlFraming.event(*samples::bye(), out);
  EXPECT_EQ(out, "");
}

TEST_F(HtmlFraming, EndsWithTheWayToGoOn) {
  std::string out;
  kHtmlFraming.close({0xABC, 9}, std::chrono::milliseconds(30'001), out);
  EXPECT_NE(out.find("<a href=\"/plain/stream?since=abc-9\">"), std::string::npos) << out;
  EXPECT_NE(out.find("http-equiv=\"refresh\" content=\"31; url=/plain/stream?since=abc-9\""),
            std::string::npos)
      << out;
  out.clear();
  kHtmlFraming.close({0xABC, 9}, {}, out);
  EXPECT_EQ(out.find("refresh"), std::string::npos) << "whoever was evicted comes back by hand";
}

TEST_F(HtmlFraming, KnowsTheDay) { EXPECT_EQ(local_day(samples::said("")->time), "2024-11-23"); }

}  // namespace
}  // namespace encke
