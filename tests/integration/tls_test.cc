// TLS, in both holds: what goes over it is what goes without it, and whoever does it badly, slowly
// or not at all disturbs nobody.
#include <openssl/ssl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include "integration/support/both_holds.h"
#include "integration/support/certificate.h"
#include "integration/support/command.h"
#include "unit/images/samples.h"

namespace encke {
namespace {

constexpr std::size_t kBigImage = 4'000'000;

std::string big_image() {
  std::string png = samples::png();
  for (std::size_t i = png.size(); i < kBigImage; ++i) {
    png.push_back(static_cast<char>(i * 2'654'435'761u >> 13));
  }
  return png;
}

class Tls : public BothHolds {
 protected:
  void SetUp() override { speak_tls(true); }
  void TearDown() override {
    BothHolds::TearDown();
    speak_as_asked();
  }
  void start(Program::Flags flags = {}) {
    flags.emplace_back(kNoNews);
    for (const std::string& flag : certificate_.flags()) flags.push_back(flag);
    program_ = &ServerTest::start(flags, "exec 2>" + log());
  }
  void hang_up() { kill(program_->pid(), SIGHUP); }

  std::string log() const {
    return (std::filesystem::path(certificate_.key()).parent_path() / "log").string();
  }
  // Blocks until its log says that.
  void wait_for_log(const std::string& text) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    std::string all;
    while (all.find(text) == std::string::npos) {
      if (std::chrono::steady_clock::now() > deadline) throw Trouble("no " + text + " in: " + all);
      std::this_thread::yield();
      std::ifstream file(log());
      all.assign(std::istreambuf_iterator<char>(file), {});
    }
  }

  std::string curl(const std::string& arguments) {
    return "curl --silent --show-error --max-time 30 --noproxy '*' --cacert '" +
           certificate_.certificate() + "' " + arguments + " 2>&1";
  }
  std::string url(const std::string& target) {
    return "'https://localhost:" + std::to_string(port()) + target + "'";
  }
  std::string run(const std::string& arguments) { return Command(curl(arguments)).read_all(); }

  std::string send_big_image(const User& user) {
    const Response sent =
        fetch(port(), "POST", "/send",
              user.auth() + Fields{{"Content-Type", "multipart/form-data; boundary=b"}},
              "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n"
              "Content-Type: image/png\r\n\r\n" +
                  big_image() + "\r\n--b--\r\n");
    if (sent.status != 200) throw Trouble("not sent: " + sent.body);
    User reader = user;
    return reader.wait_for("message")["image"]["url"];
  }

  const Certificate certificate_;
  Program* program_ = nullptr;
};
ENCKE_BOTH_HOLDS(Tls);

// --- As it is meant ---

TEST_P(Tls, CarriesPollsLongPollsAndStreams) {
  start();
  Command events(curl("-u bob:s1 -N " + url("/events")));
  EXPECT_TRUE(events.read_line().starts_with("retry: "));
  Command held(curl("-u carol:s3 " + url("/longpoll?format=text")));
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  EXPECT_TRUE(Json::parse(run("-u alice:s2 -d hello " + url("/send"))).contains("id"));
  EXPECT_TRUE(held.read_all().ends_with("\tmessage\talice\tlobby\thello\n"));
  EXPECT_EQ(held.wait(), 0);
  EXPECT_EQ(Json::parse(run("-u carol:s3 " + url("/poll?since=earliest")))["flag"], true);
  for (std::string line = events.read_line(); line != "event: message\n";
       line = events.read_line()) {
    ASSERT_FALSE(line.empty());
  }
  EXPECT_NE(events.read_line().find("hello"), std::string::npos);
  stop();  // says bye, and goodbye: curl calls anything else an error
  EXPECT_NE(events.read_all().find("event: bye"), std::string::npos);
  EXPECT_EQ(events.wait(), 0);
}

TEST_P(Tls, CarriesAnImageOfSeveralMegabytesThereAndBack) {
  start();
  const std::string folder = std::filesystem::path(certificate_.key()).parent_path().string();
  const std::string image = big_image();
  std::ofstream(folder + "/sent.png", std::ios::binary) << image;
  User alice = login("alice");
  const std::string answer =
      run("-u bob:s1 -F image=@" + folder + "/sent.png -F to=alice " + url("/send"));
  EXPECT_TRUE(Json::parse(answer).contains("id")) << answer;
  const std::string target = alice.wait_for("private")["image"]["url"];
  EXPECT_EQ(run("-o " + folder + "/got.png " + url(target)), "");
  std::ifstream got(folder + "/got.png", std::ios::binary);
  EXPECT_TRUE(std::string(std::istreambuf_iterator<char>(got), {}) == image);
}

TEST_P(Tls, KeepsAConnectionForTheNextRequest) {
  start();
  const std::string twice = run("-w '%{num_connects} ' " + url("/health") + " " + url("/health"));
  EXPECT_NE(twice.find("1 "), std::string::npos) << twice;
  EXPECT_TRUE(twice.ends_with("0 ")) << twice;
}

TEST_P(Tls, SaysGoodbyeWhenTheLastAnswerIsSent) {
  start();
  Wire wire(port());
  wire.send(make_request("GET", "/version", {{"Connection", "close"}}));
  EXPECT_EQ(wire.read().status, 200);
  EXPECT_TRUE(wire.closed());
  EXPECT_TRUE(wire.was_told_goodbye());
}

TEST_P(Tls, AnswersWhoHasSaidGoodbyeAndStillListens) {
  start();
  const User alice = login("alice");
  Wire wire(port());
  wire.send(make_request("POST", "/send", alice.auth() + kPlainText, "a last word"));
  wire.say_goodbye();
  EXPECT_EQ(wire.read().status, 200);
  EXPECT_TRUE(wire.closed());
}

TEST_P(Tls, GivesItsCookieForTlsAlone) {
  start();
  EXPECT_TRUE(post("/login", "nickname=alice").header("Set-Cookie").ends_with("; Secure"));
  EXPECT_TRUE(post("/plain/login", "nickname=bob").header("Set-Cookie").ends_with("; Secure"));
  // A secret is hashed elsewhere, and the request kept meanwhile.
  EXPECT_TRUE(
      post("/login", "nickname=carol&secret=s3").header("Set-Cookie").ends_with("; Secure"));
}

TEST_P(Tls, TakesPagesOfItsOwnThatCameByTls) {
  start();
  const std::string token = login("alice").token;
  const auto said_from = [&](const std::string& origin) {
    return post("/send", "text=hi",
                kForm + Fields{{"Cookie", "encke=" + token}, {"Origin", origin}});
  };
  EXPECT_EQ(said_from("https://localhost").status, 200);
  EXPECT_EQ(said_from("http://localhost").error(), "foreign_origin");
}

TEST_P(Tls, RedirectsTheFormsOfThePlainPageToHttps) {
  start();
  EXPECT_TRUE(post("/plain/login", "nickname=alice")
                  .header("Location")
                  .starts_with("https://localhost/plain"));
}

TEST_P(Tls, ResumesASessionByItsTicket) {
  start();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Wire first(port(), TlsTerms{.version = version});
    first.send(make_request("GET", "/version"));
    EXPECT_EQ(first.read().status, 200);  // and with it, what TLS 1.3 sends after the handshake
    SSL_SESSION* const session = SSL_get1_session(first.tls());
    Wire second(port(), TlsTerms{.version = version, .known = session});
    second.send(make_request("GET", "/version"));
    EXPECT_EQ(second.read().status, 200);
    EXPECT_EQ(SSL_session_reused(second.tls()), 1) << version;
    SSL_SESSION_free(session);
  }
}

// --- Which TLS ---

TEST_P(Tls, Is12AndUpByDefault) {
  start();
  EXPECT_EQ(Wire(port(), TlsTerms{.version = TLS1_2_VERSION}).peer_name(), "localhost");
  EXPECT_EQ(Wire(port(), TlsTerms{.version = TLS1_3_VERSION}).peer_name(), "localhost");
  EXPECT_THROW(Wire(port(), TlsTerms{.version = TLS1_1_VERSION}), Trouble);
  EXPECT_NE(run("--tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 " + url("/health"))
                .find("alert protocol version"),
            std::string::npos);
}

TEST_P(Tls, Is10AndUpWithTheLegacyOneWhoseRiskIsSaid) {
  start({"--tls-legacy"});
  wait_for_log(" warn tls_legacy risk=\"whoever is on the way");
  EXPECT_EQ(Wire(port(), TlsTerms{.version = TLS1_VERSION}).peer_name(), "localhost");
  EXPECT_EQ(Wire(port(), TlsTerms{.version = TLS1_3_VERSION}).peer_name(), "localhost");
  EXPECT_EQ(run("--tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 " + url("/health") +
                " -o /dev/null -w '%{http_code}'"),
            "200");
}

TEST_P(Tls, SpeaksNoOtherProtocolThanHttp1) {
  start();
  Wire http2(port(), TlsTerms{.shy = true});
  SSL_set_alpn_protos(http2.tls(), reinterpret_cast<const unsigned char*>("\x02h2"), 3);
  EXPECT_THROW(
      while (!http2.shake_hands()) { (void)http2.read_any(); }, Trouble);
  EXPECT_EQ(run("--http2 -o /dev/null -w '%{http_version}' " + url("/health")), "1.1");
}

// --- The certificate ---

TEST_P(Tls, TakesANewCertificateWithoutLosingAnybody) {
  start();
  const User alice = login("alice");
  Wire old = alice.hold();
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  SSL_SESSION* const known = SSL_get1_session(old.tls());
  certificate_.renew("second");
  EXPECT_EQ(Wire(port()).peer_name(), "localhost");
  hang_up();
  wait_for_log(" info reloaded");
  EXPECT_EQ(Wire(port()).peer_name(), "second");
  EXPECT_EQ(Wire(port(), TlsTerms{.known = known}).peer_name(),
            "second");  // its ticket was the old one's
  SSL_SESSION_free(known);
  alice.say("still there?");
  EXPECT_EQ(texts(old.read().json()["events"]), std::vector<std::string>{"still there?"});
  EXPECT_EQ(run("-o /dev/null -w '%{http_code}' " + url("/health")), "200");
}

TEST_P(Tls, KeepsTheOldCertificateWhenTheNewOneIsBroken) {
  start();
  std::ofstream(certificate_.key()) << "no key";
  hang_up();
  wait_for_log(" error not_reloaded cause=\"tls-key: " + certificate_.key());
  EXPECT_EQ(Wire(port()).peer_name(), "localhost");
  certificate_.renew("second");
  hang_up();
  wait_for_log(" info reloaded");
  EXPECT_EQ(Wire(port()).peer_name(), "second");
}

class TlsAtTheStart : public testing::Test {
 protected:
  // What it says, on one line; it has to end with 1.
  static std::string refusal(const std::string& flags) {
    Command program("timeout 30 " + Program::file() + " --port=0 " + flags + " 2>&1");
    const std::string said = program.read_all();
    EXPECT_EQ(program.wait(), 1) << said;
    EXPECT_EQ(said.find('\n'), said.size() - 1) << said;
    return said;
  }
  static bool has(const std::string& said, const std::string& what) {
    return said.find(what) != std::string::npos;
  }
  const Certificate one_;
};

TEST_F(TlsAtTheStart, SaysWhatIsWrongWithItsFiles) {
  const Certificate two;
  const std::string cert = "--tls-cert=" + one_.certificate();
  const std::string key = "--tls-key=" + one_.key();
  EXPECT_TRUE(has(refusal(cert), "tls-cert and tls-key go together"));
  EXPECT_TRUE(has(refusal(key), "tls-cert and tls-key go together"));
  EXPECT_TRUE(has(refusal("--tls-legacy"), "tls-legacy is nothing without tls-cert"));
  EXPECT_TRUE(
      has(refusal("--tls-cert=/nowhere.pem " + key), "tls-cert: /nowhere.pem: No such file"));
  EXPECT_TRUE(
      has(refusal(cert + " --tls-key=/nowhere.pem"), "tls-key: /nowhere.pem: No such file"));
  EXPECT_TRUE(has(refusal("--tls-cert=" + one_.key() + " " + key), "not a certificate"));
  EXPECT_TRUE(has(refusal(cert + " --tls-key=" + one_.certificate()), "not a key in PEM"));
  EXPECT_TRUE(
      has(refusal(cert + " --tls-key=" + two.key()), "not the key of " + one_.certificate()));
  ASSERT_EQ(std::system(("openssl ec -aes256 -passout pass:secret -in '" + two.key() + "' -out '" +
                         two.key() + ".locked' 2>/dev/null")
                            .c_str()),
            0);
  EXPECT_TRUE(has(refusal(cert + " --tls-key=" + two.key() + ".locked"), "without a passphrase"));
}

// --- What is on the wire ---

TEST_P(Tls, FindsWhatLiesInsideOfItWhenTheSocketHasNoMore) {
  start();
  const User alice = login("alice");
  Wire wire(port());
  // Many records, which arrive together: the socket tells of them once.
  constexpr int kRequests = 60;
  wire.send_as_records(
      std::vector<std::string>(kRequests, make_request("GET", "/poll", alice.auth())));
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(wire.read().status, 200) << i;
  // One request, a byte a record.
  std::vector<std::string> bytes;
  for (const char c : make_request("GET", "/version")) bytes.emplace_back(1, c);
  wire.send_as_records(bytes);
  EXPECT_EQ(wire.read().status, 200);
  // A body in records that are as large as they can be, and behind it the next request.
  std::vector<std::string> pieces = {make_request("GET", "/version")};
  const std::string post =
      make_request("POST", "/send", alice.auth() + kPlainText, std::string(16'000, 'x'));
  for (int i = 0; i < 8; ++i) pieces.push_back(post);
  wire.send_as_records(pieces);
  for (std::size_t i = 0; i < pieces.size(); ++i) ASSERT_EQ(wire.read().status, 200) << i;
}

TEST_P(Tls, AnswersAllThatWasAskedAhead) {
  start();
  const User alice = login("alice");
  Wire wire = alice.hold();
  wait_for_metric("encke_held{transport=\"longpoll\"}", 1);
  // More than is taken ahead of time, so that some of it waits in the socket and in OpenSSL.
  constexpr int kAhead = 600;
  std::string ahead;
  for (int i = 0; i < kAhead; ++i)
    ahead += make_request("GET", "/poll?n=" + std::string(100, 'n'), alice.auth());
  wire.send(ahead);
  alice.say("now");
  for (int i = 0; i <= kAhead; ++i) ASSERT_EQ(wire.read().status, 200) << i;
}

TEST_P(Tls, SendsOnToASlowReaderWhereItStopped) {
  start();
  const User alice = login("alice");
  const std::string target = send_big_image(alice);
  Wire wire(port(), TlsTerms{.version = TLS1_3_VERSION}, 4096);
  wire.send(make_request("GET", target));
  const Response head = wire.read_head();
  ASSERT_EQ(head.header("Content-Length"), std::to_string(kBigImage));
  // The server is stuck, half-way through a record. What it is asked for now is a change of keys,
  // to be answered before the next one.
  SSL_key_update(wire.tls(), SSL_KEY_UPDATE_REQUESTED);
  wire.send(make_request("GET", "/version"));
  std::string got;
  while (got.size() < kBigImage) {
    const std::string some = wire.read_any(kBigImage - got.size());
    ASSERT_FALSE(some.empty()) << got.size();
    got += some;
  }
  EXPECT_TRUE(got == big_image());
  EXPECT_EQ(wire.read().status, 200);
}

TEST_P(Tls, NegotiatesOnceAConnection) {
  start();
  Wire wire(port(), TlsTerms{.version = TLS1_2_VERSION});
  ASSERT_EQ(SSL_renegotiate(wire.tls()), 1);
  EXPECT_THROW(
      {
        while (!wire.shake_hands()) (void)wire.read_any();
        wire.send(make_request("GET", "/version"));
        (void)wire.read();
      },
      Trouble);
  EXPECT_EQ(get("/health").status, 200);
}

TEST_P(Tls, TellsPlainHttpWhatItIs) {
  start();
  for (const std::string request :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE / HTTP/1.0\r\n\r\n", "P"}) {
    Wire wire = Wire::plain(port());
    wire.send(request);
    const Response told = wire.read();
    EXPECT_EQ(told.status, 400);
    EXPECT_EQ(told.header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_NE(told.body.find("https://"), std::string::npos);
    EXPECT_TRUE(wire.closed());
  }
  EXPECT_NE(run("-i http://localhost:" + std::to_string(port()) + "/").find("400 Bad Request"),
            std::string::npos);
}

TEST_P(Tls, EndsHandshakesThatAreNone) {
  start({"--head-within=1s"});
  const User alice = login("alice");
  Wire held = alice.hold();
  const std::vector<std::string> garbage = {
      std::string(5000, '\0'),
      std::string(100'000, '\xFF'),
      "\x16\x03\x01\xFF\xFF" + std::string(70'000, 'x'),                // a record that is too long
      std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10),      // a hello of one byte
      std::string("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10", 11),  // SSL 2
      std::string("\x17\x03\x03\x00\x05hello", 10),                     // data before a handshake
      std::string("\x15\x03\x01\x00\x02\x02\x28", 7),                   // an alert
      std::string("\x16\x03\x01\x00\x00\x16\x03\x01\x00\x00\x16\x03\x01\x00\x00", 15)};
  for (const std::string& bytes : garbage) {
    Wire wire = Wire::plain(port());
    (void)wire.try_send(bytes);
    EXPECT_LE(wire.read_to_end().size(), 7u);  // an alert, or nothing
  }
  alice.say("and now?");
  EXPECT_EQ(texts(held.read().json()["events"]), std::vector<std::string>{"and now?"});
}

TEST_P(Tls, CutsHandshakesThatTakeTooLong) {
  start({"--head-within=300ms"});
  Wire silent = Wire::plain(port());
  Wire slow = Wire::plain(port());
  slow.send("\x16\x03");
  EXPECT_TRUE(silent.closed());
  EXPECT_TRUE(slow.closed());
  // With the handshake done, there is that time again for a head.
  Wire idle(port());
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(idle.was_told_goodbye());
}

TEST_P(Tls, CutsWhoGoesOnInPlainText) {
  start();
  const User alice = login("alice");
  Wire wire(port());
  wire.send(make_request("GET", "/health"));
  EXPECT_EQ(wire.read().status, 200);
  // As by somebody on the way: bytes that are no record of this connection's.
  ASSERT_EQ(::write(SSL_get_fd(wire.tls()), "GET / HTTP/1.1\r\n\r\n", 18), 18);
  EXPECT_TRUE(wire.closed());
  EXPECT_EQ(get("/health").status, 200);
}

TEST_P(Tls, TurnsOneConnectionTooManyAwayWithAnAlert) {
  start({"--max-connections=1"});
  Wire first(port());
  try {
    Wire second(port());
    ADD_FAILURE() << "let in";
  } catch (const Trouble& trouble) {
    EXPECT_STREQ(trouble.what(), "no handshake: tlsv1 alert internal error");
  }
  first.send(make_request("GET", "/metrics"));
  EXPECT_NE(first.read().body.find("encke_errors_total{code=\"too_many_connections\"} 1\n"),
            std::string::npos);
}

TEST_P(Tls, LetsGoOfHandshakesWhenItDrains) {
  start({"--head-within=1h", "--drain-within=1h"});
  Wire halfway = Wire::plain(port());
  halfway.send("\x16\x03");
  Wire idle(port());
  stop();
  EXPECT_TRUE(halfway.closed());
  EXPECT_TRUE(idle.closed());
}

}  // namespace
}  // namespace encke
