#include "net/http_head.h"

#include <gtest/gtest.h>

#include <string>

namespace encke {
namespace {

struct Parsed {
  std::string bytes;  // what the head's views point to
  RequestHead head;
  tl::expected<BodyFraming, Error> framing;
  ErrorCode error() const { return framing ? ErrorCode::kCount : framing.error().code; }
};

Parsed parse(std::string bytes, const NetOptions& limits = {}) {
  Parsed parsed{std::move(bytes), {}, tl::unexpected(Error{})};
  parsed.framing = parse_head(parsed.bytes, limits, parsed.head);
  return parsed;
}

// A GET with these headers, of which each ends in CRLF.
Parsed with(const std::string& headers) {
  return parse("GET / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
}
Parsed post(const std::string& headers) {
  return parse("POST / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
}

TEST(FindHeadEnd, FindsTheEmptyLine) {
  std::size_t scanned = 0;
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\nHost: x\r\n\r\nbody", scanned), 27u);
}

TEST(FindHeadEnd, FindsItWhereverTheBytesWereCut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n";
  for (std::size_t step = 1; step <= head.size(); ++step) {
    std::size_t scanned = 0;
    for (std::size_t size = step; size < head.size(); size += step) {
      ASSERT_FALSE(find_head_end(head.substr(0, size), scanned)) << size;
      ASSERT_LE(scanned, size);
    }
    EXPECT_EQ(find_head_end(head, scanned), head.size()) << step;
  }
}

TEST(FindHeadEnd, EndsAtABareLineFeedToo) {  // for parse_head() to refuse
  std::size_t scanned = 0;
  EXPECT_EQ(find_head_end("GET / HTTP/1.1\n\n", scanned), 16u);
}

TEST(ParseHead, ReadsTheRequestLine) {
  const Parsed parsed = parse("GET /poll?since=1-2&x HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(parsed.framing);
  EXPECT_EQ(parsed.head.method, "GET");
  EXPECT_EQ(parsed.head.path, "/poll");
  EXPECT_EQ(parsed.head.query, "since=1-2&x");
  EXPECT_EQ(parsed.head.minor, 1);
  EXPECT_TRUE(parsed.head.keep_alive);
}

TEST(ParseHead, ReadsHeaders) {
  const Parsed parsed = with("X-Two:  a b\t\r\nEmpty:\r\nx-two: second\r\n");
  ASSERT_TRUE(parsed.framing);
  EXPECT_EQ(parsed.head.header("x-TWO"), "a b");
  EXPECT_EQ(parsed.head.header("Empty"), "");
  EXPECT_EQ(parsed.head.header("None"), "");
  EXPECT_EQ(parsed.head.headers.size(), 4u);
}

TEST(ParseHead, ReusesTheHead) {
  RequestHead head;
  const std::string first = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
  const std::string second = "GET / HTTP/1.0\r\n\r\n";
  EXPECT_TRUE(parse_head(first, {}, head));
  EXPECT_TRUE(parse_head(second, {}, head));
  EXPECT_TRUE(head.headers.empty());
  EXPECT_EQ(head.minor, 0);
}

TEST(ParseHead, KeepsAliveAsTheVersionSays) {
  const auto keeps = [](const std::string& version, const std::string& connection) {
    return parse("GET / " + version + "\r\nHost: x\r\n" + connection + "\r\n").head.keep_alive;
  };
  EXPECT_TRUE(keeps("HTTP/1.1", ""));
  EXPECT_TRUE(keeps("HTTP/1.1", "Connection: keep-alive\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: x, Close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", ""));
  EXPECT_TRUE(keeps("HTTP/1.0", "Connection: Keep-Alive\r\n"));
}

TEST(ParseHead, PassesOverTheAuthorityOfAnAbsoluteTarget) {
  EXPECT_EQ(parse("GET http://a.example/b?c HTTP/1.1\r\nHost: x\r\n\r\n").head.path, "/b");
  EXPECT_EQ(parse("GET http://a.example HTTP/1.1\r\nHost: x\r\n\r\n").head.path, "/");
  EXPECT_EQ(parse("GET http://a.example?c=/d HTTP/1.1\r\nHost: x\r\n\r\n").head.path, "/");
  EXPECT_EQ(parse("GET http://a.example?c=/d HTTP/1.1\r\nHost: x\r\n\r\n").head.query, "c=/d");
  EXPECT_EQ(parse("GET https://a.example HTTP/1.1\r\nHost: x\r\n\r\n").head.path, "/");
}

TEST(ParseHead, RefusesAnotherVersion) {
  for (const char* version : {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "HTTP/11"}) {
    EXPECT_EQ(parse(std::string("GET / ") + version + "\r\nHost: x\r\n\r\n").error(),
              ErrorCode::kHttpVersion)
        << version;
  }
}

TEST(ParseHead, RefusesRequestLinesThatAreNone) {
  for (const char* line : {"GET",
                           "GET /",
                           "GET  HTTP/1.1",
                           " / HTTP/1.1",
                           "GET / http/1.1",
                           "GET / HTTP/1.1 ",
                           "GET / / HTTP/1.1",
                           "G@T / HTTP/1.1",
                           "GET x HTTP/1.1",
                           "GET /\x01 HTTP/1.1",
                           "GET /\x7F HTTP/1.1",
                           "GET /# HTTP/1.1",
                           "GET /\xC3\xA4 HTTP/1.1",
                           "GET /\t HTTP/1.1",
                           "ABCDEFGHIJKLMNOPQ / HTTP/1.1",
                           "",
                           "CONNECT x:1 HTTP/1.1",
                           "GET http://a\x01/ HTTP/1.1",
                           "GET http://a\x7F?b HTTP/1.1",
                           "GET http://a\xC3\xA4/ HTTP/1.1",
                           "GET ?a HTTP/1.1"}) {
    EXPECT_EQ(parse(std::string(line) + "\r\nHost: x\r\n\r\n").error(), ErrorCode::kBadRequest)
        << line;
  }
}

TEST(ParseHead, RefusesWhatDecodesToALineEnd) {
  for (const char* code : {"%0d", "%0D", "%0a", "%0A", "%00"}) {
    EXPECT_EQ(parse("GET /?x=" + std::string(code) + " HTTP/1.1\r\nHost: x\r\n\r\n").error(),
              ErrorCode::kBadRequest);
    EXPECT_EQ(with("X: a" + std::string(code) + "b\r\n").error(), ErrorCode::kBadRequest);
  }
  EXPECT_TRUE(with("X: 100% or %0 or %\r\n").framing);
  EXPECT_TRUE(parse("GET /?x=%20%250D HTTP/1.1\r\nHost: x\r\n\r\n").framing);
}

TEST(ParseHead, RefusesHeadersThatAreNone) {
  for (const char* header : {"no colon", ": no name", "X Y: z", "X : y", " X: y", "\tX: y",
                             "X: \x01", "X: \x7F", "X: a\rb", "X\xC3\xA4: y"}) {
    EXPECT_EQ(with(std::string(header) + "\r\n").error(), ErrorCode::kBadRequest) << header;
  }
  EXPECT_EQ(with(std::string("X: a\0b\r\n", 8)).error(), ErrorCode::kBadRequest);
  EXPECT_TRUE(with("X: \xC3\xA4\tb\r\n").framing) << "obs-text and tabs are allowed in values";
}

TEST(ParseHead, RefusesBareLineEnds) {
  for (const char* head : {"GET / HTTP/1.1\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\n\r\n",
                           "GET / HTTP/1.1\r\nHost: x\r\n\n", "GET / HTTP/1.1\r\r\nHost: x\r\n\r\n",
                           "\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    EXPECT_EQ(parse(head).error(), ErrorCode::kBadRequest) << head;
  }
}

TEST(ParseHead, WantsOneHost) {
  EXPECT_EQ(parse("GET / HTTP/1.1\r\n\r\n").error(), ErrorCode::kBadRequest);
  EXPECT_EQ(with("host: y\r\n").error(), ErrorCode::kBadRequest);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\n\r\n").framing);
}

TEST(ParseHead, KeepsItsLimits) {
  NetOptions limits;
  limits.max_line = 10;
  limits.max_headers = 2;
  const auto error = [&](const std::string& head) { return parse(head, limits).error(); };
  EXPECT_EQ(error("GET /123456789 HTTP/1.1\r\nHost: x\r\n\r\n"), ErrorCode::kCount);
  EXPECT_EQ(error("GET /1234567890 HTTP/1.1\r\nHost: x\r\n\r\n"), ErrorCode::kUriTooLong);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: 3456\r\n\r\n"), ErrorCode::kCount);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: 34567\r\n\r\n"), ErrorCode::kHeadTooLarge);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n"), ErrorCode::kCount);
  EXPECT_EQ(error("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\nA: b\r\n\r\n"), ErrorCode::kTooManyHeaders);
  limits.max_line = limits.max_headers = 0;
  EXPECT_EQ(error("GET /1234567890 HTTP/1.1\r\nHost: x\r\nA: b\r\nLonger: than ten\r\n\r\n"),
            ErrorCode::kCount);
}

TEST(ParseHead, DelimitsTheBody) {
  EXPECT_EQ(post("Content-Length: 17\r\n").framing->length, 17u);
  EXPECT_EQ(post("Content-Length: 007\r\n").framing->length, 7u);
  EXPECT_FALSE(post("").framing->chunked);
  EXPECT_EQ(post("").framing->length, 0u);
  EXPECT_TRUE(post("transfer-encoding: Chunked\r\n").framing->chunked);
}

TEST(ParseHead, RefusesAmbiguousBodies) {
  for (const char* headers :
       {"Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1, 1\r\n",
        "Content-Length: +1\r\n", "Content-Length: -1\r\n", "Content-Length: 0x1\r\n",
        "Content-Length: 1 \r\nTransfer-Encoding: chunked\r\n", "Content-Length: \r\n",
        "Content-Length: 1a\r\n", "Content-Length: 9999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"}) {
    EXPECT_EQ(post(headers).error(), ErrorCode::kBadRequest) << headers;
  }
  EXPECT_EQ(post("Transfer-Encoding: gzip, chunked\r\n").error(), ErrorCode::kNotImplemented);
  EXPECT_EQ(parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").error(),
            ErrorCode::kBadRequest);
}

TEST(ParseHead, RefusesABodyOnAMethodThatHasNone) {
  for (const std::string method : {"GET", "HEAD", "OPTIONS", "DELETE"}) {
    const auto error = [&](const char* header) {
      return parse(method + " / HTTP/1.1\r\nHost: x\r\n" + header + "\r\n\r\n").error();
    };
    EXPECT_EQ(error("Content-Length: 1"), ErrorCode::kBadRequest);
    EXPECT_EQ(error("Transfer-Encoding: chunked"), ErrorCode::kBadRequest);
    EXPECT_EQ(error("Content-Length: 0"), ErrorCode::kCount);
  }
}

TEST(ParseHead, KnowsOneExpectation) {
  EXPECT_TRUE(post("Expect: 100-Continue\r\n").framing->expects_continue);
  EXPECT_EQ(post("Expect: 200-ok\r\n").error(), ErrorCode::kExpectationFailed);
  const Parsed old = parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_FALSE(old.framing->expects_continue) << "HTTP/1.0 knows no 100";
}

TEST(ParseHead, RefusesCompressedBodies) {
  EXPECT_EQ(post("Content-Encoding: gzip\r\n").error(), ErrorCode::kUnsupportedMediaType);
  EXPECT_TRUE(post("Content-Encoding: Identity\r\n").framing);
}

}  // namespace
}  // namespace encke
