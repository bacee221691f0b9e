// tls.h: TLS on a connection's socket, for both ways to hold; the one file that knows OpenSSL.
#pragma once

#include <openssl/types.h>
#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "core/mutex.h"
#include "net/net_options.h"

namespace encke {

/// One connection's TLS, the server's end. Never waits, and remembers no error for anybody else:
/// OpenSSL's queue of them is empty before and after each call. Used by one thread at a time.
class TlsSession {
 public:
  enum class Handshake { kDone, kWaits, kPlainHttp, kFailed };

  /// `socket` does not block, and stays whoever's it is.
  TlsSession(SSL_CTX* context, int socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Goes on with it. After kPlainHttp nothing was said, after kFailed an alert, perhaps; neither
  /// goes on.
  Handshake handshake();

  /// As recv(): 0 at the other end's end, whether it said so (close_notify) or just went. -1 and
  /// EAGAIN: wait for what waits_for() says.
  ssize_t receive(char* data, std::size_t size);
  /// As send(). After EAGAIN, what is sent next has to begin with the same bytes; they may have
  /// moved.
  ssize_t send(std::string_view bytes);
  /// POLLIN or POLLOUT, after EAGAIN: a read may wait to write, and a write to read.
  short waits_for() const { return waits_for_; }
  /// The last receive() emptied both the socket and what OpenSSL keeps: when more comes, the socket
  /// says so. As long as this is false it may not.
  bool drained() const;

  /// close_notify: no more is sent. Nothing if the socket takes no more, or after an error.
  void say_goodbye();

 private:
  friend struct SocketBio;
  ssize_t outcome_of(int result);

  SSL* ssl_;
  const int socket_;
  int error_ = 0;  // of the socket, by the last call
  short waits_for_ = 0;
  bool begun_ = false;       // a first byte has come
  bool plain_ = false;       // and it is a plain request's
  bool short_read_ = false;  // the socket's last read found less than was asked for
  bool ended_ = false;       // the other end sends no more
  bool broken_ = false;      // OpenSSL does not want to be asked again
  bool unsent_ = false;      // a record is partly gone
};

/// The certificate, its key and the terms, for all of a server's connections. Every method may be
/// called from any thread.
class Tls {
 public:
  /// Null without a certificate in the options. Why not, if its files are not what they should be.
  static tl::expected<std::unique_ptr<Tls>, std::string> load(const TlsOptions& options);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  /// Reads the files anew, for connections from now on: those that are open stay as they are. Why
  /// not, if they are not in order: then nothing has changed.
  std::optional<std::string> reload();

  /// What begins with a handshake on this socket.
  std::unique_ptr<TlsSession> accept(int socket);

 private:
  explicit Tls(TlsOptions options) : options_(std::move(options)) {}

  const TlsOptions options_;
  Mutex mutex_;
  SSL_CTX* context_ GUARDED_BY(mutex_) = nullptr;
};

/// What a TLS client can read when there is no time for a handshake: the record of a fatal
/// internal_error (RFC 8446, section 6).
inline constexpr std::string_view kTlsUnavailable{"\x15\x03\x01\x00\x02\x02\x50", 7};

/// The whole answer to a plain request on a TLS port.
inline constexpr std::string_view kPlainHttpRefusal =
    "HTTP/1.1 400 Bad Request\r\n"
    "Connection: close\r\n"
    "Content-Length: 52\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "\r\n"
    "A plain HTTP request on an HTTPS port: use https://\n";

}  // namespace encke
