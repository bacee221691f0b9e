#include "framing/framing.h"

#include <gtest/gtest.h>

namespace encke {
namespace {

TEST(Framing, IsFoundByTheNameInFormat) {
  EXPECT_EQ(find_format("json"), &kJsonFraming);
  EXPECT_EQ(find_format("text"), &kTextFraming);
  EXPECT_EQ(find_format("ndjson"), &kNdjsonFraming);
  for (const char* name : {"", "JSON", "xml", "json ", "sse"})
    EXPECT_EQ(find_format(name), nullptr) << name;
}

TEST(Framing, IsFoundByWhatTheClientAccepts) {
  EXPECT_EQ(find_accepted("application/json"), &kJsonFraming);
  EXPECT_EQ(find_accepted("text/plain"), &kTextFraming);
  EXPECT_EQ(find_accepted("text/plain;q=0.9"), &kTextFraming);
  EXPECT_EQ(find_accepted("text/plain ; charset=utf-8"), &kTextFraming);
  EXPECT_EQ(find_accepted("application/x-ndjson"), &kNdjsonFraming);
  EXPECT_EQ(find_accepted("application/json, text/javascript, */*; q=0.01"), &kJsonFraming)
      << "jQuery";
  EXPECT_EQ(find_accepted("application/json, text/plain, */*"), &kJsonFraming) << "axios";
  EXPECT_EQ(find_accepted("image/png,\ttext/plain"), &kTextFraming);
}

TEST(Framing, IsNoneWhenTheClientNamesNoneOfOurs) {
  EXPECT_EQ(find_accepted(""), nullptr);
  EXPECT_EQ(find_accepted("*/*"), nullptr) << "curl: the default stands";
  EXPECT_EQ(find_accepted("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            nullptr);
  EXPECT_EQ(find_accepted(",,;q=1,"), nullptr);
  EXPECT_EQ(find_accepted("application/jsonp"), nullptr);
  EXPECT_EQ(find_accepted("text/plainer"), nullptr);
}

TEST(Framing, OfAStreamIsFoundByTheNameInAs) {
  for (const char* name :
       {"iframe", "multipart", "mixed", "ndjson", "text", "xhr", "html", "sse"}) {
    const Framing* framing = find_stream(name);
    ASSERT_NE(framing, nullptr) << name;
    EXPECT_EQ(framing->name, name);
    EXPECT_TRUE(framing->open && framing->event && framing->beat && framing->error) << name;
  }
  for (const char* name : {"", "json", "jsonp", "IFRAME"}) EXPECT_EQ(find_stream(name), nullptr);
}

TEST(Framing, ListsTheNamesThatThereAre) {
  EXPECT_EQ(list_formats(), "json, text, ndjson");
  EXPECT_EQ(list_streams(), "iframe, multipart, mixed, ndjson, text, xhr, html, sse");
}

}  // namespace
}  // namespace encke
