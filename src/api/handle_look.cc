// handle_look.cc: GET /users, /rooms and /history.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/api.h"
#include "framing/event_json.h"

namespace encke {
namespace {

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr long kMaxUsers = 1000;
constexpr long kMaxHistory = 1000;

}  // namespace

Outcome Api::users(Call& call) {
  const auto session = identify(call, false);
  if (!session) return fail(call, session.error());
  if (auto ok = hub_.check_here(**session); !ok) return fail(call, ok.error());
  hub_.seen((*session)->user);
  std::size_t limit = kMaxUsers;
  if (const std::string* asked = call.query.find("limit")) {
    const auto number = parse_number(*asked, 1, kMaxUsers);
    if (!number) return fail(call, {ErrorCode::kBadParameter, "limit is a number from 1 to 1000"});
    limit = static_cast<std::size_t>(*number);
  }
  const std::string& room = call.query.get("room");
  const std::string& after = call.query.get("after");
  if (!room.empty() && hub_.rules().of(room) == RoomRule::kMembers) {
    // To who may not know of it, it is not there.
    const auto seen = hub_.rooms(**session, is_operator(**session));
    const bool known = std::any_of(seen.begin(), seen.end(),
                                   [&](const RoomInfo& info) { return info.room == room; });
    if (!known) return fail(call, {ErrorCode::kNoSuchRoom});
  }
  const auto list = room.empty() ? hub_.users(after, limit) : hub_.users_of(room, after, limit);
  if (!list) return fail(call, list.error());
  nlohmann::ordered_json json;
  json["size"] = list->size;
  json["users"] = list->users;
  if (list->more) json["next"] = list->users.back();
  Reply reply = json_reply(call, dump(json));
  if (call.wants_text()) {
    reply.content_type = kTextFraming.content_type;
    reply.body.clear();
    for (const std::string& nickname : list->users) reply.body += nickname + '\n';
  }
  return reply;
}

Outcome Api::rooms(Call& call) {
  const auto session = identify(call, false);
  if (!session) return fail(call, session.error());
  if (auto ok = hub_.check_here(**session); !ok) return fail(call, ok.error());
  hub_.seen((*session)->user);
  auto list = nlohmann::ordered_json::array();
  std::string text;
  for (const RoomInfo& info : hub_.rooms(**session, is_operator(**session))) {
    list.push_back({{"room", info.room}, {"size", info.size}, {"joined", info.joined}});
    if (info.rule != RoomRule::kOpen) list.back()["rule"] = to_string(info.rule);
    text +=
        info.room + '\t' + std::to_string(info.size) + '\t' + (info.joined ? "joined" : "") + '\n';
  }
  Reply reply = json_reply(call, dump({{"rooms", list}}));
  if (call.wants_text()) {
    reply.content_type = kTextFraming.content_type;
    reply.body = text;
  }
  return reply;
}

Outcome Api::history(Call& call) {
  const auto session = identify(call, false);
  if (!session) return fail(call, session.error());
  if (auto ok = hub_.check_here(**session); !ok) return fail(call, ok.error());
  hub_.seen((*session)->user);
  HistoryQuery query;
  query.room = call.query.get("room");
  query.with = call.query.get("with");
  if (query.room.empty() == query.with.empty()) {
    return fail(call, {ErrorCode::kBadParameter, "either room or with"});
  }
  if (const std::string* before = call.query.find("before")) {
    query.before = parse_position(*before);
    if (!query.before) return fail(call, {ErrorCode::kBadCursor, ""});
  }
  if (const std::string* limit = call.query.find("limit")) {
    const auto number = parse_number(*limit, 1, kMaxHistory);
    if (!number) return fail(call, {ErrorCode::kBadParameter, "limit is a number from 1 to 1000"});
    query.limit = static_cast<std::size_t>(*number);
  }
  auto history = hub_.history(**session, query);
  if (!history) return fail(call, history.error());
  // The newest of them, as many as fit: `more` says that there are older ones, to be asked for.
  std::size_t bytes = 0;
  for (std::size_t i = history->events.size(); i > 0; --i) {
    bytes += event_json(*history->events[i - 1]).size();
    if (options_.max_answer == 0 || bytes < options_.max_answer || i == history->events.size()) {
      continue;
    }
    history->events.erase(history->events.begin(),
                          history->events.begin() + static_cast<std::ptrdiff_t>(i - 1));
    history->more = history->more || i > 1;
    break;
  }
  if (const Framing* lines = call.wanted.framing;
      lines == &kTextFraming || lines == &kNdjsonFraming) {
    Batch batch;
    batch.events = std::move(history->events);
    Reply reply = json_reply(call, "");
    reply.content_type = lines->content_type;
    reply.body.clear();
    lines->answer(batch, call.wanted.options, reply.body);
    return reply;
  }
  std::string body = R"({"events":[)";
  for (const EventPtr& event : history->events) {
    if (body.back() != '[') body += ',';
    body += event_json(*event);
  }
  body += history->more ? R"(],"more":true})" : R"(],"more":false})";
  return json_reply(call, std::move(body));
}

}  // namespace encke
