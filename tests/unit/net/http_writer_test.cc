#include "net/http_writer.h"

#include <gtest/gtest.h>

namespace encke {
namespace {

std::string response(const Reply& reply, const ResponseTail& tail = {}) {
  std::string out;
  write_response(reply, tail, out);
  return out;
}

Reply reply(int status, std::string body) {
  Reply made;
  made.status = status;
  made.body = std::move(body);
  made.headers = {{"X", "y"}};
  return made;
}

TEST(HttpWriter, WritesAResponse) {
  EXPECT_EQ(
      response(reply(200, "{}")),
      "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}");
}

TEST(HttpWriter, SaysHowTheConnectionGoesOn) {
  const auto connection = [](ResponseTail tail) {
    const std::string text = response(reply(200, ""), tail);
    const auto at = text.find("Connection: ");
    return at == std::string::npos ? "" : text.substr(at + 12, text.find('\r', at) - at - 12);
  };
  EXPECT_EQ(connection({1, true, false}), "");
  EXPECT_EQ(connection({1, false, false}), "close");
  EXPECT_EQ(connection({0, true, false}), "keep-alive");
  EXPECT_EQ(connection({0, false, false}), "close");
}

TEST(HttpWriter, AnswersAHeadWithTheLengthAndNoBody) {
  const std::string text = response(reply(200, "12345"), {1, true, true});
  EXPECT_NE(text.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(HttpWriter, A204HasNeitherLengthNorType) {
  const std::string text = response(reply(204, ""));
  EXPECT_EQ(text, "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n");
}

TEST(HttpWriter, AppendsToWhatIsThere) {
  std::string out = "before";
  write_response(reply(200, ""), {}, out);
  EXPECT_TRUE(out.starts_with("beforeHTTP/1.1 200"));
}

TEST(HttpWriter, TheHotPathWritesTheSameAnswer) {
  std::string answer;
  write_answer(kJsonFraming, {{"Vary", "Origin"}}, "{}", {1, false, false}, answer);
  Reply same;
  same.headers = live_headers(false);
  same.headers.emplace_back("Vary", "Origin");
  same.body = "{}";
  // In whichever order.
  const std::string other = response(same, {1, false, false});
  EXPECT_EQ(answer.size(), other.size());
  for (const char* line :
       {"HTTP/1.1 200 OK\r\n", "Cache-Control: no-store, no-transform\r\n",
        "X-Content-Type-Options: nosniff\r\n", "Vary: Origin\r\n", "Connection: close\r\n",
        "Content-Type: application/json\r\n", "Content-Length: 2\r\n", "\r\n\r\n{}"}) {
    EXPECT_NE(answer.find(line), std::string::npos) << line;
    EXPECT_NE(other.find(line), std::string::npos) << line;
  }
}

TEST(HttpWriter, AStreamIsChunkedForHttp11Alone) {
  std::string one;
  write_stream_head(kSseFraming, {}, {1, false, false}, one);
  EXPECT_NE(one.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_NE(one.find("X-Accel-Buffering: no\r\n"), std::string::npos);
  EXPECT_NE(one.find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(one.find("Content-Type: text/event-stream\r\n\r\n"), std::string::npos);
  std::string old;
  write_stream_head(kSseFraming, {}, {0, false, false}, old);
  EXPECT_EQ(old.find("Transfer-Encoding"), std::string::npos);
}

TEST(HttpWriter, WritesPartsOfAStream) {
  std::string out;
  write_stream_part("hello, world 1234", 1, out);
  EXPECT_EQ(out, "11\r\nhello, world 1234\r\n");
  out.clear();
  write_stream_part("hello", 0, out);
  EXPECT_EQ(out, "hello");
}

TEST(HttpWriter, AnEmptyPartIsNotTheLastChunk) {
  std::string out;
  write_stream_part("", 1, out);
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace encke
