// wire.h: one TCP connection to the server, with TLS on it or without, and the little of HTTP that
// a test needs to see: exactly what it sends, and exactly what comes back.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "integration/support/program.h"

struct ssl_session_st;  // OpenSSL's SSL_SESSION

namespace encke {

using Json = nlohmann::json;
using Fields = std::vector<std::pair<std::string, std::string>>;

struct Response {
  int status = 0;
  std::string version;  // HTTP/1.1
  Fields headers;
  std::string body;

  /// The first of that name, in any case; empty if there is none.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const;
  Json json() const;
  /// The stable code of the error; empty if it is none.
  std::string error() const;
};

/// One block of Server-Sent Events, up to its empty line.
struct SseBlock {
  std::string id;
  std::string event;
  std::string data;
  std::string retry;
  bool comment = false;
  Json json() const { return Json::parse(data); }
};

/// How a client speaks TLS. It takes whatever certificate it is shown.
struct TlsTerms {
  int version = 0;                  ///< TLS1_2_VERSION and such, and no other; 0: any
  bool shy = false;                 ///< the handshake is left to shake_hands()
  ssl_session_st* known = nullptr;  ///< from session(), to be resumed
};

/// Every read and write has a generous deadline, after which it throws Trouble: a test that would
/// hang fails. Not for use by several threads at a time.
class Wire {
 public:
  /// `receive_buffer`: bytes that the kernel may hold for us; for a reader that is slow on purpose.
  /// `from`: the last part of the address that we have, of all those in 127.0.0.0/8.
  /// Speaks TLS if the tests do: see speak_tls().
  explicit Wire(int port, int receive_buffer = 0, unsigned from = 1);
  /// Speaks TLS. Throws Trouble if the handshake fails.
  Wire(int port, const TlsTerms& terms, int receive_buffer = 0);
  /// Speaks none, whatever the tests do.
  static Wire plain(int port);
  /// Of a reader that is slow on purpose: neither kernel keeps much more than 64 KiB for it, where
  /// the buffer of the other end would else hold megabytes of what goes to this machine itself.
  static Wire narrow(int port);
  Wire(Wire&& other) noexcept;
  Wire& operator=(Wire&& other) noexcept;
  ~Wire();

  void send(std::string_view bytes);
  /// As much as the other end takes; false if it hung up in the middle.
  bool try_send(std::string_view bytes);
  /// No more is sent; reading goes on.
  void finish_sending();
  /// TLS: says that no more is sent (close_notify), and does not close the socket.
  void say_goodbye();
  /// TLS: each in a record of its own, and all of them in one piece.
  void send_as_records(const std::vector<std::string>& records);
  /// TLS: goes on with the handshake as far as it gets. True once it is done.
  bool shake_hands();
  /// TLS: what that is on this connection, to ask OpenSSL for more.
  SSL* tls() const { return tls_.get(); }
  /// TLS: the other end has said goodbye, rather than just gone.
  bool was_told_goodbye() const;
  /// TLS: who the other end says it is.
  std::string peer_name() const;
  /// Gone, without a goodbye: the other end's next write is answered with a reset.
  void cut();

  /// A whole response, to a request of this method.
  Response read(std::string_view method = "GET");
  /// Its head, whatever follows.
  Response read_head();
  /// The next part of a stream whose head has been read; empty at its end.
  std::string read_part();
  /// The next block of a stream of Server-Sent Events; nothing at its end.
  std::optional<SseBlock> next_block();
  /// The next that is an event, whatever comments and the like come before.
  std::optional<SseBlock> next_event();
  /// Whatever has come, as soon as anything has; at most so many bytes. Empty at the end.
  std::string read_any(std::size_t most = static_cast<std::size_t>(-1));
  /// Everything until the other end closes, or resets, the connection.
  std::string read_to_end();
  /// That, and whether nothing more came.
  bool closed() { return read_to_end().empty(); }

 private:
  struct FreeTls {
    void operator()(SSL* tls) const;
  };
  Wire() = default;
  void connect_to(int port, int receive_buffer, unsigned from = 1, int segment = 0);
  void start_tls(const TlsTerms& terms);
  bool try_send_bytes(std::string_view bytes);
  bool try_send_tls(std::string_view bytes);
  bool fill();
  std::string take(std::size_t size);
  std::string take_line();

  int fd_ = -1;
  std::unique_ptr<SSL, FreeTls> tls_;
  std::string in_;      // what has arrived and was not taken
  std::string events_;  // what was read of a stream of events
  bool chunked_ = false;
  bool stream_over_ = false;
};

/// Whether programs are started with TLS, and wires speak it, where a test says nothing about that.
/// Begins as the environment has it: with ENCKE_TLS set, all that is tested without TLS is tested
/// with it.
bool speaks_tls();
void speak_tls(bool whether);
/// As it began.
void speak_as_asked();

/// A whole request, with a Content-Length where there is a body.
std::string make_request(std::string_view method, std::string_view target,
                         const Fields& headers = {}, std::string_view body = {});

/// A request on a connection of its own.
Response fetch(int port, std::string_view method, std::string_view target,
               const Fields& headers = {}, std::string_view body = {});

}  // namespace encke
