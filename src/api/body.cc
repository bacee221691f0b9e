#include "api/body.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace encke {
namespace {

constexpr std::array<std::string_view, 9> kFields = {"text",     "image",  "to",    "room",  "key",
                                                     "nickname", "secret", "token", "format"};

bool is_type(std::string_view content_type, std::string_view type) {
  return content_type.size() >= type.size() &&
         strncasecmp(content_type.data(), type.data(), type.size()) == 0 &&
         (content_type.size() == type.size() || content_type[type.size()] == ';' ||
          content_type[type.size()] == ' ');
}

tl::expected<Body, Error> parse_json(std::string_view text) {
  const auto bad = [](const char* why) { return tl::unexpected(Error{ErrorCode::kBadJson, why}); };
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return bad("it does not parse");
  if (!json.is_object()) return bad("it is something else");
  Body body;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) {
      body.fields.add(name, value.get<std::string>());
    } else if (value.is_number() || value.is_boolean()) {
      body.fields.add(name, value.dump());
    } else if (!value.is_null()) {
      return bad("a value is neither text nor number");
    }
  }
  return body;
}

Body text_body(std::string_view text) {
  Body body;
  if (!text.empty()) body.fields.add("text", std::string(text));
  return body;
}

Body parse_form(std::string_view text) {
  Body body;
  body.fields = Params::parse(text);
  const bool named = std::any_of(kFields.begin(), kFields.end(), [&](std::string_view name) {
    return body.fields.find(name) != nullptr;
  });
  return named ? std::move(body) : text_body(text);
}

}  // namespace

tl::expected<Body, Error> parse_body(const Request& request) {
  const auto type = request.head.header("Content-Type");
  if (is_type(type, "application/json")) return parse_json(request.body);
  if (is_type(type, "application/x-www-form-urlencoded")) return parse_form(request.body);
  if (is_type(type, "multipart/form-data")) {
    Body body;
    for (const FormPart& part : request.parts) {
      // A file field left empty comes as a part without name and content.
      const bool file = !part.filename.empty() || part.content_type.starts_with("image/");
      if (part.name == "image" && file) {
        body.image_file = part.content;
      } else if (!(part.name == "image" && part.content.empty())) {
        body.fields.add(std::string(part.name), std::string(part.content));
      }
    }
    return body;
  }
  if (type.empty() || is_type(type, "text/plain")) return text_body(request.body);
  return tl::unexpected(Error{ErrorCode::kUnsupportedMediaType,
                              "send a form, multipart/form-data, application/json or text/plain"});
}

}  // namespace encke
