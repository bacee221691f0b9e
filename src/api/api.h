// api.h: the native protocol (docs/protocol.md): from a request to one call on the hub, or to one
// row of the error table.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "api/audit.h"
#include "api/body.h"
#include "api/error_table.h"
#include "api/jwt.h"
#include "api/limits.h"
#include "api/origins.h"
#include "api/params.h"
#include "api/plain_page.h"
#include "api/proxies.h"
#include "api/request_ids.h"
#include "api/static_files.h"
#include "core/bans.h"
#include "core/grants.h"
#include "core/hub.h"
#include "core/journal.h"
#include "core/secret_guard.h"
#include "core/workers.h"
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
  bool access_log = false;
  bool trust_request_id = false;   // a request's name is its X-Request-Id, if that is sane
  std::string_view hold = "park";  // for /metrics
  SecretTries secret_tries = {};
  std::vector<Network> proxies = {};
  LimitOptions limits = {};
};

/// Who may what, as whoever runs the server says.
struct AccessOptions {
  JwtOptions jwt = {};
  bool jwt_only = false;  ///< nobody logs in without one
  /// Nicknames of operators, and their secrets: without one, such a nickname takes a token.
  std::map<std::string, std::string> operators = {};
  std::vector<std::pair<std::string, RoomRule>> rooms = {};
  std::string audit = {};  ///< a file, or `-`; empty: none
};

/// What net asks. Handlers are grouped by file: handle_session.cc (login, logout), handle_say.cc,
/// handle_listen.cc, handle_look.cc, handle_images.cc, handle_moderate.cc, handle_operate.cc. Used
/// from any thread.
///
/// None of it blocks: a request whose secret has to be hashed is answered once more, as a whole, by
/// one of the workers, who outlive whatever they are given.
class Api final : public Service {
 public:
  Api(const ApiOptions& options, Hub& hub, ImageStore& images, const StaticFiles& files,
      RandomSource& random, const Journal& journal, Workers& workers);

  /// Before it is asked anything. Why it cannot, if so.
  std::optional<std::string> configure(AccessOptions options);
  /// Now and then: what is due in the audit.
  /// What is to be done now and then.
  void tidy();

  tl::expected<std::size_t, Error> max_body(const RequestHead& head) const override;
  bool is_direct(const RequestHead& head) const override;
  std::vector<std::string> post_paths() const override;
  Outcome handle(const Request& request) override;
  Reply refuse(const Error& error, const RequestHead* head, const Address& peer) const override;
  void accept_failed(int error) override;
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
    Address client = {};        // whoever asks, behind whatever proxies
    std::string nickname = {};  // who that is, or says to be, for the audit
    Params query = {};
    Body body = {};  // of a POST
    Wanted wanted = {};
    std::string id = {};  // what the request is called, once it is called anything
    Hub::Hashing hashing = Hub::Hashing::kNever;  // kNow: on a thread of the workers
    LaterPtr elsewhere = {};                      // if set, a worker answers, and nobody else
    /// It was counted, and all but its secret looked at, when it was answered first.
    bool is_again() const { return hashing == Hub::Hashing::kNow; }
    const std::string& field(std::string_view name) const;  // of the body, or else of the query
    bool wants_text() const { return wanted.framing == &kTextFraming; }
  };
  /// Which request something is the answer to, as far as that is known, when it may be gone.
  struct About {
    std::string id = {};
    std::string method = {};
    std::string path = {};
    Address client = {};
    std::string nickname = {};
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
  static const std::array<Route, 33> kRoutes;

  const Route* find_route(const RequestHead& head) const;
  tl::expected<const Route*, Error> require_route(const RequestHead& head) const;
  std::size_t max_send_body() const;
  Outcome answer(Call& call);
  Outcome dispatch(Call& call);
  tl::expected<void, Error> read_call(Call& call);
  /// The framing that the head asks for; kJsonFraming stays where there is no such.
  static tl::expected<void, Error> read_wanted(const RequestHead& head, const Params& query,
                                               Wanted& wanted);
  static tl::expected<void, Error> take_callback(const std::string& name, const Framing& framing,
                                                 Wanted& wanted);

  // identity.cc
  tl::expected<SessionPtr, Error> identify(Call& call, bool write);
  using Ask = tl::expected<SessionPtr, Error> (Hub::*)(const std::string& nickname,
                                                       const std::string& secret, Hub::Hashing);
  /// The hub's login() or basic_session(), where it may be done.
  tl::expected<SessionPtr, Error> prove(Call& call, const std::string& nickname,
                                        const std::string& secret, Ask ask);
  bool answer_elsewhere(Call& call);
  tl::expected<SessionPtr, Error> find_caller(Call& call, bool write);
  tl::expected<SessionPtr, Error> find_by_jwt(Call& call, std::string_view token);
  tl::expected<SessionPtr, Error> find_by_secret(Call& call, std::string_view encoded);
  /// The session of a login, however it says who it is.
  tl::expected<SessionPtr, Error> log_in(Call& call);
  tl::expected<void, Error> check_ban(const Call& call) const;
  tl::expected<void, Error> check_secret(const Call& call, const std::string& secret);
  /// The secret under which the hub knows the users of tokens: nobody else can make it.
  /// That nobody else can know, and the same after a restart.
  std::string made_secret(const std::string& kind, const std::string& of) const;
  void send_out_former_operators();
  void forget_grants();
  /// kRateLimited: a token that moves its user to other rooms too often.
  tl::expected<void, Error> admit(const Call& call, const SessionPtr& session,
                                  const JwtClaims& claims);
  void admit(const Call& call, const SessionPtr& session);
  void note_login(const Call& call, const SessionPtr& session, const char* how);
  bool is_operator(const Session& session) const;

  // handle_moderate.cc
  tl::expected<SessionPtr, Error> identify_operator(Call& call);
  Outcome kick(Call& call);
  Outcome ban(Call& call);
  Outcome unban(Call& call);
  Outcome bans(Call& call);
  Outcome set_rule(Call& call);
  Outcome invite(Call& call);
  Outcome uninvite(Call& call);
  Outcome invited(Call& call);
  tl::expected<Ban, Error> read_ban(const Call& call, const Session& by) const;

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
  bool is_in(const Session& session, const std::string& room) const;
  Reply room_reply(const Call& call, const RoomInfo& info);
  /// Whether this user may say so much more from this address by now.
  tl::expected<void, Error> count_send(const Call& call, const Session& session);

  /// Says it, and replies what `answer` makes of how that went, which may be later and elsewhere.
  using Committed = tl::expected<EventPtr, Error>;
  using Answer = std::function<Reply(const Committed&)>;
  Outcome say(const SessionPtr& session, Say say, Answer answer);

  // handle_plain.cc
  std::vector<EventPtr> plain_said(const Session& session, const std::string& with) const;
  std::string plain_chat(const Session& session, PlainChat chat, const PlainWords& words) const;
  std::string plain_login(const Call& call, const std::string& notice) const;
  Reply plain_refused(const Call& call, const Error& error) const;
  static const PlainWords& plain_words_for(const Call& call);
  Reply redirect(const Call& call, const std::string& path) const;
  std::string fresh_name() const;

  /// Of pages that show what people wrote.
  static constexpr const char* kPagePolicy =
      "default-src 'self'; frame-ancestors 'self'; base-uri 'none'";
  /// Of all pages: where an address leads to learns nothing of it (forms of old browsers need our
  /// own to see the Referer), and nothing of the machine is wanted.
  static void add_page_headers(Headers& headers);
  static Reply html_reply(int status, std::string body);
  /// The same with the error's status, and when to try again.
  static Reply html_error(const Error& error, const std::string& request, std::string body);

  /// The cookie of a session, unless another site's page logs in here: what its reader says next
  /// would be said as whom that page wants. One that was given by TLS comes back by TLS only.
  void give_cookie(const Request& request, const Session& session, Reply& reply) const;
  static constexpr const char* kNoCookie = "encke=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0";

  /// The reply when all that it tells of outlives the server; in place of it, after `undo`, the
  /// error why not. What is large about the reply is put in by `fill`, when it is sent.
  Outcome once_kept(const Call& call, Reply reply, std::function<void()> undo = {},
                    std::function<void(const Wanted&, Reply&)> fill = {});

  /// An answer of JSON, or of whatever that is wrapped in, with the headers that go with this call.
  Reply json_reply(const Call& call, std::string body) const;
  static void wrap(std::string json, const Wanted& wanted, Reply& reply);
  Headers common_headers(const RequestHead& head, const Wanted& wanted) const;
  Reply error_reply(const Error& error, Headers headers, const Wanted& wanted, About about) const;
  Reply fail(Call& call, const Error& error) const;
  Hub::MailboxDepth mailbox_depth() const;

  // tell.cc
  About about(const Call& call) const;
  std::string id_of(const RequestHead& head) const;
  /// Of every error that a client is told, once: by error_reply() or notice(). It is counted, and
  /// the journal and the audit have it.
  void note_error(const Error& error, const About& about) const;
  void audit_refusal(const Error& error, const About& about) const;
  /// An error for a page that people read: the sentence, and of what is not their own mistake the
  /// request's name too, which `about` has afterwards.
  std::string notice(About& about, const Error& error) const;
  /// A line in the journal of each request, when it is answered or held.
  Outcome tell_access(const About& about, TimePoint began, Outcome outcome);

  const ApiOptions options_;
  Hub& hub_;
  ImageStore& images_;
  const StaticFiles& files_;
  RandomSource& random_;
  const Journal& journal_;
  mutable RequestIds ids_;
  const Origins origins_;
  const Proxies proxies_;
  Limits limits_;
  Bans bans_;
  Grants grants_;
  TimePoint grants_forgotten_{};  // of tidy()
  JwtVerifier jwt_;
  const std::string pepper_;  // of made_secret()
  AccessOptions access_;
  mutable Audit audit_;
  SecretGuard guard_;
  Workers& workers_;
  mutable std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(ErrorCode::kCount)>
      errors_{};
  // Of what clients may bring about as often as they like.
  mutable Throttle faults_{50};    // the server's
  mutable Throttle mistakes_{20};  // the clients'
  Throttle accept_failures_{1};
  mutable Mutex depth_mutex_;
  mutable TimePoint depth_at_ GUARDED_BY(depth_mutex_);
  mutable Hub::MailboxDepth depth_ GUARDED_BY(depth_mutex_);
  std::atomic<bool> draining_{false};
  std::function<void(NetCounters&)> add_net_counters_;
};

}  // namespace encke
