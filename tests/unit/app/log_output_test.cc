#include "app/log_output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace encke {
namespace {

using Json = nlohmann::json;

const LogLine kLine = {LogLevel::kWarn,
                       "request_failed",
                       {{"code", "internal"}, {"path", "/a\n\"b\" \xFF"}, {"peer", ""}}};

TEST(LogOutput, AsTextQuotesWhatCouldBeTakenForSomethingElse) {
  EXPECT_EQ(to_text(kLine, "T"),
            "T warn request_failed code=internal path=\"/a\\n\\\"b\\\" \xEF\xBF\xBD\" peer=\"\"");
}

TEST(LogOutput, AsJsonIsOneObjectALine) {
  const std::string line = to_json(kLine, "T");
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Json json = Json::parse(line);
  EXPECT_EQ(json["time"], "T");
  EXPECT_EQ(json["level"], "warn");
  EXPECT_EQ(json["event"], "request_failed");
  EXPECT_EQ(json["path"], "/a\n\"b\" \xEF\xBF\xBD");
}

}  // namespace
}  // namespace encke
