// api.cc: the table of routes, and what all answers have in common.
#include "api/api.h"

#include <strings.h>

#include <algorithm>
#include <exception>

#include "net/http_writer.h"

namespace encke {
namespace {

// Kept, so that who a token logged in before a restart is known by one after it.
std::string find_pepper(Store& store, RandomSource& random) {
  constexpr const char* kKind = "jwt";
  for (const Fact& fact : store.facts(kKind)) {
    if (fact.name == "pepper") return fact.value;
  }
  std::string pepper = Token::make(random).text() + Token::make(random).text();
  store.keep({kKind, "pepper", pepper});
  return pepper;
}

}  // namespace

const std::array<Api::Route, 33> Api::kRoutes = {{
    {"POST", "/login", &Api::login, kSmallBody, false},
    {"POST", "/logout", &Api::logout, kSmallBody, false},
    {"POST", "/send", &Api::send, kSendBody, false},
    {"POST", "/join", &Api::join, kSmallBody, false},
    {"POST", "/leave", &Api::leave, kSmallBody, false},
    {"GET", "/poll", &Api::poll, 0, true},
    {"GET", "/longpoll", &Api::longpoll, 0, true},
    {"GET", "/events", &Api::events, 0, true},
    {"GET", "/stream", &Api::stream, 0, true},
    {"GET", "/session", &Api::session, 0, false},
    {"GET", "/users", &Api::users, 0, false},
    {"GET", "/rooms", &Api::rooms, 0, false},
    {"GET", "/history", &Api::history, 0, false},
    {"GET", "/images/", &Api::image, 0, false},
    {"GET", "/health", &Api::health, 0, false},
    {"GET", "/ready", &Api::ready, 0, false},
    {"GET", "/metrics", &Api::metrics, 0, false},
    {"GET", "/version", &Api::version, 0, false},
    {"GET", "/plain", &Api::plain, 0, false},
    {"GET", "/plain/stream", &Api::plain_stream, 0, true},
    {"POST", "/plain/login", &Api::plain_log_in, kSendBody, false},
    {"POST", "/plain/send", &Api::plain_send, kSendBody, false},
    {"POST", "/plain/logout", &Api::plain_log_out, kSmallBody, false},
    {"POST", "/kick", &Api::kick, kSmallBody, false},
    {"POST", "/ban", &Api::ban, kSmallBody, false},
    {"POST", "/unban", &Api::unban, kSmallBody, false},
    {"GET", "/bans", &Api::bans, 0, false},
    {"POST", "/rooms/rule", &Api::set_rule, kSmallBody, false},
    {"POST", "/invite", &Api::invite, kSmallBody, false},
    {"POST", "/uninvite", &Api::uninvite, kSmallBody, false},
    {"GET", "/invited", &Api::invited, 0, false},
    {"GET", "/", &Api::page, 0, false},
    {"GET", "/index.html", &Api::page, 0, false},
}};

Api::Api(const ApiOptions& options, Hub& hub, ImageStore& images, const StaticFiles& files,
         RandomSource& random, const Journal& journal, Workers& workers)
    : options_(options),
      hub_(hub),
      images_(images),
      files_(files),
      random_(random),
      journal_(journal),
      ids_(random),
      origins_(options.origins),
      proxies_(options.proxies),
      limits_(options.limits, hub.clock(), random),
      bans_(hub.store(), hub.clock()),
      grants_(hub.store(), hub.clock()),
      jwt_(hub.clock()),
      pepper_(find_pepper(hub.store(), random)),
      audit_(hub.clock()),
      guard_(options.secret_tries, hub.clock(), random),
      workers_(workers) {}

std::optional<std::string> Api::configure(AccessOptions options) {
  if (auto error = jwt_.configure(options.jwt)) return error;
  for (const auto& [room, rule] : options.rooms) hub_.rules().set(room, rule);
  if (!options.audit.empty()) {
    if (auto error = audit_.open(options.audit)) return error;
  }
  access_ = std::move(options);
  send_out_former_operators();
  forget_grants();
  return std::nullopt;
}

void Api::tidy() {
  audit_.flush();
  constexpr std::chrono::minutes kForgetEvery{1};
  if (hub_.clock().now() < grants_forgotten_ + kForgetEvery) return;
  forget_grants();
}

void Api::forget_grants() {
  grants_forgotten_ = hub_.clock().now();
  grants_.forget_absent([this](const std::string& nickname) { return hub_.has_user(nickname); });
}

const Api::Route* Api::find_route(const RequestHead& head) const {
  const auto method = head.method == "HEAD" ? std::string_view("GET") : head.method;
  const Route* page = nullptr;
  for (const Route& route : kRoutes) {
    if (route.method != method) continue;
    if (route.path == head.path) return &route;
    if (route.path == "/") {
      page = &route;  // a file of the client's, if nothing else has that name
    } else if (route.path.back() == '/' && head.path.starts_with(route.path)) {
      return &route;
    }
  }
  return page;
}

tl::expected<const Api::Route*, Error> Api::require_route(const RequestHead& head) const {
  const auto is_here = [&](const Route& route) { return route.path == head.path; };
  const bool known = std::any_of(kRoutes.begin(), kRoutes.end(), is_here);
  if (const Route* route = find_route(head)) {
    if (!known || route->path != "/" || head.path == "/") return route;
  }
  return tl::unexpected(Error{known ? ErrorCode::kMethodNotAllowed : ErrorCode::kNotFound, ""});
}

std::size_t Api::max_send_body() const {
  const std::size_t image = images_.limits().max_bytes;
  const std::size_t text = hub_.options().max_text;
  if (image == 0 || text == 0) return 0;
  // Base64 makes four bytes of three, and a form makes three of some of those; text in a form,
  // three of each.
  return image * 3 / 2 + text * 3 + kSmallBody;
}

tl::expected<std::size_t, Error> Api::max_body(const RequestHead& head) const {
  if (head.is_read() || head.method == "OPTIONS") return std::size_t{1};  // has none
  const auto route = require_route(head);
  if (!route) return tl::unexpected(route.error());
  return (*route)->max_body == kSendBody ? max_send_body() : (*route)->max_body;
}

bool Api::is_direct(const RequestHead& head) const {
  if (!head.is_read() || draining_.load(std::memory_order_relaxed)) return false;
  const Route* route = find_route(head);
  return route != nullptr && route->direct && head.header("Upgrade").empty();
}

std::vector<std::string> Api::post_paths() const {
  std::vector<std::string> paths;
  for (const Route& route : kRoutes) {
    if (route.method == "POST") paths.emplace_back(route.path);
  }
  return paths;
}

const std::string& Api::Call::field(std::string_view name) const {
  const std::string* value = body.fields.find(name);
  return value != nullptr ? *value : query.get(name);
}

tl::expected<void, Error> Api::take_callback(const std::string& name, const Framing& framing,
                                             Wanted& wanted) {
  if (!is_callback(name)) {
    wanted = {};
    return tl::unexpected(
        Error{ErrorCode::kBadParameter, "callback is 1 to 64 of A-Z a-z 0-9 _ $ ."});
  }
  wanted.framing = &framing;
  wanted.options.callback = name;
  return {};
}

// A stream's framing is its address's matter; that of other answers, JSON's unless something else
// is asked for. A callback says that only a script, or for a form a page, can be read.
tl::expected<void, Error> Api::read_wanted(const RequestHead& head, const Params& query,
                                           Wanted& wanted) {
  if (head.path == "/plain" || head.path.starts_with("/plain/")) {
    wanted.framing = &kHtmlFraming;
    return {};
  }
  const bool stream = head.path == "/stream";
  if (head.path == "/events") {
    wanted.framing = &kSseFraming;
  } else if (stream) {
    const std::string& as = query.get("as");
    const Framing* framing = find_stream(as.empty() ? "sse" : as);
    if (framing == nullptr) {
      return tl::unexpected(Error{ErrorCode::kUnknownFormat, "as= is one of " + list_streams()});
    }
    wanted.framing = framing;
  } else if (const std::string* format = query.find("format")) {
    const Framing* framing = find_format(*format);
    if (framing == nullptr) {
      return tl::unexpected(Error{ErrorCode::kUnknownFormat, "there are " + list_formats()});
    }
    wanted.framing = framing;
  } else if (const Framing* framing = find_accepted(head.header("Accept"))) {
    wanted.framing = framing;
  }
  const std::string* callback = query.find("callback");
  if (callback == nullptr || (stream && wanted.framing != &kIframeFraming)) return {};
  if (wanted.framing == &kSseFraming) return {};
  const bool form = stream || head.method == "POST";
  return take_callback(*callback, form ? kIframeFraming : kJsonpFraming, wanted);
}

// What can go wrong before the handler is reached. How to answer is found first: errors come that
// way too.
tl::expected<void, Error> Api::read_call(Call& call) {
  const RequestHead& head = call.request.head;
  call.query = Params::parse(head.query);
  if (call.query.too_many()) {
    return tl::unexpected(Error{ErrorCode::kBadRequest, "too many parameters"});
  }
  if (auto ok = read_wanted(head, call.query, call.wanted); !ok) return ok;
  // Whoever asks whether we live is not to be told no.
  if (head.path != "/health" && !call.is_again()) {
    if (auto ok = limits_.request(call.client); !ok) return ok;
    if (const auto ban = bans_.of(call.client)) return tl::unexpected(ban->error());
  }
  if (strcasecmp(std::string(head.header("Upgrade")).c_str(), "websocket") == 0) {
    return tl::unexpected(Error{ErrorCode::kUpgradeRefused, ""});
  }
  if (draining_.load(std::memory_order_relaxed) && head.path != "/health") {
    return tl::unexpected(Error{ErrorCode::kDraining, ""});
  }
  if (head.method == "POST") {
    auto body = parse_body(call.request);
    if (!body) return tl::unexpected(body.error());
    call.body = std::move(*body);
    if (call.body.fields.too_many()) {
      return tl::unexpected(Error{ErrorCode::kBadRequest, "too many fields"});
    }
    const std::string* callback = call.body.fields.find("callback");
    if (callback != nullptr && call.wanted.framing != &kHtmlFraming) {
      return take_callback(*callback, kIframeFraming, call.wanted);
    }
  }
  return {};
}

Outcome Api::handle(const Request& request) {
  Call call{request, proxies_.client_of(request)};
  if (!options_.access_log) return answer(call);
  call.id = id_of(request.head);
  const TimePoint began = hub_.clock().now();
  Outcome outcome = answer(call);
  return tell_access(about(call), began, std::move(outcome));
}

// Out of memory, say: that is the trouble of one request.
Outcome Api::answer(Call& call) {
  try {
    if (auto ok = read_call(call); !ok) return fail(call, ok.error());
    Outcome outcome = dispatch(call);
    if (call.elsewhere) return call.elsewhere;
    return outcome;
  } catch (const std::exception& thrown) {
    if (call.elsewhere) return call.elsewhere;
    Error error{ErrorCode::kInternal, ""};
    error.cause = thrown.what();
    return fail(call, error);
  }
}

Outcome Api::dispatch(Call& call) {
  const RequestHead& head = call.request.head;
  if (head.method == "OPTIONS") {
    Reply reply;
    reply.status = 204;
    reply.headers.emplace_back("Allow", "GET, HEAD, POST, OPTIONS");
    reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
    origins_.add_preflight(head, reply.headers);
    return reply;
  }
  const auto route = require_route(head);
  if (!route) return fail(call, route.error());
  return (this->*(*route)->handler)(call);
}

Reply Api::json_reply(const Call& call, std::string body) const {
  Reply reply;
  reply.headers = common_headers(call.request.head, call.wanted);
  wrap(std::move(body), call.wanted, reply);
  return reply;
}

void Api::wrap(std::string json, const Wanted& wanted, Reply& reply) {
  if (wanted.framing->wrap == nullptr) {
    reply.body = std::move(json);
    reply.body += '\n';
    return;
  }
  reply.content_type = wanted.framing->content_type;
  reply.body.clear();
  wanted.framing->wrap(json, wanted.options, reply.body);
}

Reply Api::fail(Call& call, const Error& error) const {
  if (call.elsewhere) return {};  // nobody is told
  if (call.id.empty()) call.id = id_of(call.request.head);
  return error_reply(error, common_headers(call.request.head, call.wanted), call.wanted,
                     about(call));
}

Headers Api::common_headers(const RequestHead& head, const Wanted& wanted) const {
  Headers headers = live_headers(false);
  origins_.add_headers(head, headers);
  if (wanted.framing == &kIframeFraming) origins_.add_caller_rules(headers);
  if (wanted.framing == &kHtmlFraming) {
    headers.emplace_back("Content-Security-Policy", kPagePolicy);
    add_page_headers(headers);
  }
  return headers;
}

void Api::add_page_headers(Headers& headers) {
  headers.emplace_back("Referrer-Policy", "same-origin");
  headers.emplace_back("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
}

Reply Api::error_reply(const Error& error, Headers headers, const Wanted& wanted,
                       About about) const {
  if (about.id.empty()) about.id = ids_.next();
  note_error(error, about);
  const ErrorRow& row = error_row(error.code);
  ErrorText text = error_text(error);
  text.request = about.id;
  headers.emplace_back("X-Request-Id", about.id);
  const Framing& framing = *wanted.framing;
  Reply reply;
  reply.headers = std::move(headers);
  framing.error(text, wanted.options, reply.body);
  reply.content_type = framing.content_type;
  reply.close = error.code == ErrorCode::kDraining;
  if (framing.hides_status) return reply;
  reply.status = row.status;
  if (text.retry_after) {
    reply.headers.emplace_back("Retry-After", std::to_string(text.retry_after->count()));
  }
  // RFC 9110 wants a challenge with 401; Basic's would open a browser's own dialog.
  if (row.status == 401) reply.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"encke\"");
  if (row.status == 405) reply.headers.emplace_back("Allow", "GET, HEAD, POST, OPTIONS");
  if (error.code == ErrorCode::kUpgradeRefused) {
    reply.headers.emplace_back("Upgrade", "HTTP/1.1");
    reply.headers.emplace_back("Connection", "Upgrade");
  }
  return reply;
}

// Refused before proxies are asked whom they speak for: what they pass on is well formed.
Reply Api::refuse(const Error& error, const RequestHead* head, const Address& peer) const {
  if (head == nullptr) return error_reply(error, live_headers(false), {}, {.client = peer});
  Wanted wanted;
  (void)read_wanted(*head, Params::parse(head->query), wanted);  // or else as JSON
  return error_reply(error, common_headers(*head, wanted), wanted,
                     {id_of(*head), std::string(head->method), std::string(head->path), peer});
}

}  // namespace encke
