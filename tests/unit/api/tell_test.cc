// What clients are told of an error, and what the operator is.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "api/api.h"
#include "support/test_hub.h"

namespace encke {
namespace {

class Tell : public testing::Test {
 protected:
  struct Line {
    LogLevel level;
    std::string event;
    std::map<std::string, std::string> fields;
  };
  Tell() {
    journal.listen(LogLevel::kDebug, [this](const LogLine& line) {
      Line kept{line.level, std::string(line.event), {}};
      for (const LogField& field : line.fields) kept.fields[std::string(field.name)] = field.value;
      lines.push_back(kept);
    });
  }
  Api make(ApiOptions options = {}) {
    return Api(options, chat.hub, images, files, random, journal, workers);
  }
  static RequestHead head(std::string_view path, std::vector<HeaderField> headers = {}) {
    RequestHead made;
    made.method = "GET";
    made.path = path;
    made.headers = std::move(headers);
    return made;
  }
  static std::string id_in(const Reply& reply) {
    for (const auto& [name, value] : reply.headers) {
      if (name == "X-Request-Id") return value;
    }
    return {};
  }

  TestHub chat;
  FakeRandom random;
  ImageStore images{{}, chat.clock, random};
  StaticFiles files;
  Workers workers{1, 1, 1024};
  Journal journal;
  std::vector<Line> lines;
};

TEST_F(Tell, AnErrorAndItsLineHaveOneName) {
  const Api api = make();
  const RequestHead asked = head("/poll");
  const Reply first = api.refuse({ErrorCode::kBadCursor, ""}, &asked, {});
  const Reply second = api.refuse({ErrorCode::kBadCursor, ""}, nullptr, {});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(id_in(first), "");
  EXPECT_NE(id_in(first), id_in(second));
  EXPECT_NE(first.body.find("\"request\":\"" + id_in(first) + "\""), std::string::npos)
      << first.body;
  EXPECT_EQ(lines[0].event, "request_failed");
  EXPECT_EQ(lines[0].fields["request"], id_in(first));
  EXPECT_EQ(lines[0].fields["code"], "bad_cursor");
  EXPECT_EQ(lines[0].fields["path"], "/poll");
  EXPECT_EQ(lines[1].fields["request"], id_in(second));
  const std::string path(8000, 'x');
  const RequestHead long_one = head(path);
  (void)api.refuse({ErrorCode::kNotFound, ""}, &long_one, {});
  EXPECT_EQ(lines[2].fields["path"], std::string(200, 'x')) << "as long as it is of use";
}

TEST_F(Tell, TheCauseOfAnInternalErrorIsTheOperatorsAlone) {
  const Api api = make();
  Error error{ErrorCode::kInternal, ""};
  error.cause = "disk 7 is on fire";
  const Reply reply = api.refuse(error, nullptr, {});
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body.find("fire"), std::string::npos) << reply.body;
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].level, LogLevel::kError);
  EXPECT_EQ(lines[0].fields["cause"], "disk 7 is on fire");
}

TEST_F(Tell, MistakesInAFloodAreCountedAndNotAllTold) {
  const Api api = make();
  for (int i = 0; i < 1000; ++i) (void)api.refuse({ErrorCode::kNotFound, ""}, nullptr, {});
  EXPECT_EQ(lines.size(), 20u);
  (void)api.refuse({ErrorCode::kInternal, ""}, nullptr, {});  // what is the server's is told yet
  ASSERT_EQ(lines.size(), 21u);
  chat.clock.advance(std::chrono::seconds(1));
  (void)api.refuse({ErrorCode::kNotFound, ""}, nullptr, {});
  ASSERT_EQ(lines.size(), 22u);
  EXPECT_EQ(lines[21].fields["kept_back"], "980");
}

TEST_F(Tell, ANameIsTakenFromAProxyOnlyIfThatIsWanted) {
  const RequestHead asked = head("/poll", {{"x-request-id", "proxy-1"}});
  const RequestHead insane = head("/poll", {{"X-Request-Id", "a b"}});
  EXPECT_NE(id_in(make().refuse({ErrorCode::kBadCursor, ""}, &asked, {})), "proxy-1");
  ApiOptions options;
  options.trust_request_id = true;
  const Api trusting = make(options);
  EXPECT_EQ(id_in(trusting.refuse({ErrorCode::kBadCursor, ""}, &asked, {})), "proxy-1");
  EXPECT_NE(id_in(trusting.refuse({ErrorCode::kBadCursor, ""}, &insane, {})), "a b");
}

TEST_F(Tell, WhatCouldNotBeAcceptedIsToldOnceASecond) {
  Api api = make();
  for (int i = 0; i < 10; ++i) api.accept_failed(24);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].event, "accept_failed");
  EXPECT_EQ(lines[0].fields["cause"], "Too many open files");
}

}  // namespace
}  // namespace encke
