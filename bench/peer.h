// peer.h: how each measured server is spoken to. A new one is one class in peer.cc and one line in
// make_peer().
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http_answer.h"

namespace bench {

/// Where one client stands with the server.
struct Session {
  int number = 0;
  bool publisher = false;  // sends messages; does not listen
  int step = 0;            // how much of the setup is done
  std::string token;       // who it is
  std::string cursor;      // what it has read up to
};

/// One protocol, without state of its own: that is in the Session.
class Peer {
 public:
  explicit Peer(std::string host) : host_(std::move(host)) {}
  virtual ~Peer() = default;

  /// What is still to be asked before listening or sending can begin; empty when nothing is.
  virtual std::string setup_request(const Session&) const { return {}; }

  /// The request that the server holds, or answers with a stream.
  virtual std::string listen_request(const Session&) const = 0;

  virtual std::string send_request(const Session&, std::string_view text) const;

  /// Learns from an answer to one of the above.
  virtual void on_answer(Session&, const HttpAnswer&) const {}

  /// True if listen_request() is answered with a stream that never ends.
  virtual bool streams() const { return false; }

 protected:
  /// The headers that every request to every peer carries, `extra` ("Name: value\r\n", …), and the
  /// body.
  std::string get(std::string_view target, std::string_view extra = {},
                  std::string_view accept = "*/*") const;
  std::string post(std::string_view target, std::string_view type, std::string_view body,
                   std::string_view extra = {}) const;

 private:
  std::string host_;
};

/// For "floor-longpoll", "floor-sse", "nchan-longpoll", "nchan-sse", "socketio-polling",
/// "encke-longpoll" or "encke-sse"; null for any other name.
std::unique_ptr<Peer> make_peer(std::string_view protocol, std::string host);

}  // namespace bench
