// handle_plain.cc: GET /plain and /plain/stream, POST /plain/login, /plain/send and /plain/logout:
// the chat for browsers without scripts, and for those in which ours did not start.
//
// A form that was taken is answered with a redirect to an address that was never asked for before:
// lynx and links show an old page for a repeated one, whatever its headers say, and lynx waits for
// ever on a relative one. A form that was not taken is answered with the page, what went wrong, and
// in its box what was typed.
#include <algorithm>

#include "api/api.h"
#include "api/plain_page.h"
#include "net/http_writer.h"

namespace encke {
namespace {

constexpr std::size_t kShown = 100;  // events on a page
constexpr std::size_t kUsersShown = 200;
constexpr std::chrono::hours kPageTime{
    1};  // of /plain/stream: nobody's memory is at stake but its reader's

Reply html_reply(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/html; charset=utf-8";
  reply.headers = live_headers(false);
  reply.headers.emplace_back("Content-Security-Policy",
                             "default-src 'self'; frame-ancestors 'self'; base-uri 'none'");
  reply.body = std::move(body);
  return reply;
}

// Which scheme the browser used, only a proxy that ends TLS can tell.
std::string absolute(const RequestHead& head, const std::string& path) {
  const bool secure = head.header("X-Forwarded-Proto") == "https";
  std::string url = secure ? "https://" : "http://";
  return url.append(head.header("Host")) + path;
}

Reply redirect(const RequestHead& head, const std::string& path) {
  Reply reply = html_reply(head.minor == 0 ? 302 : 303, "");
  // HTTP/1.0 may come without a Host: then the path alone has to do.
  const bool known = !head.header("Host").empty();
  reply.headers.emplace_back("Location", known ? absolute(head, path) : path);
  return reply;
}

}  // namespace

// What was said in the lobby, as far back as the log has it, and what the mailbox has beside that;
// or what was said between two.
std::vector<EventPtr> Api::plain_said(const Session& session, const std::string& with) const {
  HistoryQuery query;
  query.limit = kShown;
  (with.empty() ? query.room : query.with) = with.empty() ? kLobby : with;
  std::vector<EventPtr> said;
  if (auto history = hub_.history(session, query)) said = std::move(history->events);
  if (!with.empty()) return said;
  Batch batch;
  session.user->mailbox->read(session.user->mailbox->earliest(), session.user->mailbox->size(),
                              batch);
  const auto before = [](const EventPtr& a, const EventPtr& b) {
    return a->position.offset < b->position.offset;
  };
  for (const EventPtr& event : batch.events) {
    const bool kept = event->kind == EventKind::kPrivate || event->kind == EventKind::kSystem;
    if (kept) said.insert(std::upper_bound(said.begin(), said.end(), event, before), event);
  }
  if (said.size() > kShown) said.erase(said.begin(), said.end() - kShown);
  return said;
}

Reply Api::plain_chat(const Session& session, PlainChat chat, const PlainWords& words,
                      int status) const {
  chat.nickname = session.user->nickname;
  chat.token = session.token.text();
  chat.key = fresh_name();
  chat.said = plain_said(session, chat.with);
  UserList users = hub_.users("", kUsersShown);
  chat.users = std::move(users.users);
  chat.size = users.size;
  return html_reply(status, plain_chat_page(chat, words));
}

Reply Api::plain_login(const Call& call, const std::string& notice, int status) const {
  PlainLogin login;
  login.nickname = call.body.fields.get("nickname");
  login.notice = notice;
  login.text = call.body.fields.get("text");
  login.with = call.field("to").empty() ? call.field("with") : call.field("to");
  return html_reply(status, plain_login_page(login, plain_words_for(call)));
}

// English, or Chinese for whom that is the first language.
const PlainWords& Api::plain_words_for(const Call& call) {
  const std::string& asked = call.field("lang");
  return plain_words(asked.empty() ? call.request.head.header("Accept-Language") : asked);
}

std::string Api::fresh_name() const { return Token::make(random_).text(); }

Outcome Api::plain(Call& call) {
  const auto session = identify(call, false);
  if (!session) {
    // Whoever comes for the first time did nothing wrong.
    const bool fresh = session.error().code == ErrorCode::kUnauthorized;
    return plain_login(call, fresh ? "" : error_text(session.error()).message, 200);
  }
  hub_.seen((*session)->user);
  PlainChat chat;
  chat.with = call.query.get("with");
  chat.text = call.query.get("text");
  if (const auto seconds = parse_number(call.query.get("refresh"), 5, 3600)) {
    chat.refresh = static_cast<std::size_t>(*seconds);
  }
  return plain_chat(**session, std::move(chat), plain_words_for(call), 200);
}

Outcome Api::plain_log_in(Call& call) {
  const auto session = hub_.login(call.field("nickname"), call.field("secret"));
  if (!session) {
    const ErrorRow& row = error_row(session.error().code);
    return plain_login(call, error_text(session.error()).message, row.status);
  }
  Reply reply = redirect(call.request.head, plain_url({{"with", call.field("with")},
                                                       {"lang", call.field("lang")},
                                                       {"text", call.field("text")},
                                                       {"n", fresh_name()}}));
  reply.headers.emplace_back("Set-Cookie", session_cookie(**session));
  return reply;
}

Outcome Api::plain_send(Call& call) {
  const auto session = identify(call, true);
  if (!session) return plain_login(call, error_text(session.error()).message, 401);
  PlainChat again;  // the page, should it be refused
  again.with = call.field("to");
  again.text = call.field("text");
  const PlainWords& words = plain_words_for(call);
  const auto refused = [this, session, again, &words](const Error& error) {
    PlainChat chat = again;
    chat.notice = error_text(error).message;
    return plain_chat(**session, std::move(chat), words, error_row(error.code).status);
  };
  auto image = take_image(call.body);
  if (!image) return refused(image.error());
  // A conversation that was open stays open; one message to somebody does not open one.
  const std::string& with = call.field("with");
  Reply done =
      redirect(call.request.head, plain_url({{"with", with.empty() ? "" : call.field("to")},
                                             {"lang", call.field("lang")},
                                             {"n", fresh_name()}}));
  return say(*session,
             {call.field("text"), std::move(*image), call.field("to"), "", call.field("key")},
             [refused, done](const Committed& committed) {
               return committed ? done : refused(committed.error());
             });
}

Outcome Api::plain_log_out(Call& call) {
  if (const auto session = identify(call, true)) hub_.logout(*session);
  Reply reply =
      redirect(call.request.head, plain_url({{"lang", call.field("lang")}, {"n", fresh_name()}}));
  reply.headers.emplace_back("Set-Cookie", kNoCookie);
  return reply;
}

Outcome Api::plain_stream(Call& call) {
  call.wanted.framing = &kHtmlFraming;
  if (call.query.find("since") == nullptr) call.query.add("since", "earliest");
  auto hold = make_stream(call);
  if (!hold) {
    if (error_row(hold.error().code).status == 401) {
      return plain_login(call, error_text(hold.error()).message, 401);
    }
    return fail(call, hold.error());
  }
  hold->max_bytes = options_.stream_bytes;
  hold->max_time = kPageTime;
  return std::move(*hold);
}

}  // namespace encke
