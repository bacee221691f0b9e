// The known faults of the packaged cpp-httplib 0.11.4: the attack is sent to the running server,
// with a crowd that waits. None of them may get past the door (docs/architecture.md, D7), and
// nobody else may notice. Where a number's exploit is a crash or a hang, reaching the last line is
// the proof.
#include <chrono>

#include "integration/support/crowd.h"

namespace encke {
namespace {

class Cve : public WithCrowd {
 protected:
  void SetUp() override { gather(); }
  void TearDown() override {
    expect_nobody_noticed();
    WithCrowd::TearDown();
  }
};
ENCKE_BOTH_HOLDS(Cve);

const std::string kChunked =
    "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

TEST_P(Cve, CVE_2025_46728_ChunkedBodiesPassTheBodyLimit) {
  // Many small chunks, the sum of which is too much: refused at the chunk that goes over it.
  std::string many = kChunked;
  for (int i = 0; i < 40; ++i) many += "400\r\n" + std::string(1024, 'x') + "\r\n";
  const Response sum = refused(many);
  EXPECT_EQ(sum.status, 413);
  EXPECT_EQ(sum.error(), "body_too_large");
  // One that says beforehand that it is too large: refused before it is sent.
  const Response one = refused(kChunked + "FFFFFFF\r\n");
  EXPECT_EQ(one.status, 413);
  // And one without an end.
  Wire endless(port());
  const std::string chunk = "1000\r\n" + std::string(4096, 'x') + "\r\n";
  bool taken = endless.try_send(kChunked);
  for (int i = 0; i < 10'000 && taken; ++i) taken = endless.try_send(chunk);
  EXPECT_FALSE(taken) << "40 MB for a body of 16 KiB";
}

TEST_P(Cve, CVE_2026_45352_NegativeChunkSizes) {
  for (const char* size : {"-1", "-0", "-FFFFFFFFFFFFFFFF", "-8000000000000000", "8000000000000000",
                           "FFFFFFFFFFFFFFFF", "10000000000000005", "+5", "0x5", " 5"}) {
    const Response answer = refused(kChunked + size + "\r\nhello\r\n0\r\n\r\n");
    EXPECT_EQ(answer.status, 400) << size;
    EXPECT_EQ(answer.error(), "bad_request") << size;
  }
}

TEST_P(Cve, CVE_2025_52887_UnlimitedHeaders) {
  std::string request = "GET /version HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 1'000; ++i) request += "A: b\r\n";
  const Response answer = refused(request + "\r\n");
  EXPECT_EQ(answer.status, 431);
  EXPECT_EQ(answer.error(), "too_many_headers");
  // Without an end: as many as fit the head.
  Wire endless(port());
  bool taken = true;
  for (int i = 0; i < 1'000'000 && taken; ++i) taken = endless.try_send("A: b\r\n");
  EXPECT_FALSE(taken);
}

TEST_P(Cve, CVE_2025_53628_UnlimitedLineLength) {
  for (const std::string& start :
       {std::string("GET /"), std::string("GET / HTTP/1.1\r\nHost: x\r\nX: "), std::string("")}) {
    const Response answer = refused(start + std::string(1'000'000, 'x'));
    EXPECT_EQ(answer.status, 431);
    EXPECT_EQ(answer.error(), "head_too_large");
  }
  EXPECT_EQ(refused(kChunked + "5;" + std::string(1'000'000, 'x')).error(), "bad_request");
  EXPECT_EQ(refused(kChunked + "0\r\nX: " + std::string(1'000'000, 'x')).error(), "bad_request");
}

TEST_P(Cve, CVE_2026_34441_BodyOfAGetAsASecondRequest) {
  const User eve = login("eve");
  const std::string hidden = make_request("POST", "/send", eve.auth() + kForm, "text=smuggled");
  const std::string length = std::to_string(hidden.size());
  for (const char* method : {"GET", "DELETE", "OPTIONS"}) {
    const std::string head = std::string(method) + " /version HTTP/1.1\r\nHost: x\r\n";
    EXPECT_EQ(refused(head + "Content-Length: " + length + "\r\n\r\n" + hidden).error(),
              "bad_request");
    EXPECT_EQ(refused(head + "Transfer-Encoding: chunked\r\n\r\n" + hidden).error(), "bad_request");
  }
  // Nor is a POST's body, whatever it looks like.
  const Response login_answer = post("/login", hidden, {{"Content-Type", "text/plain"}});
  EXPECT_EQ(login_answer.error(), "nickname_invalid");
  EXPECT_EQ(texts(eve.get("/poll").json()["events"]), std::vector<std::string>{});
}

TEST_P(Cve, CVE_2026_45372_EncodedLineEndsInHeaders) {
  for (const char* code : {"%0D%0A", "%0d%0a", "%0a", "%0D", "%00"}) {
    const std::string value = std::string("x") + code + "Set-Cookie: encke=forged";
    EXPECT_EQ(refused("GET /version HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + value + "\r\n\r\n")
                  .error(),
              "bad_request");
    EXPECT_EQ(refused("GET /version HTTP/1.1\r\nHost: x\r\nOrigin: https://" + value + "\r\n\r\n")
                  .error(),
              "bad_request");
    EXPECT_EQ(
        refused("GET /version?x=" + std::string(code) + " HTTP/1.1\r\nHost: x\r\n\r\n").error(),
        "bad_request");
  }
}

TEST_P(Cve, CVE_2026_28434_ExceptionTextLeaks) {
  // Whatever goes wrong, what() of an exception is in no answer, and neither is its header.
  const User eve = login("eve");
  const std::string bodies[] = {"{\"text\":\"\\uD800\"}",
                                "{\"text\":1e999}",
                                "{\"text\":\"\xFF\"}",
                                std::string(2000, '['),
                                "{\"a\":{\"b\":[1]}}",
                                "nul",
                                "\x00"};
  for (const std::string& body : bodies) {
    const Response answer = post("/send", body, eve.auth() + kJsonType);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_FALSE(answer.has("EXCEPTION_WHAT"));
    EXPECT_EQ(answer.body.find("exception"), std::string::npos) << answer.body;
    EXPECT_EQ(answer.body.find("nlohmann"), std::string::npos) << answer.body;
    EXPECT_EQ(answer.body.find("json."), std::string::npos) << answer.body;
  }
}

TEST_P(Cve, CVE_2026_22776_DecompressionBombs) {
  // 20 bytes of gzip; whoever unpacked them would not see it by their number.
  const std::string gzip(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
  for (const char* coding : {"gzip", "deflate", "br", "zstd", "x-gzip", "GZIP", "gzip, gzip"}) {
    const Response answer =
        refused("POST /login HTTP/1.1\r\nHost: x\r\nContent-Encoding: " + std::string(coding) +
                "\r\nContent-Length: 20\r\n\r\n" + gzip);
    EXPECT_EQ(answer.status, 415) << coding;
    EXPECT_EQ(answer.error(), "unsupported_media_type");
  }
  EXPECT_EQ(post("/login", "nickname=eve", kForm + Fields{{"Content-Encoding", "identity"}}).status,
            200);
}

std::string multipart(const std::string& parts) {
  return "POST /send HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
         "Content-Length: " +
         std::to_string(parts.size()) + "\r\n\r\n" + parts;
}

TEST_P(Cve, CVE_2026_29076_SlowRegexOnMultipartFilenames) {
  const std::string start = "--b\r\nContent-Disposition: form-data; name=\"x\"; ";
  const std::string rest = "\r\n\r\nx\r\n--b--\r\n";
  for (const std::string& header :
       {std::string("filename*=utf-8''x"), std::string("FileName*=x"),
        "filename=\"" + std::string(100'000, 'x') + "\"", "filename*=" + std::string(100'000, 'a'),
        std::string(100'000, ';'), std::string(100'000, ' ')}) {
    const Response answer = refused(multipart(start + header + rest));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.error(), "bad_request");
  }
}

// Text in a part that looks like the end must not hide what comes behind it.
TEST_P(Cve, CVE_2026_29076_SlowRegexBehindAFalseEnd) {
  const std::string bad =
      "--b\r\nContent-Disposition: form-data; name=\"y\"; filename*=" + std::string(500'000, 'a') +
      "\r\n\r\ny\r\n--b--\r\n";
  for (const char* text : {"--b--", "x--b--", "x--b--\r\n", "\r\n--b--x", "\r\n --b--\r\n"}) {
    const Response answer =
        refused(multipart("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n" +
                          std::string(text) + "\r\n" + bad));
    EXPECT_EQ(answer.status, 400) << text;
    EXPECT_EQ(answer.error(), "bad_request") << text;
  }
}

}  // namespace
}  // namespace encke
