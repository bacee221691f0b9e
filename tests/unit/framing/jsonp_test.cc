#include <gtest/gtest.h>

#include <string>

#include "framing/framing.h"
#include "samples.h"

namespace encke {
namespace {

const FramingOptions kCallback = {.callback = "Encke.cb.c1"};

TEST(JsonpFraming, CallsTheFunctionWithThePollsAnswer) {
  std::string out;
  kJsonpFraming.answer(samples::batch({}, 7), kCallback, out);
  EXPECT_EQ(out, "/**/Encke.cb.c1({\"flag\":false,\"events\":[],\"next\":\"abc-7\"});\n");
}

TEST(JsonpFraming, TellsErrorsToWhoCanReadNoStatus) {
  std::string out;
  kJsonpFraming.error({"no_such_room", "No.", std::nullopt}, kCallback, out);
  EXPECT_EQ(out, "/**/Encke.cb.c1({\"error\":{\"code\":\"no_such_room\",\"message\":\"No.\"}});\n");
  EXPECT_TRUE(kJsonpFraming.hides_status);
}

TEST(JsonpFraming, IsAScriptWhateverWasSaid) {
  std::string out;
  kJsonpFraming.wrap("{\"text\":\"\xE2\x80\xA8\xE2\x80\xA9</script>\xE2\x80\xA6\xE2\x80\"}\n",
                     kCallback, out);
  EXPECT_EQ(out,
            "/**/Encke.cb.c1({\"text\":\"\\u2028\\u2029\\u003c/script>\xE2\x80\xA6\xE2\x80\"});\n");
}

TEST(Callback, IsANameOrAPathOfNames) {
  for (const char* name : {"f", "a.b.c", "jQuery_1", "$", "parent.x.y9"}) {
    EXPECT_TRUE(is_callback(name)) << name;
  }
  EXPECT_TRUE(is_callback(std::string(64, 'a')));
  EXPECT_FALSE(is_callback(std::string(65, 'a')));
  for (const char* name : {"", "a b", "a(", "a;b", "a[0]", "<", "\xC3\xA9", "a\n", "a/b", "a-b"}) {
    EXPECT_FALSE(is_callback(name)) << name;
  }
}

}  // namespace
}  // namespace encke
