// socket.h: a connection's socket, with TLS on it or without.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "net/tls.h"

namespace encke {

/// Owns the descriptor, which does not block. receive() and send() are recv() and send(), whatever
/// is on the way: -1 with EAGAIN says to wait for what waits_for() says; after that from send(),
/// what is sent next begins with the same bytes. Used by one thread at a time.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }
  bool secure() const { return tls_ != nullptr; }

  /// From now on, by way of TLS, if that is not null: handshake() comes first.
  void secure_with(Tls* tls) {
    if (tls != nullptr) tls_ = tls->accept(fd_);
  }
  /// Goes on with the handshake, or is done when there is none. After kPlainHttp or kFailed this is
  /// a plain socket again.
  TlsSession::Handshake handshake();

  ssize_t receive(char* data, std::size_t size);
  ssize_t send(std::string_view bytes);
  /// What an EAGAIN of receive() (POLLIN) or send() (POLLOUT) waits for.
  short waits_for(short usually) const { return tls_ ? tls_->waits_for() : usually; }
  /// `got` of `asked` bytes were received: there are no more for now, and the socket will say so
  /// when there are.
  bool drained(std::size_t got, std::size_t asked) const {
    return tls_ ? tls_->drained() : got < asked;
  }

  /// Says that no more is sent. What is received after that is not decrypted any more.
  void finish_sending();
  /// Says that this is the end, if the other end is to be told.
  void say_goodbye() {
    if (tls_) tls_->say_goodbye();
  }

 private:
  const int fd_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace encke
