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
#include "core/text.h"
#include "net/http_writer.h"

namespace encke {
namespace {

constexpr std::size_t kShown = 100;  // things said on a page
constexpr std::size_t kUsersShown = 200;
// Of /plain/stream: nobody's memory is at stake but its reader's.
constexpr std::chrono::hours kPageTime{1};

bool earlier(const EventPtr& a, const EventPtr& b) {
  return a->position.offset < b->position.offset;
}

}  // namespace

Reply Api::html_reply(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.content_type = kHtmlFraming.content_type;
  reply.headers = live_headers(false);
  reply.headers.emplace_back("Content-Security-Policy", kPagePolicy);
  add_page_headers(reply.headers);
  reply.body = std::move(body);
  return reply;
}

Reply Api::html_error(const Error& error, const std::string& request, std::string body) {
  Reply reply = html_reply(error_row(error.code).status, std::move(body));
  reply.headers.emplace_back("X-Request-Id", request);
  if (const auto wait = error_text(error).retry_after) {
    reply.headers.emplace_back("Retry-After", std::to_string(wait->count()));
  }
  return reply;
}

Reply Api::redirect(const Call& call, const std::string& path) const {
  const RequestHead& head = call.request.head;
  Reply reply = html_reply(head.minor == 0 ? 302 : 303, "");
  const std::string host(head.header("Host"));
  // Which scheme the browser used, only the page that its form was on can tell, or a proxy that
  // ends TLS.
  const std::string here = "https://" + host;
  const bool secure = proxies_.is_secure(call.request) || head.header("Origin") == here ||
                      head.header("Referer").starts_with(here + '/');
  // HTTP/1.0 may come without a Host: then the path alone has to do.
  reply.headers.emplace_back("Location",
                             host.empty() ? path : (secure ? "https://" : "http://") + host + path);
  return reply;
}

// The last things said in the lobby, as far back as the log has them, and to the user, as far back
// as the mailbox does, with who came and went meanwhile; or what was said between two. The newest
// of it: a page is bounded as any answer is.
std::vector<EventPtr> Api::plain_said(const Session& session, const std::string& with) const {
  HistoryQuery query;
  query.limit = kShown;
  (with.empty() ? query.room : query.with) = with.empty() ? kLobby : with;
  std::vector<EventPtr> said;
  if (auto history = hub_.history(session, query)) said = std::move(history->events);
  std::vector<EventPtr> news;
  if (with.empty()) {
    Batch batch;
    Mailbox& mailbox = *session.user->mailbox;
    mailbox.read(mailbox.floor(), mailbox.size(), batch);
    const auto middle = static_cast<std::ptrdiff_t>(said.size());
    for (EventPtr& event : batch.events) {
      if (event->kind == EventKind::kPrivate)
        said.push_back(std::move(event));
      else if (event->kind == EventKind::kSystem)
        news.push_back(std::move(event));
    }
    std::inplace_merge(said.begin(), said.begin() + middle, said.end(), earlier);
  }
  constexpr std::size_t kMostEscaped = 6;  // &quot;
  std::size_t bytes = 0;
  std::size_t shown = 0;
  while (shown < std::min(said.size(), kShown)) {
    bytes += said[said.size() - 1 - shown]->text.size() * kMostEscaped;
    if (options_.max_answer != 0 && bytes > options_.max_answer && shown > 0) break;
    ++shown;
  }
  said.erase(said.begin(), said.end() - static_cast<std::ptrdiff_t>(shown));
  const auto first = said.empty()
                         ? news.begin()
                         : std::upper_bound(news.begin(), news.end(), said.front(), earlier);
  const auto last_ones = std::min<std::ptrdiff_t>(news.end() - first, kShown);
  const auto middle = static_cast<std::ptrdiff_t>(said.size());
  said.insert(said.end(), news.end() - last_ones, news.end());
  std::inplace_merge(said.begin(), said.begin() + middle, said.end(), earlier);
  return said;
}

std::string Api::plain_chat(const Session& session, PlainChat chat, const PlainWords& words) const {
  // A browser of those days may take what follows half a character for the rest of it.
  if (!check_nickname(chat.with)) chat.with.clear();
  if (!check_nickname(chat.to)) chat.to.clear();
  if (!is_utf8(chat.text)) chat.text.clear();
  chat.nickname = session.user->nickname;
  chat.token = session.token.text();
  chat.key = fresh_name();
  chat.said = plain_said(session, chat.with);
  UserList users = hub_.users("", kUsersShown);
  chat.users = std::move(users.users);
  chat.size = users.size;
  return plain_chat_page(chat, words);
}

std::string Api::plain_login(const Call& call, const std::string& notice) const {
  PlainLogin login;
  login.nickname = call.body.fields.get("nickname");
  login.notice = notice;
  login.text = call.body.fields.get("text");
  login.to = call.field("to");
  for (std::string* echoed : {&login.nickname, &login.text, &login.to}) {
    if (!is_utf8(*echoed)) echoed->clear();
  }
  return plain_login_page(login, plain_words_for(call));
}

Reply Api::plain_refused(const Call& call, const Error& error) const {
  if (call.elsewhere) return {};  // nobody is told
  About about = this->about(call);
  const std::string text = notice(about, error);
  return html_error(error, about.id, plain_login(call, text));
}

// English, or Chinese for whom that is the first language.
const PlainWords& Api::plain_words_for(const Call& call) {
  const std::string& asked = call.field("lang");
  return plain_words(asked.empty() ? call.request.head.header("Accept-Language") : asked);
}

std::string Api::fresh_name() const { return Token::make(random_).text(); }

Outcome Api::plain(Call& call) {
  const auto session = identify(call, false);
  if (call.elsewhere) return Reply();  // nobody is told
  if (!session) {
    // Whoever comes for the first time did nothing wrong.
    const bool fresh = session.error().code == ErrorCode::kUnauthorized;
    About about = this->about(call);
    return html_reply(200,
                      plain_login(call, fresh ? std::string() : notice(about, session.error())));
  }
  hub_.seen((*session)->user);
  PlainChat chat;
  chat.with = chat.to = call.query.get("with");
  if (const auto seconds = parse_number(call.query.get("refresh"), 5, 3600)) {
    chat.refresh = static_cast<std::size_t>(*seconds);
  }
  return html_reply(200, plain_chat(**session, std::move(chat), plain_words_for(call)));
}

Outcome Api::plain_log_in(Call& call) {
  if (origins_.is_foreign(call.request.head, proxies_.is_secure(call.request))) {
    return plain_refused(call, {ErrorCode::kForeignOrigin});
  }
  const auto session = log_in(call);
  if (!session) return plain_refused(call, session.error());
  Reply reply;
  if (call.field("text").empty()) {
    reply = redirect(call, plain_url({{"lang", call.field("lang")}, {"n", fresh_name()}}));
  } else {
    // What could not be sent before goes on standing in the box, and not in an address.
    PlainChat chat;
    chat.to = call.field("to");
    chat.text = call.field("text");
    reply = html_reply(200, plain_chat(**session, std::move(chat), plain_words_for(call)));
  }
  give_cookie(call.request, **session, reply);
  return once_kept(call, std::move(reply), [this, session = *session] { hub_.logout(session); });
}

Outcome Api::plain_send(Call& call) {
  const auto session = identify(call, true);
  if (!session) return plain_refused(call, session.error());
  PlainChat again;  // the page, should it be refused
  again.with = call.field("with");
  again.to = call.field("to");
  again.text = call.field("text");
  const PlainWords& words = plain_words_for(call);
  const auto refused = [this, session, again, &words, asked = about(call)](const Error& error) {
    PlainChat chat = again;
    About about = asked;
    chat.notice = notice(about, error);
    return html_error(error, about.id, plain_chat(**session, std::move(chat), words));
  };
  if (auto ok = count_send(call, **session); !ok) return refused(ok.error());
  auto image = take_image(call.body);
  if (!image) return refused(image.error());
  // A conversation that was open stays open; one message to somebody does not open one.
  Reply done = redirect(call, plain_url({{"with", again.with.empty() ? "" : again.to},
                                         {"lang", call.field("lang")},
                                         {"n", fresh_name()}}));
  return say(
      *session,
      {again.text, std::move(*image), again.to, "", call.field("key"), is_operator(**session)},
      [refused, done](const Committed& committed) {
        return committed ? done : refused(committed.error());
      });
}

Outcome Api::plain_log_out(Call& call) {
  const auto session = identify(call, true);
  Reply reply = redirect(call, plain_url({{"lang", call.field("lang")}, {"n", fresh_name()}}));
  if (!session) return reply;
  hub_.logout(*session);
  reply.headers.emplace_back("Set-Cookie", kNoCookie);
  return once_kept(call, std::move(reply));
}

Outcome Api::plain_stream(Call& call) {
  StreamTerms terms;
  terms.max_bytes = options_.stream_bytes;
  terms.max_time = kPageTime;
  auto hold = make_stream(call, terms);
  if (!hold) {
    if (error_row(hold.error().code).status != 401) return fail(call, hold.error());
    return plain_refused(call, hold.error());
  }
  if (call.query.find("since") == nullptr) hold->since = hold->session->user->mailbox->floor();
  hold->headers.emplace_back("Content-Security-Policy", kPagePolicy);
  add_page_headers(hold->headers);
  return std::move(*hold);
}

}  // namespace encke
