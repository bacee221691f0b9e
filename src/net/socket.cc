#include "net/socket.h"

#include <sys/socket.h>
#include <unistd.h>

namespace encke {

Socket::~Socket() { ::close(fd_); }

TlsSession::Handshake Socket::handshake() {
  if (!tls_) return TlsSession::Handshake::kDone;
  const auto result = tls_->handshake();
  const bool over =
      result == TlsSession::Handshake::kPlainHttp || result == TlsSession::Handshake::kFailed;
  if (over) tls_.reset();
  return result;
}

ssize_t Socket::receive(char* data, std::size_t size) {
  return tls_ ? tls_->receive(data, size) : recv(fd_, data, size, MSG_DONTWAIT);
}

ssize_t Socket::send(std::string_view bytes) {
  return tls_ ? tls_->send(bytes)
              : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Socket::finish_sending() {
  say_goodbye();
  tls_.reset();
  shutdown(fd_, SHUT_WR);
}

}  // namespace encke
