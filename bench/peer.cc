#include "peer.h"

#include <fmt/format.h>

namespace bench {
namespace {

constexpr std::string_view kUserAgent = "Mozilla/5.0 (X11; Linux x86_64)";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kText = "text/plain";

/// What stands between `before` and the next quote.
std::string between_quotes(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return {};
  const std::size_t start = at + before.size();
  return std::string(text.substr(start, text.find('"', start) - start));
}

/// The floor: no setup, no cursor. Also the base of the peers that stream without a cursor.
class FloorPeer : public Peer {
 public:
  FloorPeer(std::string host, bool streams) : Peer(std::move(host)), streams_(streams) {}
  std::string listen_request(const Session&) const override {
    return listen(streams_ ? "/events" : "/longpoll");
  }
  bool streams() const override { return streams_; }

 protected:
  std::string listen(std::string_view target, std::string_view extra = {}) const {
    return get(target, extra, streams_ ? "text/event-stream" : "*/*");
  }

 private:
  const bool streams_;
};

/// nchan: the pair of Last-Modified and Etag is its cursor.
class NchanPeer : public FloorPeer {
 public:
  using FloorPeer::FloorPeer;

  std::string listen_request(const Session& session) const override {
    return streams() ? listen("/events") : listen("/longpoll", session.cursor);
  }

  void on_answer(Session& session, const HttpAnswer& answer) const override {
    if (session.publisher) return;
    session.cursor = fmt::format("If-Modified-Since: {}\r\nIf-None-Match: {}\r\n",
                                 answer.header("Last-Modified"), answer.header("Etag"));
  }
};

/// Encke: log in, then read on from the cursor that the login gave.
class EnckePeer : public FloorPeer {
 public:
  using FloorPeer::FloorPeer;

  std::string setup_request(const Session& session) const override {
    if (session.step > 0) return {};
    return post("/login", kForm,
                fmt::format("nickname={}{:05}", session.publisher ? 'p' : 'u', session.number));
  }

  std::string listen_request(const Session& session) const override {
    const auto target =
        fmt::format("/{}?since={}", streams() ? "events" : "longpoll", session.cursor);
    return listen(streams() ? target : target + "&wait=100", authorization(session));
  }

  std::string send_request(const Session& session, std::string_view text) const override {
    return post("/send", kText, text, authorization(session));
  }

  void on_answer(Session& session, const HttpAnswer& answer) const override {
    if (session.step++ == 0) {
      session.token = between_quotes(answer.body(), R"("token":")");
      session.cursor = between_quotes(answer.body(), R"("cursor":")");
    } else if (!session.publisher) {
      session.cursor = between_quotes(answer.body(), R"("next":")");
    }
  }

 private:
  static std::string authorization(const Session& session) {
    return fmt::format("Authorization: Bearer {}\r\n", session.token);
  }
};

/// socket.io: open an Engine.IO session, connect to the namespace, fetch the confirmation, then
/// poll.
class SocketioPeer : public Peer {
 public:
  using Peer::Peer;

  std::string setup_request(const Session& session) const override {
    if (session.publisher) return {};
    switch (session.step) {
      case 0:
        return get("/socket.io/?EIO=4&transport=polling");
      case 1:
        return post(target(session), kText, "40");
      case 2:
        return get(target(session));
      default:
        return session.step == kPinged ? post(target(session), kText, "3") : std::string();
    }
  }

  std::string listen_request(const Session& session) const override { return get(target(session)); }

  void on_answer(Session& session, const HttpAnswer& answer) const override {
    if (session.publisher) return;
    if (session.step == 0) session.token = between_quotes(answer.body(), R"("sid":")");
    session.step = session.step < kConnected ? session.step + 1
                   : answer.body() == "2"    ? kPinged
                                             : kConnected;
  }

 private:
  static constexpr int kConnected = 3;
  static constexpr int kPinged = 4;

  static std::string target(const Session& session) {
    return fmt::format("/socket.io/?EIO=4&transport=polling&sid={}", session.token);
  }
};

}  // namespace

std::string Peer::send_request(const Session&, std::string_view text) const {
  return post("/send", kText, text);
}

std::string Peer::get(std::string_view target, std::string_view extra,
                      std::string_view accept) const {
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nAccept: {}\r\n{}\r\n",
                     target, host_, kUserAgent, accept, extra);
}

std::string Peer::post(std::string_view target, std::string_view type, std::string_view body,
                       std::string_view extra) const {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nAccept: "
      "*/*\r\n"
      "Content-Type: {}\r\nContent-Length: {}\r\n{}\r\n{}",
      target, host_, kUserAgent, type, body.size(), extra, body);
}

std::unique_ptr<Peer> make_peer(std::string_view protocol, std::string host) {
  const bool streams = protocol.ends_with("-sse");
  if (!streams && !protocol.ends_with("-longpoll") && protocol != "socketio-polling")
    return nullptr;
  if (protocol.starts_with("floor-")) return std::make_unique<FloorPeer>(std::move(host), streams);
  if (protocol.starts_with("nchan-")) return std::make_unique<NchanPeer>(std::move(host), streams);
  if (protocol.starts_with("encke-")) return std::make_unique<EnckePeer>(std::move(host), streams);
  if (protocol == "socketio-polling") return std::make_unique<SocketioPeer>(std::move(host));
  return nullptr;
}

}  // namespace bench
