// handle_session.cc: POST /login and /logout, GET /session.
#include <nlohmann/json.hpp>

#include "api/api.h"
#include "framing/event_json.h"

namespace encke {
namespace {

constexpr std::size_t kUsersAtLogin = 1000;

}  // namespace

// Up to a thousand names, for everybody who logs in: written one by one into the text, rather than
// as a thousand objects that fragment the memory which the sessions live in.
std::string Api::session_json(const Session& session, std::string_view event,
                              Position cursor) const {
  const UserList users = hub_.users("", kUsersAtLogin);
  nlohmann::ordered_json json;
  json["event"] = event;
  json["nickname"] = session.user->nickname;
  json["token"] = session.token.text();
  json["cursor"] = to_string(cursor);
  json["size"] = users.size;
  json["users"] = nlohmann::json::array();
  json["rooms"] = hub_.rooms_of(session);
  std::string names;
  for (const std::string& name : users.users) {
    if (!names.empty()) names += ',';
    append_json_string(name, names);
  }
  std::string body = json.dump();
  constexpr std::string_view kEmptyUsers = R"("users":[])";
  body.reserve(body.size() + names.size() + 1);  // and the end of the line
  body.insert(body.find(kEmptyUsers) + kEmptyUsers.size() - 1, names);
  return body;
}

void Api::give_cookie(const Request& request, const Session& session, Reply& reply) const {
  const bool secure = proxies_.is_secure(request);
  if (origins_.is_foreign(request.head, secure)) return;
  reply.headers.emplace_back("Set-Cookie", "encke=" + session.token.text() +
                                               "; Path=/; HttpOnly; SameSite=Lax" +
                                               (secure ? "; Secure" : ""));
}

Outcome Api::login(Call& call) {
  const auto session = log_in(call);
  if (!session) {
    const Error& error = session.error();
    Reply reply = fail(call, error);
    // The article's name for it, beside the error.
    if (error_row(error.code).status == 409 && !call.wants_text()) {
      ErrorText text = error_text(error);
      text.request = call.id;
      wrap(R"({"event":"repeat",)" + error_json(text).substr(1), call.wanted, reply);
    }
    return reply;
  }
  Reply reply = json_reply(call, "");
  give_cookie(call.request, **session, reply);
  auto fill = [this, session = *session, for_shell = call.wants_text()](const Wanted& wanted,
                                                                        Reply& filled) {
    if (!for_shell) {
      return wrap(session_json(*session, "loginSuccess", session->cursor), wanted, filled);
    }
    // What a shell needs to go on with.
    filled.content_type = kTextFraming.content_type;
    filled.body = session->token.text() + '\t' + to_string(session->cursor) + '\n';
  };
  return once_kept(
      call, std::move(reply), [this, session = *session] { hub_.logout(session); },
      std::move(fill));
}

// Who the cookie is, for a new tab: what a login would say, as of now.
Outcome Api::session(Call& call) {
  const auto session = identify(call, false);
  if (!session) return fail(call, session.error());
  if (auto ok = hub_.check_here(**session); !ok) return fail(call, ok.error());
  hub_.seen((*session)->user);
  return json_reply(call, session_json(**session, "session", hub_.end()));
}

Outcome Api::logout(Call& call) {
  const auto session = identify(call, true);
  if (!session) return fail(call, session.error());
  hub_.logout(*session);
  Reply reply = json_reply(call, R"({"event":"logoutSuccess"})");
  reply.headers.emplace_back("Set-Cookie", kNoCookie);
  return once_kept(call, std::move(reply));
}

}  // namespace encke
