#include "net/tls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace encke {
namespace {

// A certificate that signs itself, in a file with its key.
class Pem {
 public:
  Pem() {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* const file = std::fopen(path_.c_str(), "w");
    PEM_write_X509(file, certificate);
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~Pem() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_ = testing::TempDir() + "encke-unit-" + std::to_string(getpid()) + ".pem";
};

// Both ends of a connection.
class TlsSessions : public testing::Test {
 protected:
  TlsSessions() {
    int ends[2] = {-1, -1};
    (void)!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends);
    ours_ = ends[0];
    theirs_ = ends[1];
    session_ = tls_->accept(ours_);
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    client_ = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(client_, theirs_);
    SSL_set_connect_state(client_);
  }
  ~TlsSessions() override {
    session_.reset();
    SSL_free(client_);
    close(ours_);
    hang_up();
  }

  void hang_up() {
    if (theirs_ >= 0) close(std::exchange(theirs_, -1));
  }
  void shake_hands() {
    auto done = TlsSession::Handshake::kWaits;
    for (int i = 0; i < 10 && done != TlsSession::Handshake::kDone; ++i) {
      (void)SSL_do_handshake(client_);
      done = session_->handshake();
    }
    ASSERT_EQ(done, TlsSession::Handshake::kDone);
    char none = 0;
    EXPECT_LT(SSL_read(client_, &none, 1), 0);  // takes the tickets in
    ERR_clear_error();
  }
  void say(std::string_view text) {
    SSL_write(client_, text.data(), static_cast<int>(text.size()));
  }
  std::string hear() {
    std::array<char, 100> buffer;
    const ssize_t got = session_->receive(buffer.data(), buffer.size());
    return got < 0 ? "error" : std::string(buffer.data(), static_cast<std::size_t>(got));
  }

  Pem pem_;
  const std::unique_ptr<Tls> tls_ = std::move(*Tls::load({pem_.path(), pem_.path(), false}));
  std::unique_ptr<TlsSession> session_;
  SSL* client_ = nullptr;
  int ours_ = -1;
  int theirs_ = -1;
};

TEST_F(TlsSessions, AreNotDrainedWhileMoreIsInside) {
  shake_hands();
  for (const char* text : {"one", "two", "three"}) say(text);
  EXPECT_EQ(hear(), "one");
  EXPECT_FALSE(session_->drained());  // and nothing of it is in the socket any more
  pollfd look = {ours_, POLLIN, 0};
  EXPECT_EQ(poll(&look, 1, 0), 0);
  EXPECT_EQ(hear(), "two");
  EXPECT_EQ(hear(), "three");
  EXPECT_TRUE(session_->drained());
}

TEST_F(TlsSessions, AreNotDrainedWithinARecord) {
  shake_hands();
  say(std::string(150, 'x'));
  EXPECT_EQ(hear().size(), 100u);
  EXPECT_FALSE(session_->drained());
  EXPECT_EQ(hear().size(), 50u);
  EXPECT_TRUE(session_->drained());
}

TEST_F(TlsSessions, SayWhatTheyWaitFor) {
  shake_hands();
  EXPECT_EQ(hear(), "error");
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(session_->waits_for(), POLLIN);
  const std::string much(16 * 1024, 'x');
  ssize_t sent = 0;
  while ((sent = session_->send(much)) > 0) {
  }
  EXPECT_EQ(sent, -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(session_->waits_for(), POLLOUT);
}

TEST_F(TlsSessions, TakeTheSameBytesFromElsewhereAfterWaiting) {
  shake_hands();
  const std::string piece(10'000, 'x');
  std::size_t sent = 0;
  for (ssize_t count = 0; (count = session_->send(piece)) > 0;)
    sent += static_cast<std::size_t>(count);
  const std::string moved = piece + "and more";
  std::size_t got = 0;
  std::string last;
  std::string_view rest = moved;
  while (got < sent + moved.size()) {
    std::array<char, 20'000> buffer;
    const int count = SSL_read(client_, buffer.data(), buffer.size());
    if (count > 0) {
      got += static_cast<std::size_t>(count);
      last.assign(buffer.data(), static_cast<std::size_t>(count));
    }
    const ssize_t more = session_->send(rest);
    if (more > 0) rest.remove_prefix(static_cast<std::size_t>(more));
    ASSERT_TRUE(count > 0 || more > 0 || rest.empty());
  }
  EXPECT_EQ(got, sent + moved.size());
  EXPECT_TRUE(last.ends_with("and more"));
}

TEST_F(TlsSessions, EndWhenTheOtherEndSaysGoodbyeAndStillWrite) {
  shake_hands();
  SSL_shutdown(client_);
  EXPECT_EQ(hear(), "");
  EXPECT_EQ(session_->send("still listening?"), 16);
  EXPECT_EQ(hear(), "");
}

TEST_F(TlsSessions, EndWhenTheOtherEndJustGoes) {
  shake_hands();
  hang_up();
  EXPECT_EQ(hear(), "");
}

// And no SIGPIPE, which would end a program that embeds us, and this one.
TEST_F(TlsSessions, CannotWriteToWhoSaidGoodbyeAndWent) {
  shake_hands();
  SSL_shutdown(client_);
  EXPECT_EQ(hear(), "");
  hang_up();
  EXPECT_EQ(session_->send("hello?"), -1);
  EXPECT_EQ(errno, EPIPE);
  EXPECT_EQ(session_->send("hello?"), -1);
  session_->say_goodbye();
}

TEST_F(TlsSessions, MindNobodyElsesErrorsAndLeaveNone) {
  shake_hands();
  ERR_raise(ERR_LIB_USER, 1);
  EXPECT_EQ(hear(), "error");
  EXPECT_EQ(errno, EAGAIN);
  (void)!write(theirs_, "no record of ours", 17);
  EXPECT_EQ(hear(), "error");
  EXPECT_EQ(errno, EPROTO);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(TlsSessions, SayNothingToPlainHttp) {
  (void)!write(theirs_, "GET / HTTP/1.1\r\n", 16);
  EXPECT_EQ(session_->handshake(), TlsSession::Handshake::kPlainHttp);
  char byte = 0;
  EXPECT_EQ(read(theirs_, &byte, 1), -1);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(TlsSessions, OutliveTheCertificateThatTheyBeganWith) {
  shake_hands();
  EXPECT_EQ(tls_->reload(), std::nullopt);
  say("hello");
  EXPECT_EQ(hear(), "hello");
}

}  // namespace
}  // namespace encke
