// Clients that mean harm, or are broken, at a server with a crowd that waits: they get a clear
// error, or their connection's end, and nobody else notices.
#include <random>
#include <thread>

#include "integration/support/crowd.h"

namespace encke {
namespace {

class Hostile : public WithCrowd {
 protected:
  void TearDown() override {
    expect_nobody_noticed();
    WithCrowd::TearDown();
  }
};
ENCKE_BOTH_HOLDS(Hostile);

class Noise {
 public:
  explicit Noise(unsigned seed) : random_(seed) {}
  std::string bytes(std::size_t count) {
    std::string noise(count, '\0');
    for (char& c : noise) c = static_cast<char>(random_());
    return noise;
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::mt19937 random_;
};

// An answer, if any, is an error.
void expect_error_or_end(Wire& wire) {
  const std::string answer = wire.read_to_end();
  if (!answer.empty()) {
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 5"))
        << answer.substr(0, 100);
  }
}

TEST_P(Hostile, AMegabyteOfRandomBytes) {
  gather({"--head-within=1s"});
  for (const unsigned seed : {1u, 2u, 3u, 4u, 5u}) {
    Wire wire(port());
    (void)wire.try_send(Noise(seed).bytes(1'000'000));
    wire.finish_sending();
    expect_error_or_end(wire);
  }
}

TEST_P(Hostile, RandomBytesForABody) {
  gather();
  const User eve = login("eve");
  for (const unsigned seed : {1u, 2u, 3u}) {
    const std::string noise = Noise(seed).bytes(1'000'000);
    for (const char* type : {"application/json", "application/x-www-form-urlencoded", "text/plain",
                             "multipart/form-data; boundary=b", "image/png", ""}) {
      const Response answer = post("/send", noise, eve.auth() + Fields{{"Content-Type", type}});
      EXPECT_GE(answer.status, 400) << type;
      EXPECT_LT(answer.status, 500) << type;
    }
    Wire chunked(port());
    (void)chunked.try_send("POST /send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                           noise);
    EXPECT_EQ(chunked.read().status, 400);
  }
}

TEST_P(Hostile, RequestsWithAByteChanged) {
  gather({"--head-within=1s", "--body-rate=0", "--keep-alive=1s"});
  const User eve = login("eve");
  const std::string request = make_request("POST", "/join", eve.auth() + kForm, "room=den");
  Noise noise(17);
  for (int i = 0; i < 300; ++i) {
    std::string changed = request;
    changed[noise.below(changed.size())] = noise.bytes(1)[0];
    Wire wire(port());
    (void)wire.try_send(changed);
    wire.finish_sending();
    const std::string answer = wire.read_to_end();
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 ")) << answer;
    EXPECT_FALSE(answer.starts_with("HTTP/1.1 500")) << changed << answer;
  }
}

TEST_P(Hostile, SlowlorisHeads) {
  gather({"--head-within=1s"});
  std::vector<Wire> slow;
  for (int i = 0; i < 50; ++i) {
    slow.emplace_back(port());
    slow.back().send("GET /version HTTP/1.1\r\nHost: x\r\n");
  }
  // A byte now and then buys no more time; nor does it matter when their time is up.
  for (bool open = true; open;) {
    open = slow[0].try_send("X");
    get("/version");
  }
  for (std::size_t i = 1; i < slow.size(); ++i) EXPECT_EQ(slow[i].read().status, 408);
}

TEST_P(Hostile, SlowlorisBodies) {
  gather({"--head-within=1s", "--body-rate=1000"});
  std::vector<Wire> slow;
  for (int i = 0; i < 50; ++i) {
    slow.emplace_back(port());
    slow.back().send("POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc");
  }
  for (Wire& wire : slow) {
    EXPECT_EQ(wire.read().status, 408);
    EXPECT_TRUE(wire.closed());
  }
}

TEST_P(Hostile, SlowlorisWithoutAByte) {
  gather({"--head-within=1s"});
  std::vector<Wire> silent;
  for (int i = 0; i < 50; ++i) silent.emplace_back(port());
  for (Wire& wire : silent) EXPECT_TRUE(wire.closed());
}

TEST_P(Hostile, AFloodOfPipelinedRequests) {
  gather();
  const User eve = login("eve");
  const std::string request = make_request("GET", "/poll", eve.auth());
  std::string all;
  constexpr int kRequests = 3'000;
  for (int i = 0; i < kRequests; ++i) all += request;
  // Nobody reads the answers until all is sent, if it can be.
  Wire wire(port());
  std::thread sender([&] { (void)wire.try_send(all); });
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(wire.read().status, 200) << i;
  sender.join();
}

TEST_P(Hostile, AFloodWhoseAnswersNobodyReads) {
  gather({"--stall-after=500ms"});
  const User eve = login("eve");
  std::string all;
  for (int i = 0; i < 1'000; ++i) all += make_request("GET", "/metrics");
  Wire wire(port(), 4096);
  for (bool open = true; open;) open = wire.try_send(all);
}

TEST_P(Hostile, RequestsBehindAHeldPoll) {
  gather();
  const User eve = login("eve");
  Wire wire(port());
  wire.send(make_request("GET", "/longpoll?wait=3", eve.auth()));
  std::string all;
  for (int i = 0; i < 2'000; ++i) all += make_request("GET", "/version");
  std::thread sender([&] { (void)wire.try_send(all); });
  EXPECT_EQ(wire.read().json()["flag"], false);
  for (int i = 0; i < 2'000; ++i) ASSERT_EQ(wire.read().json()["name"], "encke") << i;
  sender.join();
}

TEST_P(Hostile, HalfClosedClients) {
  gather();
  const User eve = login("eve");
  for (const std::string& bytes :
       {std::string(), std::string("GET"), std::string("GET /version HTTP/1.1\r\nHost: x\r\n"),
        std::string("POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"),
        make_request("GET", "/events", eve.auth()),
        make_request("GET", "/longpoll?wait=100", eve.auth())}) {
    Wire wire(port());
    wire.send(bytes);
    wire.finish_sending();
    // Half a request is no request; who closed is not waited for, at least not for long.
    const std::string answer = wire.read_to_end();
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 200")) << answer;
  }
}

TEST_P(Hostile, ClientsThatVanish) {
  gather();
  const User eve = login("eve");
  const std::string send = make_request("POST", "/login", kForm, "nickname=mallory");
  for (const std::string& bytes :
       {std::string("GET /ver"), send.substr(0, send.size() - 4),
        std::string("POST /send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"),
        make_request("POST", "/join", eve.auth() + kForm, "room=den"),
        make_request("GET", "/longpoll?wait=100", eve.auth()),
        make_request("GET", "/events", eve.auth())}) {
    for (int i = 0; i < 20; ++i) {
      Wire wire(port());
      wire.send(bytes);
      wire.cut();
    }
  }
  EXPECT_EQ(get("/users", eve.auth()).json()["size"], kUsers + 1);
}

std::string part(const std::string& headers, const std::string& content) {
  return "--b\r\n" + headers + "\r\n\r\n" + content + "\r\n";
}

TEST_P(Hostile, MultipartWithManyParts) {
  gather();
  const User eve = login("eve");
  const Fields type = {{"Content-Type", "multipart/form-data; boundary=b"}};
  const auto refusal = [&](const std::string& body, const Fields& headers) {
    return post("/send", body, eve.auth() + headers).error();
  };
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += part("Content-Disposition: form-data; name=\"x\"", "y");
  EXPECT_EQ(refusal(many + "--b--\r\n", type), "bad_request");
  const std::string name = "Content-Disposition: form-data; name=\"x\"";
  EXPECT_EQ(refusal(part(name + std::string(100'000, ' '), "y") + "--b--\r\n", type),
            "bad_request");
  std::string lines = name;
  for (int i = 0; i < 1'000; ++i) lines += "\r\nX: y";
  EXPECT_EQ(refusal(part(lines, "y") + "--b--\r\n", type), "bad_request");
  EXPECT_EQ(refusal(part(name, "y"), type), "bad_request") << "without its end";
  EXPECT_EQ(refusal("", type), "bad_request");
  EXPECT_EQ(refusal("--b", type), "bad_request");
  EXPECT_EQ(refusal(part(name, "y") + "--b--\r\n", {{"Content-Type", "multipart/form-data"}}),
            "bad_request");
  EXPECT_EQ(refusal("", {{"Content-Type", "multipart/form-data; boundary="}}), "bad_request");
  EXPECT_EQ(
      refusal("", {{"Content-Type", "multipart/form-data; boundary=" + std::string(500, 'b')}}),
      "bad_request");
}

TEST_P(Hostile, DeeplyNestedJson) {
  gather();
  const User eve = login("eve");
  std::string objects;
  for (int i = 0; i < 500'000; ++i) objects += "{\"a\":";
  for (const std::string& body :
       {std::string(5'000'000, '['), "{\"text\":" + std::string(5'000'000, '['), objects,
        std::string(2'000'000, '[') + std::string(2'000'000, ']')}) {
    const Response answer = post("/send", body, eve.auth() + kJsonType);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.error(), "bad_json");
  }
}

TEST_P(Hostile, InvalidUtf8Everywhere) {
  gather();
  const User eve = login("eve");
  const std::string bad = escaped("\xFF\xC0\xAF\xED\xA0\x80");
  EXPECT_EQ(post("/login", "nickname=" + bad).error(), "nickname_invalid");
  EXPECT_EQ(eve.post("/send", "text=" + bad).error(), "bad_text");
  EXPECT_EQ(eve.post("/send", "text=x&to=" + bad).error(), "no_such_user");
  EXPECT_EQ(eve.post("/send", "text=x&room=" + bad).error(), "no_such_room");
  EXPECT_EQ(eve.post("/send", "text=x&key=" + bad).error(), "bad_key");
  EXPECT_EQ(eve.post("/join", "room=" + bad).error(), "room_invalid");
  EXPECT_EQ(eve.get("/poll?reader=" + bad).error(), "bad_parameter");
  EXPECT_EQ(eve.get("/history?with=" + bad).status, 200);
  EXPECT_EQ(eve.get("/users?after=" + bad).status, 200);
  EXPECT_EQ(eve.get("/images/" + bad).error(), "no_such_image");
  EXPECT_EQ(eve.get("/poll?format=" + bad).error(), "unknown_format");
}

TEST_P(Hostile, HugeNumbers) {
  gather();
  const User eve = login("eve");
  const std::string huge(5'000, '9');
  for (const std::string& target :
       {"/poll?since=" + huge, "/poll?since=1-" + huge, "/poll?since=" + huge + "-1",
        "/poll?limit=" + huge, "/longpoll?wait=" + huge, "/history?room=lobby&before=1-" + huge,
        "/history?room=lobby&limit=" + huge, "/users?limit=" + huge}) {
    EXPECT_EQ(eve.get(target).status, 400) << target.substr(0, 40);
  }
  EXPECT_EQ(get("/events", eve.auth() + Fields{{"Last-Event-ID", "1-" + huge}}).error(),
            "bad_cursor");
  EXPECT_EQ(
      eve.get("/poll?since=ffffffffffffffff-18446744073709551615").json()["events"][0]["event"],
      "gap");
}

TEST_P(Hostile, NulBytes) {
  gather();
  const User eve = login("eve");
  EXPECT_EQ(refused(std::string("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 28)).status, 400);
  EXPECT_EQ(refused(std::string("GET / HTTP/1.1\r\nHost: \0\r\n\r\n", 27)).status, 400);
  EXPECT_EQ(refused(std::string("\0", 1) + "GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 400);
  EXPECT_EQ(refused("GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n").status, 400);
  const std::string text("a\0b", 3);
  EXPECT_EQ(post("/send", text, eve.auth() + kPlainText).error(), "bad_text");
  EXPECT_EQ(eve.post("/send", "text=a%00b").error(), "bad_text");
  EXPECT_EQ(post("/login", "nickname=a%00b").error(), "nickname_invalid");
  EXPECT_EQ(post("/send", "{\"text\":\"a\\u0000b\"}", eve.auth() + kJsonType).error(), "bad_text");
}

// Routes are regular expressions in cpp-httplib; a long path once overflowed the stack there.
TEST_P(Hostile, LongPathsAndParameters) {
  gather();
  EXPECT_EQ(get("/" + std::string(8'000, 'x')).status, 404);
  EXPECT_EQ(get("/images/" + std::string(8'000, '/')).status, 404);
  EXPECT_EQ(post("/" + std::string(8'000, 'x')).status, 404);
  std::string parameters;
  for (int i = 0; i < 2'000; ++i) parameters += "a&";
  EXPECT_EQ(get("/version?" + parameters).error(), "bad_request");
  std::string fields;
  for (int i = 0; i < 8'000; ++i) fields += "a&";
  EXPECT_EQ(post("/login", "nickname=eve&" + fields).error(), "bad_request");
  EXPECT_EQ(post("/login", fields).error(), "nickname_invalid") << "no fields at all: text";
  EXPECT_EQ(get("/users", {{"Cookie", std::string(8'000, ';')}}).status, 401);
  EXPECT_EQ(get("/poll", {{"Accept", std::string(8'000, ',')}}).status, 401);
}

// Chunks of a byte, each with as long an extension as there may be: little of a body, and no end of
// it.
TEST_P(Hostile, AChunkedBodyOfMostlyExtensions) {
  gather();
  Wire wire(port());
  wire.send("POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1;" + std::string(200, 'e') + "\r\nx\r\n";
  std::string chunks;
  for (int i = 0; i < 1'000; ++i) chunks += chunk;
  wire.send(chunks);
  EXPECT_EQ(wire.read().error(), "body_too_large");
}

TEST_P(Hostile, AJsonObjectOfThousandsOfFields) {
  gather();
  std::string json = "{\"nickname\":\"eve\"";
  for (int i = 0; i < 1'000; ++i) json += ",\"a\":1";
  EXPECT_EQ(post("/login", json + "}", {{"Content-Type", "application/json"}}).error(), "bad_json");
}

TEST_P(Hostile, ConnectionsThatComeAndGo) {
  gather();
  for (int i = 0; i < 500; ++i) {
    Wire wire(port());
    if (i % 2 == 0) wire.cut();
  }
}

TEST_P(Hostile, LoginsAndLogoutsAtOnce) {
  gather();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      const int p = port();
      for (int i = 0; i < 25; ++i) {
        const User user(p, "eve" + std::to_string(t));
        const Wire poll = user.hold();
        const Wire stream = user.stream();
        user.post("/logout");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metric("encke_users_known"), kUsers);
}

class FewDescriptors : public BothHolds {};
ENCKE_BOTH_HOLDS(FewDescriptors);

TEST_P(FewDescriptors, AreSurvived) {
  start({kNoNews}, "ulimit -n 60");
  const User alice = login("alice");
  Wire poll = alice.hold();
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  std::vector<Wire> many;
  for (int i = 0; i < 120; ++i) many.emplace_back(port());
  // Whoever is in is served, and some who are not are told so.
  int served = 0;
  int told = 0;
  for (Wire& wire : many) {
    (void)wire.try_send(make_request("GET", "/version", {{"Connection", "close"}}));
    const Response answer = wire.read();
    if (answer.status == 200) ++served;
    if (answer.status == 503) ++told;
    EXPECT_TRUE(answer.status == 200 || answer.error() == "too_many_connections");
  }
  EXPECT_GT(served, 0);
  EXPECT_GT(told, 0);
  many.clear();
  // And when there are descriptors again, all is as before.
  Response answer = get("/version");
  while (answer.status == 503) answer = get("/version");
  EXPECT_EQ(answer.status, 200);
  alice.say("hello");
  EXPECT_EQ(texts(poll.read().json()["events"]), std::vector<std::string>{"hello"});
}

}  // namespace
}  // namespace encke
