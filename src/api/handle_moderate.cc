// handle_moderate.cc: what operators may: POST /kick, /ban, /unban, /rooms/rule, /invite and
// /uninvite, GET /bans and /invited.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/api.h"
#include "core/text.h"

namespace encke {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxReason = 300;                 // bytes
constexpr long kMaxSeconds = 10L * 365 * 24 * 60 * 60;  // of a ban that ends

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

tl::unexpected<Error> wrong(const char* what) {
  return tl::unexpected(Error{ErrorCode::kBadParameter, what});
}

Json ban_json(const Ban& ban) {
  Json json;
  if (ban.network) {
    json["address"] = ban.network->text();
  } else {
    json["nickname"] = ban.nickname;
  }
  json["reason"] = ban.reason;
  json["by"] = ban.by;
  if (ban.until) json["until"] = ban.until->time_since_epoch().count();
  return json;
}

std::string target_of(const Ban& ban) { return ban.network ? ban.network->text() : std::string(); }

// One line: it goes into others' lines.
tl::expected<std::string, Error> read_reason(const std::string& text) {
  if (text.empty()) return text;
  if (text.size() > kMaxReason || text.find('\n') != std::string::npos) {
    return wrong("reason is one line of at most 300 bytes");
  }
  return clean_text(text, kMaxReason);
}

// Of IPv6, one address stands for all that its owner has, who would come from the next one.
std::optional<Network> network_of(const std::string& text) {
  auto network = Network::parse(text);
  if (network && !network->first.is_v4() && text.find('/') == std::string::npos) {
    network->prefix = 64;
    network->first = network->first.owner();
  }
  return network;
}

std::string sentence(const Error& error) { return error_text(error).message; }

}  // namespace

tl::expected<SessionPtr, Error> Api::identify_operator(Call& call) {
  auto session = identify(call, !call.request.head.is_read());
  if (!session) return session;
  hub_.seen((*session)->user);
  if (!is_operator(**session)) return tl::unexpected(Error{ErrorCode::kNotOperator});
  return session;
}

Outcome Api::kick(Call& call) {
  const auto session = identify_operator(call);
  if (!session) return fail(call, session.error());
  const std::string& nickname = call.field("nickname");
  const auto reason = read_reason(call.field("reason"));
  if (!reason) return fail(call, reason.error());
  const Error why{ErrorCode::kKicked, *reason};
  if (!hub_.send_out(nickname, sentence(why), why)) return fail(call, {ErrorCode::kNoSuchUser});
  audit_.write({.what = "kick",
                .nickname = nickname,
                .address = call.client,
                .by = (*session)->user->nickname,
                .reason = *reason});
  return once_kept(call, json_reply(call, dump({{"nickname", nickname}, {"reason", *reason}})));
}

tl::expected<Ban, Error> Api::read_ban(const Call& call, const Session& by) const {
  const std::string& nickname = call.field("nickname");
  const std::string& address = call.field("address");
  if (nickname.empty() == address.empty()) return wrong("either nickname or address");
  Ban ban{.nickname = nickname, .by = by.user->nickname};
  if (address.empty()) {
    if (auto ok = check_nickname(nickname); !ok) return tl::unexpected(ok.error());
    if (nickname == ban.by) return wrong("that is you");
  } else {
    ban.network = network_of(address);
    if (!ban.network) return wrong("address is an address, or a network such as 10.0.0.0/8");
    if (ban.network->has(call.client)) return wrong("that is your own address");
  }
  auto reason = read_reason(call.field("reason"));
  if (!reason) return tl::unexpected(reason.error());
  ban.reason = std::move(*reason);
  if (const std::string& seconds = call.field("seconds"); !seconds.empty()) {
    const auto number = parse_number(seconds, 1, kMaxSeconds);
    if (!number) return wrong("seconds is a number from 1 to 315360000");
    ban.until = hub_.clock().wall_now() + std::chrono::seconds(*number);
  }
  return ban;
}

Outcome Api::ban(Call& call) {
  const auto session = identify_operator(call);
  if (!session) return fail(call, session.error());
  const auto ban = read_ban(call, **session);
  if (!ban) return fail(call, ban.error());
  if (!bans_.add(*ban)) return fail(call, {ErrorCode::kTooManyBans});
  audit_.write({.what = "ban",
                .nickname = ban->nickname,
                .address = call.client,
                .by = ban->by,
                .target = target_of(*ban),
                .reason = ban->reason});
  // From here on nobody of them comes in; who is in goes.
  std::vector<std::string> nicknames = {ban->nickname};
  if (ban->network) nicknames = hub_.users_from(*ban->network);
  for (const std::string& nickname : nicknames) {
    (void)hub_.send_out(nickname, sentence(ban->error()), ban->error());
  }
  return once_kept(call, json_reply(call, dump(ban_json(*ban))));
}

Outcome Api::unban(Call& call) {
  const auto session = identify_operator(call);
  if (!session) return fail(call, session.error());
  const std::string& nickname = call.field("nickname");
  const std::string& address = call.field("address");
  const auto network = network_of(address);
  const bool removed = address.empty() ? bans_.remove(nickname) : network && bans_.remove(*network);
  if (!removed) return fail(call, {ErrorCode::kNoSuchBan});
  audit_.write({.what = "unban",
                .nickname = nickname,
                .address = call.client,
                .by = (*session)->user->nickname,
                .target = address});
  return once_kept(call, json_reply(call, R"({"removed":true})"));
}

Outcome Api::bans(Call& call) {
  const auto session = identify_operator(call);
  if (!session) return fail(call, session.error());
  auto list = Json::array();
  for (const Ban& ban : bans_.all()) list.push_back(ban_json(ban));
  return json_reply(call, dump({{"bans", list}}));
}

Outcome Api::set_rule(Call& call) {
  const auto session = identify_operator(call);
  if (!session) return fail(call, session.error());
  const std::string& room = call.field("room");
  if (auto ok = check_room(room); !ok) return fail(call, ok.error());
  const auto rule = parse_room_rule(call.field("rule"));
  if (!rule) return fail(call, {ErrorCode::kBadParameter, "rule is open, read-only or members"});
  if (room == kLobby && *rule == RoomRule::kMembers) {
    return fail(call, {ErrorCode::kBadParameter, "everybody is in the lobby"});
  }
  hub_.rules().set(room, *rule);
  audit_.write({.what = "rule",
                .address = call.client,
                .by = (*session)->user->nickname,
                .target = room,
                .reason = to_string(*rule)});
  return once_kept(call, json_reply(call, dump({{"room", room}, {"rule", to_string(*rule)}})));
}

Outcome Api::invite(Call& call) {
  const auto session = identify_operator(call);
  if (!session) return fail(call, session.error());
  const std::string& room = call.field("room");
  const std::string& nickname = call.field("nickname");
  if (auto ok = check_room(room); !ok) return fail(call, ok.error());
  if (auto ok = check_nickname(nickname); !ok) return fail(call, ok.error());
  hub_.rules().invite(room, nickname);
  return once_kept(
      call, json_reply(call, dump({{"room", room}, {"nickname", nickname}, {"invited", true}})));
}

Outcome Api::uninvite(Call& call) {
  const auto session = identify_operator(call);
  if (!session) return fail(call, session.error());
  const std::string& room = call.field("room");
  const std::string& nickname = call.field("nickname");
  hub_.rules().uninvite(room, nickname);
  if (hub_.rules().of(room) == RoomRule::kMembers) (void)hub_.take_out(nickname, room);
  return once_kept(
      call, json_reply(call, dump({{"room", room}, {"nickname", nickname}, {"invited", false}})));
}

Outcome Api::invited(Call& call) {
  const auto session = identify_operator(call);
  if (!session) return fail(call, session.error());
  const std::string& room = call.query.get("room");
  return json_reply(call, dump({{"room", room}, {"nicknames", hub_.rules().invited(room)}}));
}

}  // namespace encke
