// A whole server without its sockets: the requests of one connection, each let in, given to
// cpp-httplib and answered by the protocol of a chat with somebody in it. Each is answered once,
// with a response that only one reading fits, and with no error of ours.
#include <nlohmann/json.hpp>

#include "api/api.h"
#include "bridge.h"
#include "fuzz.h"
#include "log/memory_log.h"
#include "net/http_writer.h"
#include "support/fake_clock.h"
#include "support/fake_random.h"

namespace encke::fuzz {
namespace {

// Stands for the token of alice's session in an input.
constexpr std::string_view kToken = "TOKEN";
constexpr std::size_t kMaxRequests = 4;

HubOptions hub_options() {
  HubOptions options;
  options.secret_cost.log2_n = 1;
  return options;
}

// A chat of one run: what is said in one is not known in the next.
struct Chat {
  explicit Chat(Workers& workers)
      : log(clock, random, 100),
        hub(hub_options(), clock, random, log),
        images({.max_bytes = 4096, .store_bytes = 64 * 1024}, clock, random),
        api({.proxies = {*Network::parse("10.0.0.0/8")}}, hub, images, files, random, journal,
            workers) {
    // Heard, so that every line is made.
    journal.listen(LogLevel::kDebug, [](const LogLine&) {});
    PROMISE(!api.configure({.jwt = {.secret = "a secret of at least 32 bytes, for tests"},
                            .operators = {{"alice", "secret"}}}));
    auto session = hub.login("alice", "secret");
    PROMISE(session.has_value());
    token = (*session)->token.text();
  }

  FakeClock clock;
  FakeRandom random;
  MemoryLog log;
  Hub hub;
  ImageStore images;
  StaticFiles files;
  Journal journal;
  Api api;
  std::string token;
};

// The service of one bridge, which is costly to make, for many chats.
class Passing final : public Service {
 public:
  tl::expected<std::size_t, Error> max_body(const RequestHead& head) const override {
    return api->max_body(head);
  }
  bool is_direct(const RequestHead& head) const override { return api->is_direct(head); }
  std::vector<std::string> post_paths() const override { return api->post_paths(); }
  Outcome handle(const Request& request) override { return api->handle(request); }
  Reply refuse(const Error& error, const RequestHead* head, const Address& peer) const override {
    return api->refuse(error, head, peer);
  }
  void closed(const SessionPtr& session) override { api->closed(session); }
  Api* api = nullptr;
};

void check_body(std::string_view type, std::string_view body, bool head_only) {
  if (head_only) {
    PROMISE(body.empty());
  } else if (type == "application/json") {
    PROMISE(nlohmann::json::accept(body));
  } else if (type.starts_with("text/javascript")) {
    PROMISE(body.starts_with("/**/") && body.ends_with(");\n"));
    PROMISE(body.find('<') == std::string_view::npos);
  }
}

// A response as we write them: one line of status, headers without surprises, a body as long as
// they say.
void check_response(std::string_view text, bool head_only, bool stream) {
  PROMISE(text.starts_with("HTTP/1.1 ") || text.starts_with("HTTP/1.0 "));
  const auto status = std::string(text.substr(9, 3));
  PROMISE(status >= "200" && status < "600" && status != "500");
  const auto end = text.find("\r\n\r\n");
  PROMISE(end != std::string_view::npos);
  auto lines = text.substr(0, end + 2);
  lines.remove_prefix(lines.find("\r\n") + 2);
  std::optional<std::size_t> length;
  std::string_view type;
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(line.size() + 2);
    PROMISE(line.find_first_of("\r\n") == std::string_view::npos);
    const auto colon = line.find(": ");
    PROMISE(colon != std::string_view::npos);
    const auto name = line.substr(0, colon);
    const auto value = line.substr(colon + 2);
    if (name == "Content-Length") {
      PROMISE(!length);
      length = std::stoull(std::string(value));
    }
    if (name == "Content-Type") type = value;
    PROMISE(name != "Transfer-Encoding" || stream);
  }
  if (stream) return;
  const auto body = text.substr(end + 4);
  if (!head_only && status != "204") PROMISE(length && *length == body.size());
  check_body(type, body, head_only || status == "204");
}

// What a connection does with an outcome that cpp-httplib does not write.
std::string write(Outcome outcome, const ResponseTail& tail, bool& stream) {
  std::string out;
  if (auto* later = std::get_if<LaterPtr>(&outcome)) return write((*later)->wait(), tail, stream);
  if (auto* reply = std::get_if<Reply>(&outcome)) {
    write_response(*reply, tail, out);
    return out;
  }
  const Hold& hold = std::get<Hold>(outcome);
  Batch batch;
  hold.session->user->mailbox->read(hold.since, hold.limit, batch);
  std::string body;
  if (hold.stream == nullptr) {
    hold.framing->answer(batch, hold.options(), body);
    write_answer(*hold.framing, hold.headers, body, tail, out);
    return out;
  }
  stream = true;
  write_stream_head(*hold.framing, hold.headers, tail, out);
  hold.framing->open(hold.stream->retry, hold.options(), body);
  for (const EventPtr& event : batch.events) hold.framing->event(*event, body);
  write_stream_part(body, tail.minor, out);
  return out;
}

std::string with_token(std::string_view bytes, const std::string& token) {
  std::string out(bytes);
  for (auto at = out.find(kToken); at != std::string::npos; at = out.find(kToken, at)) {
    out.replace(at, kToken.size(), token);
    at += token.size();
  }
  return out;
}

void serve(std::string_view bytes) {
  static const NetOptions options;
  static Workers workers(1, 100, 1024 * 1024);
  Chat chat(workers);
  static Passing service;
  service.api = &chat.api;
  static Bridge bridge(options, service);

  const std::string all = with_token(bytes, chat.token);
  std::string_view rest = all;
  for (std::size_t i = 0; i < kMaxRequests && !rest.empty(); ++i) {
    Admission admission(options, service);
    bool stream = false;
    std::string out;
    if (admission.look(rest) != Admission::Step::kReady) {
      if (admission.look(rest) != Admission::Step::kRefused) return;
      write_response(chat.api.refuse(admission.error(), admission.head_if_any(), {}),
                     {1, false, false}, out);
      return check_response(out, false, false);
    }
    const RequestHead& head = admission.head();
    const bool head_only = head.method == "HEAD";
    const ResponseTail tail{head.minor, head.keep_alive, head_only};
    const Request request{head, admission.body(), {}, *Address::parse("10.0.0.1")};
    if (chat.api.is_direct(head)) {
      out = write(chat.api.handle(request), tail, stream);
    } else {
      auto answered = bridge.answer(request);
      out = answered.outcome ? write(std::move(*answered.outcome), tail, stream)
                             : std::move(answered.written);
    }
    check_response(out, head_only, stream);
    rest.remove_prefix(admission.consumed());
  }
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  encke::fuzz::serve({reinterpret_cast<const char*>(data), size});
  return 0;
}
