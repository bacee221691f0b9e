// What an idle connection costs is OpenSSL's, and kept small: no buffers but while a record is
// partly here or partly gone, no cache of sessions (who comes back brings a ticket), and no file of
// its own for each direction.
#include "net/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace encke {

// The socket as OpenSSL sees it. OpenSSL's own would raise SIGPIPE in a program that embeds us, and
// could not tell a plain request, or an emptied socket.
struct SocketBio {
  static const BIO_METHOD* method() {
    static const BIO_METHOD* const kMethod = [] {
      BIO_METHOD* const made =
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "encke socket");
      BIO_meth_set_read(made, read);
      BIO_meth_set_write(made, write);
      BIO_meth_set_ctrl(made, control);
      return made;
    }();
    return kMethod;
  }

 private:
  static TlsSession& session_of(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* data, int size) {
    TlsSession& session = session_of(bio);
    BIO_clear_retry_flags(bio);
    ssize_t got = 0;
    do {
      got = recv(session.socket_, data, static_cast<std::size_t>(size), MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    session.short_read_ = got < size;
    if (got < 0) {
      session.error_ = errno;
      if (errno == EAGAIN) BIO_set_retry_read(bio);
      return -1;
    }
    session.ended_ = got == 0;
    if (got > 0 && !std::exchange(session.begun_, true) && data[0] >= 'A' && data[0] <= 'Z') {
      // A method. No record begins like that, and an alert would be in the way of our answer.
      session.plain_ = true;
      return -1;
    }
    return static_cast<int>(got);
  }

  static int write(BIO* bio, const char* data, int size) {
    TlsSession& session = session_of(bio);
    BIO_clear_retry_flags(bio);
    if (session.plain_) return -1;
    ssize_t sent = 0;
    do {
      sent = ::send(session.socket_, data, static_cast<std::size_t>(size),
                    MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
      session.error_ = errno;
      if (errno == EAGAIN) BIO_set_retry_write(bio);
    }
    return static_cast<int>(sent);
  }

  static long control(BIO* bio, int what, long, void*) {
    if (what == BIO_CTRL_EOF) return session_of(bio).ended_ ? 1 : 0;
    return what == BIO_CTRL_FLUSH ? 1 : 0;
  }
};

TlsSession::TlsSession(SSL_CTX* context, int socket) : ssl_(SSL_new(context)), socket_(socket) {
  BIO* const bio = ssl_ == nullptr ? nullptr : BIO_new(SocketBio::method());
  if (bio == nullptr) {
    broken_ = true;
    return;
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

TlsSession::Handshake TlsSession::handshake() {
  if (broken_) return Handshake::kFailed;
  ERR_clear_error();
  error_ = 0;
  const int result = SSL_do_handshake(ssl_);
  if (result > 0) return Handshake::kDone;
  if (outcome_of(result) < 0 && errno == EAGAIN) return Handshake::kWaits;
  broken_ = true;
  return plain_ ? Handshake::kPlainHttp : Handshake::kFailed;
}

ssize_t TlsSession::receive(char* data, std::size_t size) {
  if (broken_) {
    errno = EPROTO;
    return -1;
  }
  ERR_clear_error();
  error_ = 0;
  std::size_t got = 0;
  const int result = SSL_read_ex(ssl_, data, size, &got);
  return result > 0 ? static_cast<ssize_t>(got) : outcome_of(result);
}

ssize_t TlsSession::send(std::string_view bytes) {
  if (bytes.empty()) return 0;
  if (broken_) {
    errno = EPROTO;
    return -1;
  }
  ERR_clear_error();
  error_ = 0;
  std::size_t sent = 0;
  const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent);
  unsent_ = result <= 0;
  if (result > 0) return static_cast<ssize_t>(sent);
  if (outcome_of(result) < 0) return -1;
  // Who has said that it sends no more, and then went: OpenSSL tells of the former.
  broken_ = true;
  errno = error_ != 0 ? error_ : EPIPE;
  return -1;
}

bool TlsSession::drained() const { return short_read_ && SSL_has_pending(ssl_) == 0; }

void TlsSession::say_goodbye() {
  if (broken_ || unsent_ || SSL_is_init_finished(ssl_) == 0) return;
  ERR_clear_error();
  (void)SSL_shutdown(ssl_);
  ERR_clear_error();
  broken_ = true;
}

// What recv() or send() would have said.
ssize_t TlsSession::outcome_of(int result) {
  const int why = SSL_get_error(ssl_, result);
  ERR_clear_error();
  switch (why) {
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      waits_for_ = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
      errno = EAGAIN;
      return -1;
    default:
      broken_ = true;
      errno = error_ != 0 && error_ != EAGAIN ? error_ : EPROTO;
      return -1;
  }
}

namespace {

// Forward secrecy, and what authenticates as it encrypts before the rest: that is there for
// browsers of 2013 and 2014, which speak TLS 1.2 and nothing better. TLS 1.3 has a list of its own.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES";
// Whatever this build of OpenSSL still has, the better first, but nothing without a certificate.
constexpr const char* kLegacyCiphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:DHE+AES:ALL:!aNULL:!eNULL:@SECLEVEL=0";

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

// Why not, if nobody can read that.
std::optional<std::string> check_readable(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return std::strerror(errno);
  const bool readable = std::fgetc(file) != EOF;
  const int error = errno;
  const bool empty = std::feof(file) != 0;
  (void)std::fclose(file);
  if (readable) return std::nullopt;
  return empty ? "it is empty" : std::strerror(error);
}

std::string last_reason() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "no reason given";
}

// The first protocol of ours that the client offers too (RFC 7301, section 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1\x08http/1.0";
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, chosen_size, kOurs, sizeof kOurs - 1, offered, size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_terms(SSL_CTX* context, bool legacy) {
  SSL_CTX_set_min_proto_version(context, legacy ? TLS1_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, legacy ? kLegacyCiphers : kCiphers);
  if (legacy) {
    SSL_CTX_set_security_level(context, 0);  // their handshakes are signed with SHA-1
    SSL_CTX_set_dh_auto(context, 1);
  }
  // Who just goes has ended its side like who says so: HTTP tells what is whole.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);  // a request is one recv(), and not two for each record
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

tl::expected<Context, std::string> make_context(const TlsOptions& options) {
  const auto wrong = [](const char* option, const std::string& file, const std::string& why) {
    return tl::unexpected(std::string(option) + ": " + file + ": " + why);
  };
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()));
  if (!context) return tl::unexpected("no TLS: " + last_reason());
  set_terms(context.get(), options.legacy);
  if (auto why = check_readable(options.certificate)) {
    return wrong("tls-cert", options.certificate, *why);
  }
  if (auto why = check_readable(options.key)) return wrong("tls-key", options.key, *why);
  if (SSL_CTX_use_certificate_chain_file(context.get(), options.certificate.c_str()) != 1) {
    return wrong("tls-cert", options.certificate,
                 "not a certificate, or chain of them, in PEM (" + last_reason() + ")");
  }
  // Nobody is there to type a passphrase.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return -1; });
  if (SSL_CTX_use_PrivateKey_file(context.get(), options.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const unsigned long error = ERR_peek_last_error();
    const bool other =
        ERR_GET_LIB(error) == ERR_LIB_X509 && ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH;
    const std::string reason = last_reason();
    return wrong("tls-key", options.key,
                 other ? "not the key of " + options.certificate
                       : "not a key in PEM without a passphrase (" + reason + ")");
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    ERR_clear_error();
    return wrong("tls-key", options.key, "not the key of " + options.certificate);
  }
  return context;
}

}  // namespace

tl::expected<std::unique_ptr<Tls>, std::string> Tls::load(const TlsOptions& options) {
  if (options.certificate.empty()) return nullptr;
  std::unique_ptr<Tls> tls(new Tls(options));
  if (auto error = tls->reload()) return tl::unexpected(std::move(*error));
  return tls;
}

Tls::~Tls() { SSL_CTX_free(context_); }

std::optional<std::string> Tls::reload() {
  auto fresh = make_context(options_);
  if (!fresh) return std::move(fresh.error());
  SSL_CTX* old = fresh->release();
  {
    MutexLock lock(mutex_);
    std::swap(context_, old);
  }
  SSL_CTX_free(old);  // what is open holds on to it
  return std::nullopt;
}

std::unique_ptr<TlsSession> Tls::accept(int socket) {
  SSL_CTX* context = nullptr;
  {
    MutexLock lock(mutex_);
    context = context_;
    SSL_CTX_up_ref(context);
  }
  auto session = std::make_unique<TlsSession>(context, socket);
  SSL_CTX_free(context);
  return session;
}

}  // namespace encke
