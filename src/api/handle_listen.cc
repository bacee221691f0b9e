// handle_listen.cc: GET /poll, /longpoll, /events and /stream: ways to ask for what follows a
// cursor.
#include <algorithm>
#include <functional>

#include "api/api.h"
#include "core/text.h"

namespace encke {
namespace {

constexpr std::uint64_t kRetryLeast = 1000;   // milliseconds an EventSource waits before it
constexpr std::uint64_t kRetrySpread = 2000;  // comes back, different for each
constexpr std::size_t kStreamBatch = 64;      // events of one part, at most
constexpr long kMaxPad = 64 * 1024;           // bytes
constexpr long kMaxBeat = 3600;               // seconds

}  // namespace

tl::expected<Hold, Error> Api::make_hold(Call& call) {
  const auto session = identify(call, false);
  if (!session) return tl::unexpected(session.error());
  const auto wrong = [](const char* what) {
    return tl::unexpected(Error{ErrorCode::kBadParameter, what});
  };
  Hold hold;
  hold.session = *session;
  hold.framing = call.wanted.framing;
  if (!call.wanted.options.callback.empty()) {
    hold.framing_options = std::make_shared<FramingOptions>(call.wanted.options);
  }
  hold.since = hold.session->cursor;
  // An EventSource that reconnects repeats its address, `since` and all; where it is by now, its
  // header says.
  const auto last_id = call.request.head.header("Last-Event-ID");
  const std::string since = last_id.empty() ? call.query.get("since") : std::string(last_id);
  if (since == "latest") {
    hold.since = hub_.end();
  } else if (since == "earliest") {
    hold.since = hold.session->user->mailbox->earliest();
  } else if (!since.empty()) {
    const auto position = parse_position(since);
    if (!position) return tl::unexpected(Error{ErrorCode::kBadCursor, ""});
    hold.since = *position;
    // Ahead of the log: of another life of it, which a backup was made of, say. No epoch is that.
    const Position end = hub_.end();
    if (position->epoch == end.epoch && position->offset > end.offset) hold.since.epoch = 0;
  }
  if (const std::string* limit = call.query.find("limit")) {
    const auto number = parse_number(*limit, 1, 1000);
    if (!number) return wrong("limit is a number from 1 to 1000");
    hold.limit = static_cast<std::size_t>(*number);
  }
  if (const std::string* reader = call.query.find("reader")) {
    if (!is_token_text(*reader)) return wrong("reader is 1 to 64 of A-Z a-z 0-9 . _ : -");
    hold.reader = std::hash<std::string>()(*reader) | 1;  // 0 is nobody
  }
  origins_.add_headers(call.request.head, hold.headers);
  hub_.seen(hold.session->user);
  return hold;
}

Outcome Api::poll(Call& call) {
  auto hold = make_hold(call);
  if (!hold) return fail(call, hold.error());
  return std::move(*hold);
}

Outcome Api::longpoll(Call& call) {
  auto hold = make_hold(call);
  if (!hold) return fail(call, hold.error());
  std::chrono::milliseconds wait = options_.default_wait;
  if (const std::string* asked = call.query.find("wait")) {
    const auto number = parse_number(*asked, 0, 1'000'000);
    if (!number) return fail(call, {ErrorCode::kBadParameter, "wait is a number of seconds"});
    wait = std::chrono::seconds(*number);
    if (options_.max_wait.count() != 0) wait = std::min(wait, options_.max_wait);
  }
  hold->deadline = hub_.clock().now() + wait;
  return std::move(*hold);
}

tl::expected<Hold, Error> Api::make_stream(Call& call, StreamTerms terms) {
  auto hold = make_hold(call);
  if (!hold) return hold;
  hold->limit = kStreamBatch;
  terms.retry = std::chrono::milliseconds(kRetryLeast + random_below(random_, kRetrySpread));
  FramingOptions options = call.wanted.options;
  if (const std::string* asked = call.query.find("pad")) {
    const auto number = parse_number(*asked, 0, kMaxPad);
    if (!number) {
      return tl::unexpected(
          Error{ErrorCode::kBadParameter, "pad is a number of bytes, at most 65536"});
    }
    options.pad = static_cast<std::size_t>(*number);
  }
  if (const std::string* asked = call.query.find("beat")) {
    const auto number = parse_number(*asked, 1, kMaxBeat);
    if (!number) {
      return tl::unexpected(
          Error{ErrorCode::kBadParameter, "beat is a number of seconds, at most 3600"});
    }
    terms.beat = std::chrono::seconds(*number);
    options.audible = true;
  }
  hold->framing_options = std::make_shared<FramingOptions>(std::move(options));
  hold->stream = std::make_shared<StreamTerms>(terms);
  return hold;
}

Outcome Api::events(Call& call) {
  auto hold = make_stream(call, {});
  if (!hold) return fail(call, hold.error());
  return std::move(*hold);
}

Outcome Api::stream(Call& call) {
  const Framing* framing = call.wanted.framing;
  StreamTerms terms;
  // An EventSource lets go of what it has read; all else that reads a stream keeps it.
  if (framing != &kSseFraming) {
    terms.max_bytes = options_.stream_bytes;
    terms.max_time = options_.stream_time;
  }
  auto hold = make_stream(call, terms);
  if (!hold) return fail(call, hold.error());
  if (framing == &kIframeFraming) origins_.add_caller_rules(hold->headers);
  if (framing == &kHtmlFraming) {
    hold->headers.emplace_back("Content-Security-Policy", kPagePolicy);
    add_page_headers(hold->headers);
  }
  return std::move(*hold);
}

}  // namespace encke
