#include "net/admission.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace encke {
namespace {

// Says how large bodies may be, and nothing else.
class Doorkeeper final : public Service {
 public:
  tl::expected<std::size_t, Error> max_body(const RequestHead& head) const override {
    if (head.path == "/none") return tl::unexpected(Error{ErrorCode::kNotFound});
    return max;
  }
  bool is_direct(const RequestHead&) const override { return false; }
  std::vector<std::string> post_paths() const override { return {}; }
  Outcome handle(const Request&) override { return Reply{}; }
  Reply refuse(const Error&, const RequestHead*, const Address&) const override { return {}; }
  void closed(const SessionPtr&) override {}
  std::size_t max = 100;
};

// What becomes of the first request in some bytes.
struct Seen {
  std::string method;
  std::string path;
  std::string body;
  std::size_t consumed = 0;
  int continues = 0;
  bool ready = false;
  ErrorCode error = ErrorCode::kCount;
  bool operator==(const Seen&) const = default;
};

class AdmissionTest : public testing::Test {
 protected:
  // The bytes come in pieces of this size, in a buffer that moves, as a growing string may.
  Seen look(const std::string& bytes, std::size_t piece) {
    Admission admission(limits, doorkeeper);
    Seen seen;
    std::size_t size = 0;
    while (size < bytes.size()) {
      size = std::min(bytes.size(), size + piece);
      buffers_.push_back(std::make_unique<std::string>(bytes.substr(0, size)));
      switch (admission.look(*buffers_.back())) {
        case Admission::Step::kContinue:
          ++seen.continues;
          break;
        case Admission::Step::kMore:
          break;
        case Admission::Step::kRefused:
          seen.error = admission.error().code;
          return seen;
        case Admission::Step::kReady:
          seen.ready = true;
          seen.method = admission.head().method;
          seen.path = admission.head().path;
          seen.body = admission.body();
          seen.consumed = admission.consumed();
          return seen;
      }
      if (buffers_.size() > 2) buffers_.erase(buffers_.begin());
    }
    return seen;
  }

  // That, and it is the same in whatever pieces it comes.
  Seen look(const std::string& bytes) {
    Seen whole = look(bytes, bytes.size());
    for (std::size_t piece = 1; piece < bytes.size(); piece += piece < 8 ? 1 : 13) {
      Seen pieces = look(bytes, piece);
      pieces.continues = whole.continues;
      EXPECT_EQ(pieces, whole) << "in pieces of " << piece << ": " << bytes;
    }
    return whole;
  }

  NetOptions limits;
  Doorkeeper doorkeeper;

 private:
  std::vector<std::unique_ptr<std::string>> buffers_;
};

void PrintTo(const Seen& seen, std::ostream* out) {
  *out << (seen.ready ? "ready " : "") << seen.method << ' ' << seen.path << ' ' << seen.body << ' '
       << seen.consumed << " error " << static_cast<int>(seen.error);
}

const std::string kPost = "POST /send HTTP/1.1\r\nHost: x\r\n";

TEST_F(AdmissionTest, TakesARequestWithoutABody) {
  const std::string request = "GET /poll HTTP/1.1\r\nHost: x\r\n\r\n";
  const Seen seen = look(request + "GET /next");
  EXPECT_TRUE(seen.ready);
  EXPECT_EQ(seen.path, "/poll");
  EXPECT_EQ(seen.body, "");
  EXPECT_EQ(seen.consumed, request.size());
}

TEST_F(AdmissionTest, TakesABodyOfALength) {
  const std::string request = kPost + "Content-Length: 5\r\n\r\nhello";
  const Seen seen = look(request + "GET /next");
  EXPECT_TRUE(seen.ready);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.body, "hello");
  EXPECT_EQ(seen.consumed, request.size());
}

TEST_F(AdmissionTest, TakesAChunkedBody) {
  const std::string request =
      kPost + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
  const Seen seen = look(request + "GET /next");
  EXPECT_TRUE(seen.ready);
  EXPECT_EQ(seen.body, "hello world");
  EXPECT_EQ(seen.consumed, request.size());
}

TEST_F(AdmissionTest, PassesOverEmptyLinesBeforeARequest) {
  const std::string request = "\r\n\r\nGET /poll HTTP/1.1\r\nHost: x\r\n\r\n";
  const Seen seen = look(request);
  EXPECT_EQ(seen.path, "/poll");
  EXPECT_EQ(seen.consumed, request.size());
  EXPECT_EQ(look("\r\n\r\n" + kPost + "Content-Length: 5\r\n\r\nhello").body, "hello");
}

TEST_F(AdmissionTest, ServesOneAfterTheOther) {
  Admission admission(limits, doorkeeper);
  std::string bytes = kPost + "Content-Length: 1\r\n\r\na" + kPost +
                      "Transfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n" +
                      "GET /c HTTP/1.1\r\nHost: x\r\n\r\n";
  std::string bodies;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(admission.look(bytes), Admission::Step::kReady);
    bodies += admission.body();
    bytes.erase(0, admission.consumed());
    admission.reset();
  }
  EXPECT_EQ(bodies, "ab");
  EXPECT_TRUE(bytes.empty());
}

TEST_F(AdmissionTest, AsksForABodyThatWaitsForLeaveOnce) {
  const std::string head = kPost + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  Admission admission(limits, doorkeeper);
  EXPECT_EQ(admission.look(head), Admission::Step::kContinue);
  EXPECT_EQ(admission.look(head), Admission::Step::kMore);
  EXPECT_EQ(admission.look(head + "hel"), Admission::Step::kMore);
  EXPECT_EQ(admission.look(head + "hello"), Admission::Step::kReady);
  EXPECT_EQ(look(head + "hello", 1000).continues, 0) << "who sends it all needs no leave";
}

TEST_F(AdmissionTest, RefusesALargeBodyWithoutAskingForIt) {
  EXPECT_EQ(look(kPost + "Content-Length: 101\r\nExpect: 100-continue\r\n\r\n").error,
            ErrorCode::kBodyTooLarge);
  EXPECT_TRUE(look(kPost + "Content-Length: 100\r\n\r\n" + std::string(100, 'x')).ready);
  EXPECT_EQ(look(kPost + "Transfer-Encoding: chunked\r\n\r\n65\r\n").error,
            ErrorCode::kBodyTooLarge);
}

TEST_F(AdmissionTest, BoundsWhatIsBetweenChunksAndNotWhatComesAfterThem) {
  const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string ahead(100'000, 'G');
  const Seen seen = look(head + "1\r\na\r\n0\r\n\r\n" + ahead, 200'000);
  EXPECT_EQ(seen.body, "a") << "requests sent ahead are not its";
  doorkeeper.max = 1000;
  std::string padded;
  for (int i = 0; i < 600; ++i) padded += "1;" + std::string(200, 'x') + "\r\na\r\n";
  for (const std::size_t piece : {1'000'000, 1'000}) {
    EXPECT_EQ(look(head + padded + "0\r\n\r\n", piece).error, ErrorCode::kBodyTooLarge);
  }
}

TEST_F(AdmissionTest, RefusesWhatTheServiceDoesNotHave) {
  EXPECT_EQ(look("POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n").error,
            ErrorCode::kNotFound);
}

TEST_F(AdmissionTest, RefusesAHeadThatIsTooLarge) {
  limits.max_head = 60;
  const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
  EXPECT_TRUE(look(head + std::string(60 - head.size() - 4, 'y') + "\r\n\r\n").ready);
  EXPECT_EQ(look(head + std::string(61 - head.size() - 4, 'y') + "\r\n\r\n").error,
            ErrorCode::kHeadTooLarge);
  EXPECT_EQ(look(std::string(61, 'x')).error, ErrorCode::kHeadTooLarge) << "before its end comes";
  limits.max_head = 0;
  EXPECT_TRUE(look(head + std::string(1'000, 'y') + "\r\n\r\n", 100).ready);
}

TEST_F(AdmissionTest, KnowsTheHeadOfWhatItRefuses) {
  Admission admission(limits, doorkeeper);
  EXPECT_EQ(admission.head_if_any(), nullptr);
  ASSERT_EQ(admission.look("POST /none?format=text HTTP/1.1\r\nHost: x\r\n\r\n"),
            Admission::Step::kRefused);
  ASSERT_NE(admission.head_if_any(), nullptr);
  EXPECT_EQ(admission.head_if_any()->query, "format=text");
}

TEST_F(AdmissionTest, CountsTheBodySoFar) {
  Admission admission(limits, doorkeeper);
  (void)admission.look("POST /s");
  EXPECT_FALSE(admission.body_arrived());
  (void)admission.look(kPost + "Content-Length: 5\r\n\r\nhel");
  EXPECT_EQ(admission.body_arrived(), 3u);
}

TEST(ToHttplib, SaysTheSameRequestInOneWay) {
  RequestHead head;
  const std::string bytes =
      "POST http://a/send?x=1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\nX-Evil: y\r\nRange: bytes=0-1\r\n\r\n";
  ASSERT_TRUE(parse_head(bytes, {}, head));
  EXPECT_EQ(to_httplib(head, "{}"),
            "POST /send HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(ToHttplib, LeavesFormsToUs) {
  RequestHead head;
  const std::string bytes =
      kPost + "Content-Type: Application/X-WWW-Form-urlencoded; charset=utf-8\r\n\r\n";
  ASSERT_TRUE(parse_head(bytes, {}, head));
  EXPECT_EQ(to_httplib(head, "a=b"), "POST /send HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b");
}

TEST(ToHttplib, SaysHowTheConnectionGoesOn) {
  RequestHead head;
  const std::string closes = "GET / HTTP/1.1\r\nHost: x\r\nConnection: x, close\r\n\r\n";
  ASSERT_TRUE(parse_head(closes, {}, head));
  EXPECT_EQ(to_httplib(head, ""), "GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string old = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  ASSERT_TRUE(parse_head(old, {}, head));
  EXPECT_EQ(to_httplib(head, ""), "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
}

// Whether a body with this boundary passes.
bool passes(std::string_view body, std::string_view type = "multipart/form-data; boundary=b") {
  return !check_multipart(type, body);
}
std::string part(std::string_view headers, std::string_view content = "x") {
  return "--b\r\n" + std::string(headers) + "\r\n\r\n" + std::string(content) + "\r\n";
}
const std::string kName = "Content-Disposition: form-data; name=\"a\"";
const std::string kEnd = "--b--\r\n";

TEST(CheckMultipart, PassesOrdinaryForms) {
  EXPECT_TRUE(passes(part(kName) + kEnd));
  EXPECT_TRUE(passes(part(kName) +
                     part(kName + "; filename=\"cat.png\"\r\nContent-Type: image/png") + "--b--"));
  EXPECT_TRUE(passes(part(kName, "line\r\n--not a boundary\r\n--\r\n") + kEnd));
  EXPECT_TRUE(passes(part(kName) + kEnd, "multipart/form-data; boundary=\"b\""));
  EXPECT_TRUE(passes(part(kName) + kEnd, "Multipart/Form-Data; boundary=b; charset=utf-8"));
}

TEST(CheckMultipart, HasNothingToSayOfOtherTypes) {
  EXPECT_TRUE(passes("anything", "text/plain"));
  EXPECT_TRUE(passes("", ""));
}

TEST(CheckMultipart, WantsABoundaryAndAnEnd) {
  EXPECT_FALSE(passes(part(kName) + kEnd, "multipart/form-data"));
  EXPECT_FALSE(passes(part(kName) + kEnd, "multipart/form-data; boundary="));
  EXPECT_FALSE(passes(part(kName) + kEnd, "multipart/form-data; boundary=" + std::string(71, 'b')));
  EXPECT_FALSE(passes(part(kName)));
  EXPECT_FALSE(passes(""));
  EXPECT_FALSE(passes("--bX" + kName + kEnd));
}

TEST(CheckMultipart, BoundsPartsAndTheirHeaders) {
  std::string parts;
  for (int i = 0; i < 32; ++i) parts += part(kName);
  EXPECT_TRUE(passes(parts + kEnd));
  EXPECT_FALSE(passes(parts + part(kName) + kEnd));
  EXPECT_TRUE(passes(part(kName + "; x=" + std::string(460, 'y')) + kEnd));
  EXPECT_FALSE(passes(part(kName + "; x=" + std::string(512, 'y')) + kEnd));
  std::string headers = kName;
  for (int i = 0; i < 7; ++i) headers += "\r\nX: y";
  EXPECT_TRUE(passes(part(headers) + kEnd));
  EXPECT_FALSE(passes(part(headers + "\r\nX: y") + kEnd));
}

TEST(CheckMultipart, RefusesExtendedFileNames) {
  EXPECT_FALSE(passes(part(kName + "; filename*=utf-8''x") + kEnd));
  EXPECT_FALSE(passes(part(kName + "; FILENAME*=x") + kEnd));
}

// Another reader could take what follows a bare line end for a header of its own.
TEST(CheckMultipart, RefusesControlCharactersInAPartsHeaders) {
  for (const char c : {'\n', '\r', '\0', '\x1F', '\x7F'}) {
    EXPECT_FALSE(passes(part(kName + c + "Content-Type: image/png") + kEnd)) << int{c};
  }
  EXPECT_TRUE(passes(part(kName + ";\tfilename=x") + kEnd));
  EXPECT_TRUE(passes(part(kName, "line\nline") + kEnd)) << "the content is anything";
}

// cpp-httplib goes on behind what only looks like the end, so nothing may be passed over there.
TEST(CheckMultipart, LooksBehindAFalseEnd) {
  for (const char* text : {"--b--", "x--b--", "\r\n--b--x"}) {
    EXPECT_FALSE(passes(part(kName, text) + part(kName + "; filename*=x") + kEnd)) << text;
  }
}

}  // namespace
}  // namespace encke
