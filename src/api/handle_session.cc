// handle_session.cc: POST /login and /logout.
#include <nlohmann/json.hpp>

#include "api/api.h"
#include "framing/event_json.h"

namespace encke {
namespace {

constexpr std::size_t kUsersAtLogin = 1000;

}  // namespace

Outcome Api::login(Call& call) {
  const auto session = hub_.login(call.field("nickname"), call.field("secret"));
  if (!session) {
    const Error& error = session.error();
    Reply reply = error_reply(error, common_headers(call.request.head), *call.framing);
    // The article's name for it, beside the error.
    if (reply.status == 409 && call.framing == &kJsonFraming) {
      reply.body = R"({"event":"repeat",)" + error_json(error_text(error)).substr(1) + '\n';
    }
    return reply;
  }
  const User& user = *(*session)->user;
  const UserList users = hub_.users("", kUsersAtLogin);
  const std::string token = (*session)->token.text();
  nlohmann::ordered_json json;
  json["event"] = "loginSuccess";
  json["nickname"] = user.nickname;
  json["token"] = token;
  json["cursor"] = to_string((*session)->cursor);
  json["size"] = users.size;
  json["users"] = nlohmann::json::array();
  json["rooms"] = hub_.rooms_of(**session);
  // Up to a thousand names, for everybody who logs in: written one by one into the text, rather
  // than as a thousand objects that fragment the memory which the sessions live in.
  std::string names;
  for (const std::string& name : users.users) {
    if (!names.empty()) names += ',';
    append_json_string(name, names);
  }
  std::string body = json.dump();
  constexpr std::string_view kEmptyUsers = R"("users":[])";
  body.insert(body.find(kEmptyUsers) + kEmptyUsers.size() - 1, names);
  Reply reply = json_reply(call, std::move(body));
  if (call.framing == &kTextFraming) {
    // For a shell: what it needs to go on with.
    reply.content_type = call.framing->content_type;
    reply.body = token + '\t' + to_string((*session)->cursor) + '\n';
  }
  reply.headers.emplace_back("Set-Cookie", "encke=" + token + "; Path=/; HttpOnly; SameSite=Lax");
  return reply;
}

Outcome Api::logout(Call& call) {
  const auto session = identify(call, true);
  if (!session) return fail(call, session.error());
  hub_.logout(*session);
  Reply reply = json_reply(call, R"({"event":"logoutSuccess"})");
  reply.headers.emplace_back("Set-Cookie", "encke=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
  return reply;
}

}  // namespace encke
