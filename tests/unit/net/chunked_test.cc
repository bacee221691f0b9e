#include "net/chunked.h"

#include <gtest/gtest.h>

#include <string>

namespace encke {
namespace {

// What a decoder makes of these bytes when they come in pieces of this size.
struct Result {
  explicit Result(std::string_view bytes, std::size_t piece, std::size_t max_body = 1000) {
    ChunkedDecoder decoder(max_body);
    for (std::size_t at = 0; at < bytes.size() && !decoder.done();) {
      const auto used = decoder.feed(bytes.substr(at, piece));
      if (!used) {
        error = used.error().code;
        return;
      }
      at += *used;
      consumed = at;
    }
    done = decoder.done();
    body = decoder.body();
  }
  bool operator==(const Result&) const = default;

  std::string body;
  bool done = false;
  std::size_t consumed = 0;
  ErrorCode error = ErrorCode::kCount;
};

Result decode(std::string_view bytes, std::size_t max_body = 1000) {
  const Result whole(bytes, bytes.size(), max_body);
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
    const Result pieces(bytes, piece, max_body);
    EXPECT_EQ(pieces.body, whole.body) << piece;
    EXPECT_EQ(pieces.done, whole.done) << piece;
    EXPECT_EQ(pieces.error, whole.error) << piece;
    if (whole.done) {
      EXPECT_EQ(pieces.consumed, whole.consumed) << piece;
    }
  }
  return whole;
}

ErrorCode error_of(std::string_view bytes, std::size_t max_body = 1000) {
  return decode(bytes, max_body).error;
}

TEST(ChunkedDecoder, JoinsChunks) {
  const Result result = decode("5\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\n\r\n");
  EXPECT_EQ(result.body, "hello 0123456789");
  EXPECT_TRUE(result.done);
}

TEST(ChunkedDecoder, LeavesWhatComesBehind) {
  const std::string body = "2\r\nab\r\n0\r\n\r\n";
  const Result result = decode(body + "GET / HTTP/1.1\r\n");
  EXPECT_TRUE(result.done);
  EXPECT_EQ(result.consumed, body.size());
}

TEST(ChunkedDecoder, TakesLineEndsInsideOfChunks) {
  EXPECT_EQ(decode("6\r\na\r\n\r\nb\r\n0\r\n\r\n").body, "a\r\n\r\nb");
}

TEST(ChunkedDecoder, ReadsHexadecimalOfEitherCase) {
  EXPECT_EQ(decode("0000c\r\n0123456789ab\r\n0\r\n\r\n").body.size(), 12u);
  EXPECT_EQ(decode("C\r\n0123456789ab\r\n0\r\n\r\n").body.size(), 12u);
}

TEST(ChunkedDecoder, PassesOverExtensionsAndTrailers) {
  const Result result = decode("1;a=b;c=\"d\"\r\nx\r\n0;e\r\nTrailer: y\r\nOther: z\r\n\r\n");
  EXPECT_EQ(result.body, "x");
  EXPECT_TRUE(result.done);
}

TEST(ChunkedDecoder, IsNotDoneBeforeItsEnd) {
  const std::string whole = "2\r\nab\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Result part(whole.substr(0, size), 1);
    EXPECT_FALSE(part.done) << size;
    EXPECT_EQ(part.error, ErrorCode::kCount) << size;
  }
}

TEST(ChunkedDecoder, RefusesOddSizes) {
  for (const char* size : {"", "-1", "+1", " 1", "1 ", "0x1", "g", "1g", ";", "1234567890ABCDEF",
                           "0000000000000001", "-0", "\t1"}) {
    EXPECT_EQ(error_of(std::string(size) + "\r\nx\r\n0\r\n\r\n"), ErrorCode::kBadRequest) << size;
  }
}

TEST(ChunkedDecoder, RefusesOddLineEnds) {
  for (const char* bytes :
       {"1\nx\r\n0\r\n\r\n", "1\r\nx\n0\r\n\r\n", "1\r\nx\r\n0\n\r\n", "1\r\nx\r\n0\r\n\n",
        "1\r\r\nx\r\n", "1\r\nxy\r\n", "1\r\nx0\r\n\r\n"}) {
    EXPECT_EQ(error_of(bytes), ErrorCode::kBadRequest) << bytes;
  }
}

TEST(ChunkedDecoder, BoundsTheBody) {
  EXPECT_TRUE(decode("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 5).done);
  EXPECT_EQ(error_of("6\r\nabcdef\r\n0\r\n\r\n", 5), ErrorCode::kBodyTooLarge);
  EXPECT_EQ(error_of("3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", 5), ErrorCode::kBodyTooLarge);
  EXPECT_EQ(error_of("FFFFFFFFFFFFFFF\r\n", 5), ErrorCode::kBodyTooLarge);
}

TEST(ChunkedDecoder, RefusesASizeBeforeItsBytesCome) {
  EXPECT_EQ(error_of("6\r\n", 5), ErrorCode::kBodyTooLarge);
}

TEST(ChunkedDecoder, ZeroIsNoBound) {
  const std::string body(5'000, 'x');
  EXPECT_EQ(Result("1388\r\n" + body + "\r\n0\r\n\r\n", 700, 0).body, body);
}

TEST(ChunkedDecoder, BoundsExtensionsAndTrailers) {
  EXPECT_EQ(error_of("1;" + std::string(300, 'x')), ErrorCode::kBadRequest);
  EXPECT_EQ(Result("0\r\nX: " + std::string(5'000, 'y'), 100).error, ErrorCode::kBadRequest);
  std::string many = "0\r\n";
  for (int i = 0; i < 1'000; ++i) many += "X: yyyyy\r\n";
  EXPECT_EQ(Result(many, 64).error, ErrorCode::kBadRequest);
}

}  // namespace
}  // namespace encke
