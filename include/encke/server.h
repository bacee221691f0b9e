// server.h: a chat server inside of your own program.
//
//   encke::Options options;
//   options.port = 8080;
//   encke::Server server(options);
//   if (auto error = server.start()) return fail(*error);
//   server.say("robot", "lobby", "I am here");
//   ...
//   server.stop();
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "encke/log.h"
#include "encke/options.h"

namespace encke {

/// Something said, as it was committed.
struct Said {
  std::string id;    ///< position: `<epoch>-<offset>`
  std::string room;  ///< empty for a private message
  std::string from;
  std::string to;  ///< of a private message
  std::string text;
  std::string image_url;              ///< path on this server, or empty
  std::chrono::milliseconds time{0};  ///< since 1970, UTC
};

/// The whole server: HTTP, chat, log in memory. Serves the native protocol (docs/protocol.md).
/// Every method may be called from any thread, but start() and stop() by one.
class Server {
 public:
  explicit Server(Options options = {});
  ~Server();  ///< stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and serves, on threads of its own, once. Why not, if it cannot.
  [[nodiscard]] std::optional<std::string> start();

  /// Takes over a TCP socket that listens already, as systemd hands over, instead of making one by
  /// `options.host` and `options.port`. Before start().
  void listen_on(int listener);

  /// The port that it listens on: useful with `options.port = 0`.
  int port() const;

  /// Reads the files of `options.tls_cert` and `options.tls_key` anew, for connections from now on;
  /// those that are open stay as they are. Why not, if they are not in order: then nothing has
  /// changed. After start().
  std::optional<std::string> reload();

  /// Takes no new work, tells everybody bye, and returns when they are gone, or after
  /// `options.drain_within`.
  void stop();

  /// Says `text` in `room` as `nickname`, which is logged in, and joins the room, if need be; the
  /// program keeps it for as long as the server runs. Why not, if it cannot be said. `nickname`
  /// must not be anybody else's.
  std::optional<std::string> say(std::string_view nickname, std::string_view room,
                                 std::string_view text);

  /// Hands what there is to tell to `handler`, from `options.log_level` on. Without it nobody is
  /// told. Before start().
  void on_log(LogHandler handler);

  /// Calls `listener` for all that is said from now on, in order, on the server's own threads; it
  /// must not block, nor throw. Before start().
  void on_said(std::function<void(const Said&)> listener);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace encke
