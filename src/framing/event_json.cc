#include "framing/event_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace encke {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  // Everything in an event was checked to be UTF-8; should something not be, a reader gets a
  // replacement character, and not an exception.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json image_json(const ImageRef& image) {
  return {{"url", image.url},
          {"type", image.type},
          {"width", image.width},
          {"height", image.height},
          {"bytes", image.bytes}};
}

void encode(const Event& event, std::string& out) {
  Json json;
  if (event.kind < EventKind::kNouser) {
    json["id"] = to_string(event.position);
    json["time"] = event.time.time_since_epoch().count();
  }
  json["event"] = event_name(event.kind);
  switch (event.kind) {
    case EventKind::kMessage:
    case EventKind::kPrivate:
      if (event.kind == EventKind::kMessage) json["room"] = event.room;
      json["from"] = event.from;
      if (event.kind == EventKind::kPrivate) json["to"] = event.to;
      if (!event.text.empty()) json["text"] = event.text;
      if (event.image) json["image"] = image_json(*event.image);
      break;
    case EventKind::kSystem: {
      json["room"] = event.room;
      json["size"] = event.size;
      Json& changes = json["changes"] = Json::array();
      for (const Change& change : event.changes) {
        changes.push_back(Json{{"nickname", change.nickname}, {"flag", change.came}});
      }
      if (event.more_changes != 0) json["more"] = event.more_changes;
      break;
    }
    case EventKind::kNouser:
      json["text"] = event.text;
      if (!event.to.empty()) json["code"] = event.to;
      break;
    case EventKind::kGap:
      json["after"] = to_string(event.after);
      json["oldest"] = to_string(event.oldest);
      break;
    case EventKind::kBye:
      json["retry"] = event.retry.count();
      break;
  }
  out = dump(json);
}

}  // namespace

std::string_view event_json(const Event& event) { return event.encoded(kMemoJson, encode); }

std::string_view event_name(EventKind kind) {
  switch (kind) {
    case EventKind::kMessage:
      return "message";
    case EventKind::kPrivate:
      return "private";
    case EventKind::kSystem:
      return "system";
    case EventKind::kNouser:
      return "nouser";
    case EventKind::kGap:
      return "gap";
    case EventKind::kBye:
      return "bye";
  }
  return "";
}

std::optional<Position> event_cursor(const Event& event) {
  if (event.kind < EventKind::kNouser) return event.position;
  if (event.kind == EventKind::kGap) return event.oldest;
  return std::nullopt;
}

void append_json_string(std::string_view text, std::string& out) {
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
  });
  if (plain) {
    (out += '"').append(text) += '"';
  } else {
    out += dump(Json(text));
  }
}

void append_script_literal(std::string_view json, std::string& out) {
  constexpr std::string_view kSeparator = "\xE2\x80";  // and A8 or A9
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto last = json.substr(i).starts_with(kSeparator) && i + 2 < json.size()
                          ? static_cast<unsigned char>(json[i + 2])
                          : 0;
    if (json[i] == '<') {
      out += "\\u003c";
    } else if (last == 0xA8 || last == 0xA9) {
      out += last == 0xA8 ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += json[i];
    }
  }
}

void open_lines(std::size_t pad, const FramingOptions& options, std::string& out) {
  const std::size_t blanks = options.pad.value_or(pad);
  out.append(blanks, ' ');
  if (blanks != 0 || options.audible) out += '\n';
}

std::string error_json(const ErrorText& error) {
  Json json;
  json["code"] = error.code;
  json["message"] = error.message;
  if (error.retry_after) json["retry_after"] = error.retry_after->count();
  if (!error.request.empty()) json["request"] = error.request;
  return dump(Json{{"error", json}});
}

}  // namespace encke
