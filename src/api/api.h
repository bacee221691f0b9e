// api.h: the native protocol (docs/protocol.md): from a request to one call on the hub, or to one
// row of the error table.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "api/body.h"
#include "api/error_table.h"
#include "api/origins.h"
#include "api/params.h"
#include "api/plain_page.h"
#include "api/static_files.h"
#include "core/hub.h"
#include "images/image_store.h"
#include "net/counters.h"
#include "net/request.h"

namespace encke {

struct ApiOptions {
  std::vector<std::string> origins;
  std::chrono::milliseconds default_wait = std::chrono::seconds(25);
  std::size_t max_answer = 256 * 1024;  // bytes of events in one answer of /history, about
  std::chrono::milliseconds max_wait = std::chrono::seconds(110);  // 0: as long as is asked for
  // A stream of /stream ends itself after either, because what reads it keeps all of it.
  std::size_t stream_bytes = 1024 * 1024;
  std::chrono::milliseconds stream_time = std::chrono::minutes(5);
};

/// What net asks. Handlers are grouped by file: handle_session.cc (login, logout), handle_say.cc,
/// handle_listen.cc, handle_look.cc, handle_images.cc, handle_operate.cc. Used from any thread.
class Api final : public Service {
 public:
  Api(const ApiOptions& options, Hub& hub, ImageStore& images, const StaticFiles& files,
      RandomSource& random);

  tl::expected<std::size_t, Error> max_body(const RequestHead& head) const override;
  bool is_direct(const RequestHead& head) const override;
  std::vector<std::string> post_paths() const override;
  Outcome handle(const Request& request) override;
  Reply refuse(const Error& error, const RequestHead* head) const override;
  void closed(const SessionPtr& session) override { hub_.finish(session); }

  /// From now on, 503 for all but /health.
  void begin_drain() { draining_.store(true); }
  /// Where /metrics gets net's counts from.
  void set_net_counters(std::function<void(NetCounters&)> add) {
    add_net_counters_ = std::move(add);
  }

 private:
  /// How the client wants to be answered, errors included.
  struct Wanted {
    const Framing* framing = &kJsonFraming;
    FramingOptions options = {};
  };
  /// One request, on its way to an answer.
  struct Call {
    const Request& request;
    Params query = {};
    Body body = {};  // of a POST
    Wanted wanted = {};
    const std::string& field(std::string_view name) const;  // of the body, or else of the query
    bool wants_text() const { return wanted.framing == &kTextFraming; }
  };
  using Handler = Outcome (Api::*)(Call&);
  struct Route {
    std::string_view method;
    std::string_view path;  // ends in `/`: all below it
    Handler handler;
    std::size_t max_body;  // 0: none at all
    bool direct;
  };
  static constexpr std::string_view kImagePath = "/images/";
  static constexpr std::size_t kSmallBody = 16 * 1024;
  static constexpr std::size_t kSendBody = 1;  // stands for max_send_body()
  static const std::array<Route, 25> kRoutes;

  const Route* find_route(const RequestHead& head) const;
  tl::expected<const Route*, Error> require_route(const RequestHead& head) const;
  std::size_t max_send_body() const;
  Outcome dispatch(Call& call);
  tl::expected<void, Error> read_call(Call& call) const;
  /// The framing that the head asks for; kJsonFraming stays where there is no such.
  static tl::expected<void, Error> read_wanted(const RequestHead& head, const Params& query,
                                               Wanted& wanted);
  static tl::expected<void, Error> take_callback(const std::string& name, const Framing& framing,
                                                 Wanted& wanted);

  // identity.cc
  tl::expected<SessionPtr, Error> identify(const Call& call, bool write);

  Outcome login(Call& call);
  Outcome session(Call& call);
  Outcome logout(Call& call);
  Outcome send(Call& call);
  Outcome join(Call& call);
  Outcome leave(Call& call);
  Outcome poll(Call& call);
  Outcome longpoll(Call& call);
  Outcome events(Call& call);
  Outcome stream(Call& call);
  Outcome users(Call& call);
  Outcome rooms(Call& call);
  Outcome history(Call& call);
  Outcome image(Call& call);
  Outcome health(Call& call);
  Outcome ready(Call& call);
  Outcome metrics(Call& call);
  Outcome version(Call& call);
  Outcome page(Call& call);
  Outcome plain(Call& call);
  Outcome plain_log_in(Call& call);
  Outcome plain_send(Call& call);
  Outcome plain_log_out(Call& call);
  Outcome plain_stream(Call& call);

  tl::expected<Hold, Error> make_hold(Call& call);
  tl::expected<Hold, Error> make_stream(Call& call, StreamTerms terms);
  std::string session_json(const Session& session, std::string_view event, Position cursor) const;
  tl::expected<std::optional<ImageRef>, Error> take_image(const Body& body);
  Outcome room_reply(const Call& call, const RoomInfo& info);

  /// Says it, and replies what `answer` makes of how that went, which may be later and elsewhere.
  using Committed = tl::expected<EventPtr, Error>;
  using Answer = std::function<Reply(const Committed&)>;
  Outcome say(const SessionPtr& session, Say say, Answer answer);

  // handle_plain.cc
  std::vector<EventPtr> plain_said(const Session& session, const std::string& with) const;
  Reply plain_chat(const Session& session, PlainChat chat, const PlainWords& words,
                   int status) const;
  Reply plain_login(const Call& call, const std::string& notice, int status) const;
  static const PlainWords& plain_words_for(const Call& call);
  static Reply redirect(const RequestHead& head, const std::string& path);
  std::string fresh_name() const;

  /// Of pages that show what people wrote.
  static constexpr const char* kPagePolicy =
      "default-src 'self'; frame-ancestors 'self'; base-uri 'none'";
  static Reply html_reply(int status, std::string body);

  /// The cookie of a session, unless another site's page logs in here: what its reader says next
  /// would be said as whom that page wants.
  void give_cookie(const RequestHead& head, const Session& session, Reply& reply) const;
  static constexpr const char* kNoCookie = "encke=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0";

  /// An answer of JSON, or of whatever that is wrapped in, with the headers that go with this call.
  Reply json_reply(const Call& call, std::string body) const;
  static void wrap(std::string json, const Wanted& wanted, Reply& reply);
  Headers common_headers(const RequestHead& head, const Wanted& wanted) const;
  Reply error_reply(const Error& error, Headers headers, const Wanted& wanted) const;
  Outcome fail(const Call& call, const Error& error) const;

  const ApiOptions options_;
  Hub& hub_;
  ImageStore& images_;
  const StaticFiles& files_;
  RandomSource& random_;
  const Origins origins_;
  std::atomic<bool> draining_{false};
  std::function<void(NetCounters&)> add_net_counters_;
};

}  // namespace encke
