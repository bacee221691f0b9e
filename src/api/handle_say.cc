// handle_say.cc: POST /send, /join and /leave.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/api.h"
#include "images/data_url.h"

namespace encke {

tl::expected<std::optional<ImageRef>, Error> Api::take_image(const Body& body) {
  const std::string& url = body.fields.get("image");
  if (!body.image_file && url.empty()) return std::nullopt;
  std::string bytes;
  if (body.image_file) {
    bytes = std::string(*body.image_file);
  } else {
    auto decoded = decode_data_url(url, images_.limits().max_bytes);
    if (!decoded) return tl::unexpected(decoded.error());
    bytes = std::move(*decoded);
  }
  const auto stored = images_.put(std::move(bytes));
  if (!stored) return tl::unexpected(stored.error());
  return ImageRef{std::string(kImagePath) + stored->name, std::string(mime_type(stored->type)),
                  stored->width, stored->height, stored->bytes};
}

Outcome Api::say(const SessionPtr& session, Say say, Answer answer) {
  auto later = make_ref<Later>();
  const std::string image_url = say.image ? say.image->url : std::string();
  hub_.send(session, std::move(say),
            [this, later, image_url, answer = std::move(answer)](const Committed& committed) {
              // Refused, or said already under the same key: nobody was told of this image.
              const bool shown =
                  committed && (*committed)->image && (*committed)->image->url == image_url;
              if (!image_url.empty() && !shown) images_.drop(image_url.substr(kImagePath.size()));
              later->complete(answer(committed));
            });
  return later;
}

tl::expected<void, Error> Api::count_send(const Call& call, const Session& session) {
  const Body& body = call.body;
  // Of a data: URL, every four characters are three bytes.
  const std::size_t image =
      body.image_file ? body.image_file->size() : body.fields.get("image").size() / 4 * 3;
  return limits_.send(session.user->nickname, call.client, image);
}

Outcome Api::send(Call& call) {
  const auto session = identify(call, true);
  if (!session) return fail(call, session.error());
  if (auto ok = count_send(call, **session); !ok) return fail(call, ok.error());
  // A shell's variable that is not set must not make public what was meant for one.
  for (const char* name : {"to", "room", "key"}) {
    const std::string* value = call.body.fields.find(name);
    if (value == nullptr) value = call.query.find(name);
    if (value != nullptr && value->empty()) {
      return fail(call, {ErrorCode::kBadParameter, std::string(name) + " is empty"});
    }
  }
  auto image = take_image(call.body);
  if (!image) return fail(call, image.error());
  // The answer may be needed when this call, and its request, are gone: what it looks like is
  // decided now.
  return say(*session,
             {call.field("text"), std::move(*image), call.field("to"), call.field("room"),
              call.field("key"), is_operator(**session)},
             [this, wanted = call.wanted, text = call.wants_text(), about = about(call),
              reply = json_reply(call, "")](const Committed& committed) mutable {
               if (!committed) {
                 return error_reply(committed.error(), reply.headers, wanted, about);
               }
               const std::string id = to_string((*committed)->position);
               const auto time = (*committed)->time.time_since_epoch().count();
               if (text) {
                 reply.content_type = kTextFraming.content_type;
                 reply.body = fmt::format("{}\t{}\n", id, time);
               } else {
                 wrap(fmt::format(R"({{"id":"{}","time":{}}})", id, time), wanted, reply);
               }
               return reply;
             });
}

Outcome Api::join(Call& call) {
  const auto session = identify(call, true);
  if (!session) return fail(call, session.error());
  if (auto ok = count_send(call, **session); !ok) return fail(call, ok.error());
  const std::string& room = call.field("room");
  if (!grants_.may_join((*session)->user->nickname, room)) {
    return fail(call, {ErrorCode::kMembersOnly, "your token does not name it"});
  }
  const bool was_in = is_in(**session, room);
  const auto info = hub_.join(*session, room, is_operator(**session));
  if (!info) return fail(call, info.error());
  return once_kept(call, room_reply(call, *info), [this, was_in, session = *session, room] {
    if (!was_in) (void)hub_.leave(session, room);
  });
}

Outcome Api::leave(Call& call) {
  const auto session = identify(call, true);
  if (!session) return fail(call, session.error());
  if (auto ok = count_send(call, **session); !ok) return fail(call, ok.error());
  const std::string& room = call.field("room");
  const auto info = hub_.leave(*session, room);
  if (!info) return fail(call, info.error());
  return once_kept(call, room_reply(call, *info),
                   [this, session = *session, room] { (void)hub_.join(session, room, true); });
}

bool Api::is_in(const Session& session, const std::string& room) const {
  const auto rooms = hub_.rooms_of(session);
  return std::find(rooms.begin(), rooms.end(), room) != rooms.end();
}

Reply Api::room_reply(const Call& call, const RoomInfo& info) {
  nlohmann::ordered_json json;
  json["room"] = info.room;
  json["size"] = info.size;
  json["joined"] = info.joined;
  return json_reply(call, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace encke
