// http.h: a small HTTP server of your own, on the sockets that the chat stands on.
//
//   encke::HttpServer server(options);
//   server.get("/now", [](const encke::HttpRequest&, encke::HttpAnswer answer) {
//     answer.send(R"({"flag":true})");
//   });
//   if (auto error = server.start()) return fail(*error);
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "encke/options.h"

namespace encke {

/// A request that was let in: whole, and within the bounds of Options.
struct HttpRequest {
  std::string method;  ///< GET or POST; HEAD is asked as GET
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;    ///< decoded, as it was sent
  std::vector<std::pair<std::string, std::string>> headers;  ///< names as they were sent
  std::string body;                                          ///< of a POST

  /// The first of that name in the query; empty if there is none.
  std::string parameter(std::string_view name) const;
  /// The first of that name, in any case; empty if there is none.
  std::string header(std::string_view name) const;
};

/// The answer to one request: now or later, from any thread, whole or as a stream. Copies are the
/// same answer, and may outlive the server. One that nobody keeps any more without having sent
/// anything is a 500. Whether who waits for it is still there shows only in a stream's write().
///
/// With `hold = "park"` an answer that is kept costs its memory and no thread. With
/// `hold = "thread"` the connection's own thread waits for it, unless it is still in the handler.
class HttpAnswer {
 public:
  /// The whole answer, once; what comes after the first, or after open(), is not heard. It has no
  /// headers but the type, the length and those that keep caches and sniffers off.
  void send(std::string body, std::string_view content_type = "application/json", int status = 200);

  /// Begins a stream (RFC 9112, section 7.1: chunks; to HTTP/1.0, up to the connection's end).
  /// Only before the handler returns: later, it does nothing. Nothing is sent but what write() is
  /// given: what beats in silence, the program sends.
  void open(std::string_view content_type);
  /// Sends a part of it: at once, or as soon as the other end takes it. A part is sent whole or not
  /// at all: who is 1,000 of them behind, whatever their size, or 10 s, misses the oldest. False:
  /// nobody reads any more, or there is no stream.
  bool write(std::string_view part);
  /// The stream's end.
  void end();

  class State;
  explicit HttpAnswer(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<State> state_;
};

/// Serves what it was given before start(): handlers for exact paths, and the files of
/// `options.public_dir`. Of Options it uses those of "Where", "TLS", "Holding" (hold, loops,
/// threads) and "The door" in options.def, and max_text. With `hold = "thread"`, as many
/// connections as `threads` are served at a time, and one more is told 503.
///
/// One thread calls get(), post() and start(), in that order, and stop(), but not from a handler.
class HttpServer {
 public:
  /// Runs on the server's threads, several at a time. With `hold = "park"` these are its loops, and
  /// a handler must not block; with `hold = "thread"` each connection has its own. Must not throw.
  using Handler = std::function<void(const HttpRequest&, HttpAnswer)>;

  explicit HttpServer(Options options = {});
  ~HttpServer();  ///< stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void get(std::string path, Handler handler);
  /// A body of at most `options.max_text` bytes: a form or JSON, which the handler takes apart. A
  /// post from another site's page (its Origin is neither this host nor of `options.origin`) is
  /// refused: 403 foreign_origin.
  void post(std::string path, Handler handler);

  /// Binds and serves, on threads of its own, once. Why not, if it cannot.
  [[nodiscard]] std::optional<std::string> start();
  /// The port that it listens on, once start() has returned: useful with `options.port = 0`.
  int port() const;

  /// Reads the files of `options.tls_cert` and `options.tls_key` anew, as Server::reload() does.
  /// After start().
  std::optional<std::string> reload();
  /// Takes no new work, ends streams, and returns when everybody is gone, or after
  /// `options.drain_within`.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace encke
