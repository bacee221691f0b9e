// The pages without scripts, as a browser that knows nothing but forms, links and cookies uses
// them.
#include <algorithm>

#include "integration/support/both_holds.h"
#include "unit/images/samples.h"

namespace encke {
namespace {

// What stands between two marks; empty if they do not.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto start = text.find(before);
  if (start == std::string::npos) return "";
  const auto end = text.find(after, start + before.size());
  return text.substr(start + before.size(), end - start - before.size());
}

class Plain : public BothHolds {
 protected:
  /// Logs in by the form, and keeps the cookie.
  void log_in(const std::string& nickname, const std::string& more = "") {
    const Response answer = post("/plain/login", "nickname=" + nickname + more);
    ASSERT_EQ(answer.status, 303) << answer.body;
    cookie_ = {{"Cookie", between(answer.header("Set-Cookie"), "", ";")}};
    location_ = answer.header("Location");
  }

  std::string page(const std::string& target = "/plain") { return get(target, cookie_).body; }

  // A form as a browser sends it: with all the hidden fields of the page that it stands on.
  Response submit(const std::string& page, const std::string& fields) {
    std::string body;
    for (const char* name : {"token", "key", "lang", "with"}) {
      const std::string input = std::string("name=\"") + name + "\" value=\"";
      const std::string value = between(page, input, "\"");
      if (!value.empty()) body += std::string(name) + '=' + escaped(value) + '&';
    }
    return post("/plain/send", body + fields, cookie_ + kForm);
  }

  Fields cookie_;
  std::string location_;
};
ENCKE_BOTH_HOLDS(Plain);

TEST_P(Plain, LogsInSaysAndShows) {
  EXPECT_NE(page().find("action=\"/plain/login\""), std::string::npos);
  log_in("alice");
  const std::string address = "http://localhost/plain?";
  EXPECT_TRUE(location_.starts_with(address)) << location_;

  const Response said = submit(page(), "text=%3Cb%3Ehi%0Athere");
  EXPECT_EQ(said.status, 303);
  EXPECT_TRUE(said.header("Location").starts_with(address));
  EXPECT_NE(said.header("Location"), location_) << "an address that was seen is not asked for anew";
  EXPECT_NE(page().find("<b>alice</b>: &lt;b&gt;hi<br>&nbsp;| there</li>"), std::string::npos)
      << page();
}

TEST_P(Plain, SaysAFormThatIsSentTwiceOnce) {
  log_in("alice");
  const std::string form = page();
  EXPECT_EQ(submit(form, "text=once").status, 303);
  EXPECT_EQ(submit(form, "text=once").status, 303);
  const std::string now = page();
  EXPECT_NE(now.find(": once"), std::string::npos);
  EXPECT_EQ(now.find(": once"), now.rfind(": once"));
}

TEST_P(Plain, NeedsNeitherOriginNorRefererButTheFormsToken) {
  log_in("alice");
  EXPECT_EQ(submit(page(), "text=mine").status, 303);
  const Response foreign = post("/plain/send", "text=hers", cookie_ + kForm);
  EXPECT_EQ(foreign.status, 403);
  EXPECT_EQ(page().find("hers"), std::string::npos);
}

TEST_P(Plain, WhispersAndKeepsAConversationOpen) {
  User bob = login("bob");
  log_in("alice");
  EXPECT_EQ(submit(page(), "text=psst&to=bob").status, 303);
  EXPECT_EQ(bob.wait_for("private")["text"], "psst");
  bob.tell("alice", "what");
  EXPECT_NE(page().find("<b>bob</b> -&gt; <b>alice</b>: what"), std::string::npos);

  const std::string talk = page("/plain?with=bob");
  EXPECT_NE(talk.find("psst"), std::string::npos);
  EXPECT_NE(talk.find("<option selected value=\"bob\">"), std::string::npos);
  const Response more = submit(talk, "text=more&to=bob");
  EXPECT_NE(more.header("Location").find("with=bob"), std::string::npos);
}

TEST_P(Plain, KeepsWhatWasTypedWhenItIsRefused) {
  log_in("alice");
  const Response gone = submit(page(), "text=a+%22b%22&to=nobody");
  EXPECT_EQ(gone.status, 404);
  EXPECT_NE(gone.body.find("该用户已经下线"), std::string::npos);
  EXPECT_NE(gone.body.find("value=\"a &quot;b&quot;\""), std::string::npos) << gone.body;
  EXPECT_NE(gone.body.find("<option selected value=\"nobody\">"), std::string::npos);

  const Response image = submit(page(), "text=kept&image=data:image/png;base64,AAAA");
  EXPECT_EQ(image.status, 415);
  EXPECT_NE(image.body.find("value=\"kept\""), std::string::npos);
}

TEST_P(Plain, KeepsWhatWasTypedUntilOneIsLoggedInAgain) {
  log_in("alice");
  const std::string form = page();
  (void)post("/plain/logout", "token=" + between(form, "name=\"token\" value=\"", "\""));
  const Response late = submit(form, "text=late");
  EXPECT_EQ(late.status, 401);
  EXPECT_NE(late.body.find("name=\"text\" value=\"late\""), std::string::npos) << late.body;
  // However long it is, and in no address.
  std::string text = "late ";
  for (int i = 0; i < 2000; ++i) text += "\xE6\x99\x9A";
  const Response in = post("/plain/login", "nickname=alice&to=bob&text=" + escaped(text));
  EXPECT_EQ(in.status, 200);
  EXPECT_NE(in.header("Set-Cookie"), "");
  EXPECT_NE(in.body.find("value=\"" + text + "\""), std::string::npos);
  EXPECT_NE(in.body.find("<option selected value=\"bob\">"), std::string::npos);
}

TEST_P(Plain, DoesNotObeyAnotherSitesPage) {
  log_in("alice");
  const Fields evil = {{"Origin", "http://evil.example"}};
  const Response out = post("/plain/logout", "x=1", cookie_ + evil + kForm);
  EXPECT_FALSE(out.has("Set-Cookie"));
  EXPECT_NE(page().find("You are <b>alice</b>"), std::string::npos);
  const Response in = post("/plain/login", "nickname=mallory", evil + kForm);
  EXPECT_EQ(in.status, 403);
  EXPECT_FALSE(in.has("Set-Cookie"));
  EXPECT_FALSE(post("/login", "nickname=mallory", evil + kForm).has("Set-Cookie"));
}

TEST_P(Plain, IsBoundedHoweverMuchWasSaid) {
  log_in("alice");
  User bob = login("bob");
  for (int i = 0; i < 60; ++i) bob.say(std::string(16'000, '"'));
  bob.say("the newest");
  const std::string now = page();
  EXPECT_LT(now.size(), 512U * 1024);
  EXPECT_NE(now.find("the newest"), std::string::npos);
  EXPECT_NE(now.find("&quot;&quot;"), std::string::npos);
}

TEST_P(Plain, TellsWhatTheDoorRefusesAsAPageToo) {
  log_in("alice");
  const Response large = post("/plain/send", std::string(9'000'000, 'x'), cookie_ + kForm);
  EXPECT_EQ(large.status, 413);
  EXPECT_NE(large.body.find("<b>The body is too large"), std::string::npos) << large.body;
  EXPECT_NE(large.body.find("<a href=\"/plain\">"), std::string::npos);
}

TEST_P(Plain, RedirectsAsTheBrowserCame) {
  start({kNoNews, "--proxy=127.0.0.1"});
  const auto location = [&](const std::string& bytes) { return raw(bytes).header("Location"); };
  const std::string form =
      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n";
  EXPECT_TRUE(location("POST /plain/login HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n" +
                       form + "\r\nnickname=a")
                  .starts_with("http://a.example/plain?"));
  EXPECT_TRUE(location("POST /plain/login HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n"
                       "X-Forwarded-Proto: https\r\n" +
                       form + "\r\nnickname=b")
                  .starts_with("https://a.example/plain?"));
  EXPECT_TRUE(location("POST /plain/login HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n"
                       "Referer: https://a.example/\r\n" +
                       form + "\r\nnickname=c")
                  .starts_with("https://a.example/plain?"));
  const Response old = raw("POST /plain/login HTTP/1.0\r\n" + form + "\r\nnickname=d");
  EXPECT_EQ(old.status, 302);
  EXPECT_TRUE(old.header("Location").starts_with("/plain?"));
}

TEST_P(Plain, HeldPageIsGivenToOldClientsAndItsHeadToWhoAsksForThat) {
  User bob = login("bob");
  const std::string ask = " HTTP/1.0\r\nAuthorization: Bearer " + bob.token + "\r\n\r\n";
  for (const char* target : {"/plain/stream", "/stream?as=ndjson"}) {
    Wire wire(port());
    wire.send("GET " + (target + ask));
    EXPECT_FALSE(wire.read_head().has("Transfer-Encoding"));
    bob.say("now");
    std::string held;
    while (held.find("now") == std::string::npos) held += wire.read_part();
    EXPECT_EQ(fetch(port(), "HEAD", target, bob.auth()).status, 200);
  }
}

TEST_P(Plain, SendsAnImage) {
  log_in("alice");
  const std::string form = page();
  std::string body;
  for (const char* name : {"token", "key"}) {
    body += std::string("--b\r\nContent-Disposition: form-data; name=\"") + name + "\"\r\n\r\n" +
            between(form, std::string("name=\"") + name + "\" value=\"", "\"") + "\r\n";
  }
  body +=
      "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"C:\\me\\a.png\"\r\n"
      "Content-Type: image/png\r\n\r\n" +
      samples::png() + "\r\n--b--\r\n";
  const Response sent = post("/plain/send", body,
                             cookie_ + Fields{{"Content-Type", "multipart/form-data; boundary=b"}});
  EXPECT_EQ(sent.status, 303) << sent.body;
  EXPECT_NE(page().find("width=\"1\" height=\"1\" alt=\"[image/png 1x1]\""), std::string::npos)
      << page();
}

// edbrowse follows the redirect with the header of the form that it had sent.
TEST_P(Plain, IsReadByWhoKeepsTheTypeOfItsForm) {
  const Fields type = {{"Content-Type", "multipart/form-data; boundary=b"}};
  EXPECT_EQ(get("/plain", type).status, 200);
  EXPECT_EQ(get("/version", type).status, 200);
}

TEST_P(Plain, HasNoLinkTwice) {
  log_in("alice");
  (void)login("bob");
  const auto links = [&] {
    std::vector<std::string> all;
    std::string rest = page("/plain?with=bob");
    for (std::string link = between(rest, "href=\"/plain", "\""); !link.empty();
         link = between(rest, "href=\"/plain", "\"")) {
      if (link != ".css") all.push_back(link);
      rest.erase(0, rest.find("href=\"/plain") + 12);
    }
    return all;
  };
  const std::vector<std::string> before = links();
  EXPECT_GE(before.size(), 5U);
  for (const std::string& link : links()) {
    EXPECT_EQ(std::count(before.begin(), before.end(), link), 0) << link;
  }
}

TEST_P(Plain, RefreshesByItselfOnlyWithoutABoxToLose) {
  log_in("alice");
  EXPECT_EQ(page().find("http-equiv=\"refresh\""), std::string::npos);
  const std::string along = page("/plain?refresh=20");
  EXPECT_NE(along.find("http-equiv=\"refresh\" content=\"20; url=/plain?"), std::string::npos);
  EXPECT_EQ(along.find("name=\"text\""), std::string::npos);
}

TEST_P(Plain, SpeaksChineseToWhomThatIsTheFirstLanguage) {
  EXPECT_NE(get("/plain", {{"Accept-Language", "zh-CN,zh;q=0.9"}}).body.find("登录"),
            std::string::npos);
  EXPECT_NE(get("/plain?lang=zh").body.find("登录"), std::string::npos);
  EXPECT_NE(get("/plain", {{"Accept-Language", "en,zh"}}).body.find("Log in"), std::string::npos);
}

TEST_P(Plain, HeldPageGrowsByWhatIsSaid) {
  const User bob = login("bob");
  bob.say("before");
  log_in("alice");
  Wire wire(port());
  wire.send(make_request("GET", "/plain/stream", cookie_));
  std::string held = wire.read_head().header("Content-Type");
  EXPECT_EQ(held, "text/html; charset=utf-8");
  bob.say("now");
  bob.say("<i>then");
  while (held.find("&lt;i&gt;then</p>") == std::string::npos) held += wire.read_part();
  EXPECT_LT(held.find("<b>bob</b>: now</p>"), held.find("then"));
}

TEST_P(Plain, HeldPageThatEndsGoesOnWhereItWas) {
  start({kNoNews, "--stream-bytes=1500"});
  const User bob = login("bob");
  log_in("alice");
  const std::string id = bob.say(std::string(2000, 'x'));
  const std::string held = page("/plain/stream");
  EXPECT_NE(held.find("; url=/plain/stream?since=" + id + "\""), std::string::npos) << held.size();
}

TEST_P(Plain, LogsOut) {
  log_in("alice");
  const Response out =
      post("/plain/logout", "token=" + between(page(), "name=\"token\" value=\"", "\""));
  EXPECT_EQ(out.status, 303);
  EXPECT_NE(out.header("Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_NE(page().find("action=\"/plain/login\""), std::string::npos);
}

}  // namespace
}  // namespace encke
