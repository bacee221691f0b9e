#include "integration/support/crowd.h"

namespace encke {

void WithCrowd::gather(Program::Flags flags) {
  // The crowd and whoever is hostile to it: each needs a thread, if that is how they are held.
  flags.insert(flags.begin(), "--threads=256");
  flags.emplace_back(kNoNews);
  start(flags);
  for (int i = 0; i < kUsers; ++i) users_.push_back(login("crowd" + std::to_string(i)));
  for (std::size_t i = 0; i < users_.size(); ++i) {
    for (int k = 0; k < kEach; ++k) held_.push_back({i, Wire(port())});
  }
  hold_all();
}

void WithCrowd::hold_all() {
  for (Held& held : held_) {
    const User& user = users_[held.user];
    held.wire.send(make_request("GET", "/longpoll?wait=110&since=" + user.cursor, user.auth()));
  }
  wait_for_metric("encke_held{transport=\"longpoll\"}", kUsers * kEach);
}

void WithCrowd::expect_nobody_noticed() {
  const std::string text = "message " + std::to_string(++said_);
  const std::string id = users_[0].say(text);
  for (Held& held : held_) {
    const Response answer = held.wire.read();
    ASSERT_EQ(answer.status, 200) << answer.body;
    ASSERT_EQ(texts(answer.json()["events"]), std::vector<std::string>{text});
    ASSERT_EQ(answer.json()["next"], id);
  }
  for (User& user : users_) user.cursor = id;
  hold_all();
}

Response WithCrowd::refused(std::string_view bytes) {
  Wire wire(port());
  (void)wire.try_send(bytes);
  const Response answer = wire.read();
  EXPECT_GE(answer.status, 400);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(wire.closed()) << "more than one answer";
  return answer;
}

}  // namespace encke
