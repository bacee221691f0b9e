// How much one user, and one address, may ask in a time; who has which address behind a proxy; and
// what browsers are told of pages (protocol.md, "Who may").
#include <filesystem>
#include <fstream>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

class RateLimits : public BothHolds {
 protected:
  static Fields forwarded(const std::string& list) { return {{"X-Forwarded-For", list}}; }
  /// The first answer that is 429: a bucket fills while a test is slow.
  template <class Ask>
  static Response refusal(Ask ask) {
    for (int i = 0; i < 100; ++i) {
      const Response answer = ask(i);
      if (answer.status == 429) return answer;
    }
    ADD_FAILURE() << "never refused";
    return {};
  }
  Response log_in_as(const std::string& nickname, const std::string& list) {
    return post("/login", "nickname=" + nickname, kForm + forwarded(list));
  }
};
ENCKE_BOTH_HOLDS(RateLimits);

TEST_P(RateLimits, WhoSaysTooMuchIsToldWhenToSayItAgain) {
  start({kNoNews, "--sends-per-user=1", "--burst=3s"});
  User alice = login("alice");
  User bob = login("bob");
  int said = 0;
  const Response answer = refusal([&](int i) {
    said = i;
    return alice.post("/send", "text=hello");
  });
  EXPECT_GE(said, 3);
  EXPECT_EQ(answer.error(), "rate_limited");
  EXPECT_EQ(answer.header("Retry-After"), "1");
  EXPECT_EQ(answer.json()["error"]["retry_after"], 1);
  EXPECT_EQ(bob.post("/send", "text=hello").status, 200) << "it is another's limit";
  refusal([&](int) { return alice.post("/join", "room=r"); });
  refusal([&](int) { return alice.post("/leave", "room=r"); });
  EXPECT_EQ(alice.get("/poll").status, 200) << "reading is not saying";
}

TEST_P(RateLimits, WhatWasRefusedMaySayItsKeyAgain) {
  start({kNoNews, "--sends-per-user=1", "--burst=1s"});
  User alice = login("alice");
  while (alice.post("/send", "text=first").status == 200) {
  }
  while (alice.post("/send", "text=again&key=k").status == 429) {
  }
  EXPECT_EQ(texts(alice.poll()).back(), "again");
}

TEST_P(RateLimits, LoginsFromOneAddressAreBounded) {
  start({kNoNews, "--logins-per-address=1", "--burst=2s"});
  int count = 0;
  const Response answer = refusal([&](int i) {
    count = i;
    return post("/login", "nickname=n" + std::to_string(i));
  });
  EXPECT_EQ(answer.error(), "rate_limited");
  EXPECT_GE(count, 2);
}

TEST_P(RateLimits, SoAreRequestsOfAnyKindButHealth) {
  start({kNoNews, "--requests-per-address=1", "--burst=2s"});
  EXPECT_EQ(refusal([&](int) { return get("/poll"); }).error(), "rate_limited");
  EXPECT_EQ(refusal([&](int) { return get("/version"); }).error(), "rate_limited");
  EXPECT_EQ(refusal([&](int) { return post("/send", "x"); }).error(), "rate_limited");
  EXPECT_EQ(get("/health").status, 200);
}

TEST_P(RateLimits, ThePageWithoutScriptsKeepsTheText) {
  start({kNoNews, "--sends-per-user=1", "--burst=1s"});
  const User alice = login("alice");
  const Response answer = refusal([&](int) { return alice.post("/plain/send", "text=not+lost"); });
  EXPECT_EQ(answer.header("Retry-After"), "1");
  EXPECT_NE(answer.body.find("value=\"not lost\""), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find("too much"), std::string::npos);
}

TEST_P(RateLimits, ASchoolBehindOneAddressIsNotHindered) {
  start({kNoNews, "--sends-per-user=5", "--sends-per-address=200", "--logins-per-address=20",
         "--requests-per-address=5000"});
  std::vector<User> pupils;
  for (int i = 0; i < 100; ++i) pupils.push_back(login("pupil" + std::to_string(i)));
  for (User& pupil : pupils) {
    for (int i = 0; i < 3; ++i) pupil.say("hello");
  }
  EXPECT_GE(pupils.front().poll().size(), 100u);
}

TEST_P(RateLimits, BehindANamedProxyEverybodyHasTheirOwn) {
  start({kNoNews, "--logins-per-address=1", "--burst=1s", "--proxy=127.0.0.0/8",
         "--max-per-address=1"});
  refusal([&](int i) { return log_in_as("a" + std::to_string(i), "192.0.2.1"); });
  EXPECT_EQ(log_in_as("bob", "192.0.2.2").status, 200);
  refusal([&](int i) {  // what she says of herself makes no difference
    const std::string number = std::to_string(i);
    return log_in_as("eve" + number, "192.0.3." + number + ", 192.0.2.1");
  });
  Wire one(port());
  Wire two(port());
  two.send(make_request("GET", "/version"));
  EXPECT_EQ(two.read().status, 200) << "connections of the proxy are everybody's";
}

TEST_P(RateLimits, WithoutANamedProxyTheHeaderIsIgnored) {
  start({kNoNews, "--logins-per-address=1", "--burst=1s", "--proxy=10.0.0.0/8"});
  refusal([&](int i) {
    const std::string number = std::to_string(i);
    return log_in_as("a" + number, "192.0.2." + number);
  });
}

// --- What browsers are told ---

TEST_P(RateLimits, NothingIsSniffedAndPagesMayDoLittle) {
  const std::string pages = testing::TempDir() + "encke" + std::to_string(getpid()) + "pages";
  std::filesystem::create_directory(pages);
  std::ofstream(pages + "/index.html") << "<p>page</p>";
  start({kNoNews, "--public-dir=" + pages, "--origin=https://chat.example"});
  const User alice = login("alice");
  for (const char* target : {"/", "/plain", "/users", "/poll", "/nothing", "/version", "/metrics",
                             "/images/none", "/stream?as=none", "/users?callback=f"}) {
    EXPECT_EQ(alice.get(target).header("X-Content-Type-Options"), "nosniff") << target;
  }
  EXPECT_EQ(fetch(port(), "OPTIONS", "/send").header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(raw("nonsense\r\n\r\n").header("X-Content-Type-Options"), "nosniff");
  const std::string large =
      "POST /plain/login HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n";
  for (const Response& page :
       {get("/"), get("/plain"), raw(large), post("/plain/login", "nickname=<"),
        fetch(port(), "HEAD", "/plain/stream", alice.auth()),
        fetch(port(), "HEAD", "/stream?as=html", alice.auth())}) {
    EXPECT_TRUE(page.header("Content-Security-Policy").starts_with("default-src 'self'; "))
        << page.body;
    EXPECT_EQ(page.header("Content-Security-Policy").find("unsafe"), std::string::npos);
    EXPECT_EQ(page.header("Referrer-Policy"), "same-origin");
    EXPECT_TRUE(page.has("Permissions-Policy"));
  }
  for (const Response& frame : {fetch(port(), "HEAD", "/stream?as=iframe&callback=f", alice.auth()),
                                alice.post("/send?callback=f", "text=x")}) {
    EXPECT_EQ(
        frame.header("Content-Security-Policy"),
        "default-src 'none'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self' https://chat.example");
    EXPECT_EQ(frame.header("Referrer-Policy"), "no-referrer");
    EXPECT_FALSE(frame.has("X-Frame-Options")) << "htmlfile has no origin";
  }
  std::filesystem::remove_all(pages);
}

}  // namespace
}  // namespace encke
