// handle_say.cc: POST /send, /join and /leave.
#include <fmt/format.h>

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

Outcome Api::send(Call& call) {
  const auto session = identify(call, true);
  if (!session) return fail(call, session.error());
  auto image = take_image(call.body);
  if (!image) return fail(call, image.error());
  const std::string image_url = *image ? (*image)->url : std::string();
  Say say{call.field("text"), std::move(*image), call.field("to"), call.field("room"),
          call.field("key")};
  auto later = make_ref<Later>();
  // The answer may be needed when this call, and its request, are gone: what it looks like is
  // decided now.
  Reply committed = json_reply(call, "");
  const bool text = call.framing == &kTextFraming;
  if (text) committed.content_type = kTextFraming.content_type;
  hub_.send(*session, std::move(say),
            [this, later, text, committed, framing = call.framing,
             image_url](const tl::expected<EventPtr, Error>& answer) {
              // Refused, or said already under the same key: nobody was told of this image.
              const bool shown = answer && (*answer)->image && (*answer)->image->url == image_url;
              if (!image_url.empty() && !shown) images_.drop(image_url.substr(kImagePath.size()));
              if (!answer)
                return later->complete(error_reply(answer.error(), committed.headers, *framing));
              const std::string id = to_string((*answer)->position);
              const auto time = (*answer)->time.time_since_epoch().count();
              Reply reply = committed;
              reply.body = text ? fmt::format("{}\t{}\n", id, time)
                                : fmt::format("{{\"id\":\"{}\",\"time\":{}}}\n", id, time);
              later->complete(std::move(reply));
            });
  return later;
}

Outcome Api::join(Call& call) {
  const auto session = identify(call, true);
  if (!session) return fail(call, session.error());
  const auto info = hub_.join(*session, call.field("room"));
  if (!info) return fail(call, info.error());
  return room_reply(call, *info);
}

Outcome Api::leave(Call& call) {
  const auto session = identify(call, true);
  if (!session) return fail(call, session.error());
  const auto info = hub_.leave(*session, call.field("room"));
  if (!info) return fail(call, info.error());
  return room_reply(call, *info);
}

Outcome Api::room_reply(const Call& call, const RoomInfo& info) {
  nlohmann::ordered_json json;
  json["room"] = info.room;
  json["size"] = info.size;
  json["joined"] = info.joined;
  return json_reply(call, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace encke
