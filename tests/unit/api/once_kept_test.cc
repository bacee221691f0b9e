// An answer that waits until what it tells of is durable.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/api.h"
#include "support/fake_store.h"
#include "support/test_hub.h"

namespace encke {
namespace {

// In place of the store on a disk, a fake one: no disk can be told when to commit.
class OnceKept : public testing::Test {
 protected:
  OnceKept() : hub({}, clock, random, log, store) { store.held = true; }

  LaterPtr login(const std::string& nickname, std::vector<HeaderField> headers = {}) {
    RequestHead head;
    head.method = "POST";
    head.path = "/login";
    head.headers = std::move(headers);
    head.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
    const std::string body = "nickname=" + nickname;
    return std::get<LaterPtr>(api.handle({head, body, {}, {}}));
  }
  static std::string header(const Reply& reply, std::string_view name) {
    for (const auto& [found, value] : reply.headers) {
      if (found == name) return value;
    }
    return {};
  }

  FakeClock clock;
  FakeRandom random;
  HeldLog log{clock, random, 1000};
  FakeStore store;
  Hub hub;
  ImageStore images{{}, clock, random};
  StaticFiles files;
  Workers workers{1, 1, 1024};
  Journal journal;
  Api api{{}, hub, images, files, random, journal, workers};
};

TEST_F(OnceKept, AnAnswerIsMadeWhenItIsSent) {
  const LaterPtr alice = login("alice");
  const LaterPtr bob = login("bob", {{"Accept", "text/plain"}});
  bool ready = false;
  alice->when_ready([&] { ready = true; });
  EXPECT_FALSE(ready) << "nothing is durable yet";
  store.commit();
  EXPECT_TRUE(ready);
  const Reply reply = std::get<Reply>(alice->take());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.content_type, "application/json");
  EXPECT_NE(reply.body.find(R"("users":["alice","bob"])"), std::string::npos) << reply.body;
  EXPECT_NE(header(reply, "Set-Cookie"), "");
  const Reply text = std::get<Reply>(bob->take());
  EXPECT_TRUE(text.content_type.starts_with("text/plain")) << text.content_type;
  EXPECT_EQ(text.body.find('\t'), 32u) << text.body;
}

TEST_F(OnceKept, WhatIsNotDurableIsUndone) {
  const LaterPtr alice = login("alice");
  store.commit(tl::unexpected(Error{ErrorCode::kLogUnavailable, ""}));
  const Reply reply = std::get<Reply>(alice->take());
  EXPECT_EQ(reply.status, 503);
  EXPECT_NE(reply.body.find("log_unavailable"), std::string::npos) << reply.body;
  EXPECT_EQ(header(reply, "Cache-Control"), "no-store, no-transform")
      << "the headers of any answer";
  EXPECT_EQ(header(reply, "Set-Cookie"), "") << "but for what belongs to that one";
  EXPECT_TRUE(hub.users("", 10).users.empty());
}

}  // namespace
}  // namespace encke
