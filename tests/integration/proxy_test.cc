// Polls and streams through nginx and haproxy, set up as packaging/proxies/ has it.
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

struct Kind {
  const char* name;
  const char* file;     // of packaging/proxies/
  const char* program;  // as Debian has it
};
constexpr Kind kNginx = {"nginx", "nginx.conf", "/usr/sbin/nginx"};
constexpr Kind kHaproxy = {"haproxy", "haproxy.cfg", "/usr/sbin/haproxy"};

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string conf_of(const Kind& kind) {
  return read_file(std::string(ENCKE_SOURCE) + "/packaging/proxies/" + kind.file);
}

// A port that was free a moment ago, and none of those that the kernel gives to whoever asks for
// any.
int free_port() {
  static int next = 20'000 + getpid() % 10'000;
  for (int tries = 0; tries < 1000; ++tries) {
    next = next == 29'999 ? 20'000 : next + 1;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(next));
    const bool ok = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (ok) return next;
  }
  throw Trouble("no port");
}

class Proxied : public ServerTest,
                public testing::WithParamInterface<std::tuple<const char*, const Kind*>> {
 protected:
  const char* held_by() const override { return std::get<0>(GetParam()); }
  static const Kind& kind() { return *std::get<1>(GetParam()); }

  void SetUp() override {
    if (access(kind().program, X_OK) != 0) GTEST_SKIP() << kind().program << " is not installed";
    char folder[] = "/tmp/encke-proxy-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
    start({"--trust-request-id", "--proxy=127.0.0.1", "--audit=" + folder_ + "/audit", kNoNews});
    begin();
  }
  void TearDown() override {
    proxy_.reset();
    ServerTest::TearDown();
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  int front() const { return proxy_->port(); }
  std::string audit() const { return read_file(folder_ + "/audit"); }
  // The same user, by way of the proxy.
  User through(User user) const {
    user.port = front();
    return user;
  }

 private:
  static void replace(std::string& text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), with);
  }
  void begin() {
    std::string conf = conf_of(kind());
    const std::string in = "127.0.0.1:" + std::to_string(free_port());
    replace(conf, "127.0.0.1:8080", "127.0.0.1:" + std::to_string(port()));
    std::string command;
    const std::string file = folder_ + "/" + kind().file;
    if (&kind() == &kNginx) {
      replace(conf, "listen 80;", "listen " + in + ";");
      std::string temp;
      for (const char* each : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
        temp += std::string(each) + "_temp_path " + folder_ + "/" + each + ";\n";
      }
      conf = "daemon off;\nmaster_process off;\nerror_log stderr;\npid " + folder_ +
             "/pid;\nevents {}\nhttp {\naccess_log off;\n" + temp + conf + "}\n";
      command = "nginx -e stderr -p " + folder_ + " -c " + file;
    } else {
      replace(conf, "bind :80", "bind " + in);
      replace(conf, "maxconn 20000", "maxconn 100");  // it needs twice as many descriptors
      command = "haproxy -db -f " + file;
    }
    std::ofstream(file) << conf;
    const std::string path = std::filesystem::path(kind().program).parent_path();
    proxy_ = std::make_unique<Program>(
        Program::Command{{"/bin/sh", "-c", "echo " + in + "; exec " + path + "/" + command}});
    wait_until_it_serves();
  }
  void wait_until_it_serves() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < deadline) {
      try {
        if (fetch(front(), "GET", "/health").status == 200) return;
      } catch (const Trouble&) {
      }
      std::this_thread::yield();
    }
    throw Trouble("the proxy does not serve");
  }

  std::string folder_;
  std::unique_ptr<Program> proxy_;
};

INSTANTIATE_TEST_SUITE_P(By, Proxied,
                         testing::Combine(testing::Values("park", "thread"),
                                          testing::Values(&kNginx, &kHaproxy)),
                         [](const auto& by) {
                           return std::string(std::get<0>(by.param)) + "_" +
                                  std::get<1>(by.param)->name;
                         });

TEST_P(Proxied, AHeldPollIsAnsweredWhenSomethingIsSaid) {
  const User alice = login("alice");
  const User bob = through(login("bob"));
  Wire polls(front());
  std::string cursor = bob.cursor;
  // Again and again on one connection, which is kept.
  for (const std::string text : {"one", "two", "three"}) {
    polls.send(make_request("GET", "/longpoll?wait=110&since=" + cursor, bob.auth()));
    wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
    alice.say(text);
    const Response answer = polls.read();
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(texts(answer.json()["events"]), std::vector<std::string>{text});
    cursor = answer.json()["next"];
  }
}

TEST_P(Proxied, EveryStreamGoesOnAsThingsAreSaid) {
  const User alice = login("alice");
  const User bob = through(login("bob"));
  for (const std::string as :
       {"sse", "iframe", "multipart", "mixed", "xhr", "ndjson", "text", "html"}) {
    Wire stream(front());
    stream.send(make_request("GET", "/stream?since=latest&as=" + as, bob.auth()));
    ASSERT_EQ(stream.read_head().status, 200) << as;
    for (const std::string text : {"first", "second"}) {
      alice.say(text + " by " + as);
      std::string heard;
      while (heard.find(text + " by " + as) == std::string::npos) {
        const std::string part = stream.read_part();
        ASSERT_NE(part, "") << as;
        heard += part;
      }
    }
  }
}

TEST_P(Proxied, WhoLeavesIsNotHeldAnyMore) {
  const User bob = through(login("bob"));
  {
    const Wire stream = bob.stream();
    wait_for_metric("encke_held{transport=\"stream\"}", 1);
  }
  wait_for_metric("encke_held{transport=\"stream\"}", 0);
}

TEST_P(Proxied, AnImageOfMegabytesIsLetThrough) {
  const User bob = through(login("bob"));
  // What follows the header of a PNG is looked at by nobody here.
  std::string image("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\1\0\0\0\1\x08\x06\0\0\0\x1F\x15\xC4\x89",
                    33);
  image.resize(5'000'000, 'x');
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n"
      "Content-Type: image/png\r\n\r\n" +
      image + "\r\n--b--\r\n";
  const Response said =
      fetch(front(), "POST", "/send",
            bob.auth() + Fields{{"Content-Type", "multipart/form-data; boundary=b"}}, body);
  EXPECT_EQ(said.status, 200) << said.body;
}

TEST_P(Proxied, AnErrorHasTheNameThatTheProxyGaveTheRequest) {
  const Response refused = fetch(front(), "GET", "/poll", {{"X-Request-Id", "mine"}});
  EXPECT_EQ(refused.status, 401);
  const std::string id = refused.header("X-Request-Id");
  EXPECT_NE(id, "mine");
  EXPECT_GE(id.size(), 32u);  // the proxies' are longer than the server's own
  EXPECT_EQ(refused.json()["error"]["request"], id);
}

TEST_P(Proxied, WhoAsksIsWhomTheProxyWasAskedBy) {
  Wire elsewhere(front(), 0, 2);
  elsewhere.send(make_request("POST", "/login", kForm + Fields{{"X-Forwarded-For", "192.0.2.1"}},
                              "nickname=system"));
  EXPECT_EQ(elsewhere.read().error(), "nickname_reserved");
  EXPECT_NE(audit().find("\"address\":\"127.0.0.2\""), std::string::npos) << audit();
}

// Whoever asks is told where a page may write from by the host that was asked for.
TEST_P(Proxied, APageOfTheFrontMayWriteByItsCookie) {
  const User bob = through(login("bob"));
  const std::string host = "chat.example:8443";
  const auto post = [&](const std::string& origin) {
    Wire wire(front());
    wire.send("POST /send HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + origin +
              "\r\nCookie: encke=" + bob.token +
              "\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
    return wire.read("POST").status;
  };
  EXPECT_EQ(post("http://" + host), 200);
  EXPECT_EQ(post("http://elsewhere.example"), 403);
}

// A minute is what both would cut a held poll off after, if they were not told.
TEST(ProxyFiles, GiveAPollMoreThanTheTimeThatItMayBeHeld) {
  EXPECT_NE(conf_of(kNginx).find("proxy_read_timeout 150s;"), std::string::npos);
  EXPECT_NE(conf_of(kHaproxy).find("timeout client 150s"), std::string::npos);
  EXPECT_NE(conf_of(kHaproxy).find("timeout server 150s"), std::string::npos);
}

}  // namespace
}  // namespace encke
