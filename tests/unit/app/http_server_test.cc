// A program's own handlers, asked by cpp-httplib's client, in both ways to hold.
#include "encke/http.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <latch>
#include <mutex>
#include <thread>

namespace encke {
namespace {

class HttpServerTest : public testing::TestWithParam<const char*> {
 protected:
  HttpServerTest() : server(options()) {}
  static Options options() {
    Options options;
    options.port = 0;
    options.hold = GetParam();
    options.threads = 16;
    options.drain_within = std::chrono::seconds(30);
    return options;
  }
  void start() {
    const auto error = server.start();
    ASSERT_FALSE(error) << *error;
  }
  httplib::Client client() const {
    httplib::Client client("127.0.0.1", server.port());
    client.set_read_timeout(60);
    return client;
  }
  HttpServer server;
};
INSTANTIATE_TEST_SUITE_P(Held, HttpServerTest, testing::Values("park", "thread"),
                         [](const auto& held) { return std::string(held.param); });

TEST_P(HttpServerTest, AnswersFromTheHandler) {
  server.get("/echo", [](const HttpRequest& request, HttpAnswer answer) {
    answer.send(request.method + " " + request.parameter("a") + " " + request.header("x-y"),
                "text/plain", 202);
    answer.send("not heard");
  });
  start();
  auto http = client();
  const auto got = http.Get("/echo?b=1&a=%C3%A4%20%26", {{"X-Y", "z"}});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 202);
  EXPECT_EQ(got->body, "GET \xC3\xA4 & z");
  EXPECT_EQ(got->get_header_value("Content-Type"), "text/plain");
  const auto head = http.Head("/echo");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 202);
}

TEST_P(HttpServerTest, AnswersLaterFromAnotherThread) {
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<HttpAnswer> waiting;
  server.get("/wait", [&](const HttpRequest&, HttpAnswer answer) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(answer));
    arrived.notify_one();
  });
  start();
  std::thread other([&] {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return !waiting.empty(); });
    waiting[0].send("late");
  });
  const auto got = client().Get("/wait");
  other.join();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "late");
}

TEST_P(HttpServerTest, ReadsABodyWithinItsBound) {
  server.post("/say", [](const HttpRequest& request, HttpAnswer answer) {
    answer.send(request.body, "text/plain");
  });
  start();
  auto http = client();
  EXPECT_EQ(http.Post("/say", "a=b&c", "application/x-www-form-urlencoded")->body, "a=b&c");
  EXPECT_EQ(http.Post("/say", R"({"a":1})", "application/json")->body, R"({"a":1})");
  EXPECT_EQ(http.Post("/say", std::string(Options().max_text + 1, 'x'), "text/plain")->status, 413);
  EXPECT_EQ(http.Get("/say")->status, 405);
  EXPECT_EQ(http.Post("/nowhere", "x", "text/plain")->status, 404);
  EXPECT_EQ(http.Get("/nowhere")->status, 404);
}

TEST_P(HttpServerTest, TellsAnErrorWhereNobodyAnswers) {
  server.get("/dropped", [](const HttpRequest&, HttpAnswer) {});
  start();
  const auto got = client().Get("/dropped");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 500);
  EXPECT_NE(got->body.find("internal"), std::string::npos);
}

TEST_P(HttpServerTest, StreamsPartsInOrderUntilTheEnd) {
  std::thread writer;
  server.get("/stream", [&](const HttpRequest&, HttpAnswer answer) {
    answer.open("text/event-stream");
    answer.write("first ");
    writer = std::thread([answer]() mutable {
      for (int i = 0; i < 500; ++i) answer.write(std::to_string(i) + " ");
      answer.end();
      EXPECT_FALSE(answer.write("too late"));
    });
  });
  start();
  const auto got = client().Get("/stream");
  writer.join();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->get_header_value("Content-Type"), "text/event-stream");
  std::string expected = "first ";
  for (int i = 0; i < 500; ++i) expected += std::to_string(i) + " ";
  EXPECT_EQ(got->body, expected);
}

TEST_P(HttpServerTest, SaysThatNobodyReadsAnyMore) {
  std::latch gone(1);
  std::thread writer;
  server.get("/stream", [&](const HttpRequest&, HttpAnswer answer) {
    answer.open("text/plain");
    writer = std::thread([answer, &gone]() mutable {
      answer.write("one");
      gone.wait();
      while (answer.write("more")) std::this_thread::yield();  // or the test takes for ever
    });
  });
  start();
  const auto got = client().Get("/stream", [](const char*, std::size_t) { return false; });
  EXPECT_FALSE(got);  // hung up in the middle
  gone.count_down();
  writer.join();
}

TEST_P(HttpServerTest, EndsAStreamThatNobodyKeeps) {
  server.get("/stream", [](const HttpRequest&, HttpAnswer answer) {
    answer.open("text/plain");
    answer.write("all there is");
  });
  start();
  const auto got = client().Get("/stream");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "all there is");
}

TEST_P(HttpServerTest, RefusesAPostOfAnotherSitesPage) {
  server.post("/say", [](const HttpRequest&, HttpAnswer answer) { answer.send("said"); });
  start();
  auto http = client();
  const auto post = [&](const std::string& origin) {
    return http.Post("/say", {{"Origin", origin}}, "x", "text/plain")->status;
  };
  EXPECT_EQ(post("http://127.0.0.1:" + std::to_string(server.port())), 200);
  EXPECT_EQ(post("http://evil.example"), 403);
  EXPECT_EQ(http.Get("/say")->get_header_value("Allow"), "POST");
}

TEST_P(HttpServerTest, StopEndsStreamsAndAnswersWhoeverWaits) {
  std::mutex mutex;
  std::vector<HttpAnswer> kept;
  std::latch both(2);
  const auto keep = [&](HttpAnswer answer) {
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(answer));
    both.count_down();
  };
  server.get("/wait", [&](const HttpRequest&, HttpAnswer answer) { keep(std::move(answer)); });
  server.get("/stream", [&](const HttpRequest&, HttpAnswer answer) {
    answer.open("text/plain");
    answer.write("so far");
    keep(std::move(answer));
  });
  start();
  int status = 0;
  std::string streamed;
  std::thread waits([&] { status = client().Get("/wait")->status; });
  std::thread streams([&] { streamed = client().Get("/stream")->body; });
  both.wait();
  server.stop();
  waits.join();
  streams.join();
  EXPECT_EQ(status, 503);
  EXPECT_EQ(streamed, "so far");
  for (HttpAnswer& answer : kept) EXPECT_FALSE(answer.write("too late"));
  kept[0].send("too late");
}

TEST_P(HttpServerTest, ServesFilesBesideHandlers) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("encke-http-" + std::to_string(getpid()) + GetParam());
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "page.html") << "<p>hi";
  auto with_files = options();
  with_files.public_dir = folder.string();
  HttpServer files(with_files);
  ASSERT_FALSE(files.start());
  httplib::Client http("127.0.0.1", files.port());
  const auto got = http.Get("/page.html");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->body, "<p>hi");
  EXPECT_EQ(got->get_header_value("Content-Security-Policy"), "frame-ancestors 'self'");
  EXPECT_EQ(http.Get("/../page.html")->status, 404);
  files.stop();
  std::filesystem::remove_all(folder);
}

TEST(HttpServer, SaysWhyItDoesNotStart) {
  Options options;
  options.hold = "magic";
  EXPECT_EQ(HttpServer(options).start(), "hold is park or thread, not magic");
}

TEST(HttpServer, OpensNoStreamOnceTheHandlerHasReturned) {
  Options options;
  options.port = 0;
  options.loops = 1;  // so that the second request is looked at when the first handler is done
  HttpServer server(options);
  std::latch kept(1);
  std::optional<HttpAnswer> late;
  server.get("/late", [&](const HttpRequest&, HttpAnswer answer) {
    late = std::move(answer);
    kept.count_down();
  });
  server.get("/next", [](const HttpRequest&, HttpAnswer answer) { answer.send(""); });
  ASSERT_FALSE(server.start());
  std::string body;
  std::thread asks([&] { body = httplib::Client("127.0.0.1", server.port()).Get("/late")->body; });
  kept.wait();
  EXPECT_EQ(httplib::Client("127.0.0.1", server.port()).Get("/next")->status, 200);
  late->open("text/plain");
  EXPECT_FALSE(late->write("never seen"));
  late->send("an answer all the same");
  asks.join();
  EXPECT_EQ(body, "an answer all the same");
}

TEST(HttpServer, AnAnswerMayOutliveIt) {
  std::optional<HttpAnswer> kept;
  {
    Options options;
    options.port = 0;
    HttpServer server(options);
    std::latch here(1);
    server.get("/wait", [&](const HttpRequest&, HttpAnswer answer) {
      kept = std::move(answer);
      here.count_down();
    });
    ASSERT_FALSE(server.start());
    std::thread waits([&] { httplib::Client("127.0.0.1", server.port()).Get("/wait"); });
    here.wait();
    server.stop();
    waits.join();
  }
  kept->send("into the void");
}

}  // namespace
}  // namespace encke
