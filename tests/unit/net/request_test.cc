#include "net/request.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

namespace encke {
namespace {

TEST(OwnedRequest, OutlivesWhatItWasMadeOf) {
  std::unique_ptr<OwnedRequest> owned;
  {
    const std::string bytes = "POST|/send|a=1|Host|here|Cookie|c=2|body|name|file|type|content|::1";
    auto part = [&, at = std::size_t{0}]() mutable {
      const auto end = std::min(bytes.find('|', at), bytes.size());
      const auto from = std::exchange(at, end + 1);
      return std::string_view(bytes).substr(from, end - from);
    };
    RequestHead head;
    head.method = part();
    head.path = part();
    head.query = part();
    head.minor = 0;
    head.keep_alive = false;
    for (int i = 0; i < 2; ++i) {
      const auto name = part();
      head.headers.push_back({name, part()});
    }
    Request request{head, part(), {}, {}};
    FormPart form;
    form.name = part();
    form.filename = part();
    form.content_type = part();
    form.content = part();
    request.parts.push_back(form);
    request.peer = *Address::parse(part());
    owned = std::make_unique<OwnedRequest>(request);
  }
  const Request& request = owned->request();
  EXPECT_EQ(request.head.method, "POST");
  EXPECT_EQ(request.head.path, "/send");
  EXPECT_EQ(request.head.query, "a=1");
  EXPECT_EQ(request.head.minor, 0);
  EXPECT_FALSE(request.head.keep_alive);
  ASSERT_EQ(request.head.headers.size(), 2U);
  EXPECT_EQ(request.head.header("host"), "here");
  EXPECT_EQ(request.head.header("cookie"), "c=2");
  EXPECT_EQ(request.body, "body");
  ASSERT_EQ(request.parts.size(), 1U);
  EXPECT_EQ(request.parts[0].name, "name");
  EXPECT_EQ(request.parts[0].filename, "file");
  EXPECT_EQ(request.parts[0].content_type, "type");
  EXPECT_EQ(request.parts[0].content, "content");
  EXPECT_EQ(request.peer.text(), "::1");
}

TEST(Later, GivesWhateverItWasCompletedWith) {
  Reply reply;
  reply.status = 204;
  Hold hold;
  hold.limit = 7;
  const auto inner = make_ref<Later>();
  const auto outer = make_ref<Later>();
  int ready = 0;
  outer->when_ready([&] { ++ready; });
  EXPECT_EQ(ready, 0);
  outer->complete(inner);
  EXPECT_EQ(ready, 1);
  EXPECT_EQ(std::get<LaterPtr>(outer->take()), inner);
  inner->complete(hold);
  inner->when_ready([&] { ++ready; });
  EXPECT_EQ(ready, 2);
  EXPECT_EQ(std::get<Hold>(inner->take()).limit, 7U);
  const auto last = make_ref<Later>();
  std::thread completer([&] { last->complete(reply); });
  EXPECT_EQ(std::get<Reply>(last->wait()).status, 204);
  completer.join();
}

TEST(Later, LetsWhoeverTakesTheOutcomeMakeIt) {
  const auto later = make_ref<Later>();
  int made = 0;
  int ready = 0;
  later->when_ready([&] { ++ready; });
  later->complete_with([&] {
    ++made;
    Reply reply;
    reply.status = 204;
    return reply;
  });
  EXPECT_EQ(ready, 1);
  EXPECT_EQ(made, 0);
  EXPECT_EQ(std::get<Reply>(later->take()).status, 204);
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace encke
