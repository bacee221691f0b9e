#include "api/body.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace encke {
namespace {

constexpr std::array<std::string_view, 12> kFields = {"text",   "image",    "to",      "room",
                                                      "key",    "nickname", "secret",  "token",
                                                      "format", "callback", "address", "jwt"};

bool is_type(std::string_view content_type, std::string_view type) {
  return content_type.size() >= type.size() &&
         strncasecmp(content_type.data(), type.data(), type.size()) == 0 &&
         (content_type.size() == type.size() || content_type[type.size()] == ';' ||
          content_type[type.size()] == ' ');
}

// Reads fields as they come, and stops at the first thing that is none: a body has room for
// millions of brackets, which as a tree would take a hundred times their size.
class FieldReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit FieldReader(Params& fields) : fields_(fields) {}
  const char* why() const { return why_; }

  bool null() override { return in_object_ || no_object(); }
  bool boolean(bool value) override { return add(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override { return add(std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) override { return add(std::to_string(value)); }
  bool number_float(double, const std::string& text) override { return add(text); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    if (in_object_) return nested();
    return in_object_ = true;
  }
  bool key(std::string& name) override {
    name_ = std::move(name);
    return true;
  }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return in_object_ ? nested() : no_object(); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  bool add(std::string value) {
    if (!in_object_) return no_object();
    fields_.add(std::move(name_), std::move(value));
    if (fields_.too_many()) why_ = "it has too many fields";
    return !fields_.too_many();
  }
  bool no_object() {
    why_ = "it is something else";
    return false;
  }
  bool nested() {
    why_ = "a value is neither text nor number";
    return false;
  }

  Params& fields_;
  std::string name_;
  bool in_object_ = false;
  const char* why_ = "it does not parse";
};

tl::expected<Body, Error> parse_json(std::string_view text) {
  Body body;
  FieldReader reader(body.fields);
  if (!nlohmann::json::sax_parse(text, &reader)) {
    return tl::unexpected(Error{ErrorCode::kBadJson, reader.why()});
  }
  return body;
}

Body text_body(std::string_view text) {
  Body body;
  if (!text.empty()) body.fields.add("text", std::string(text));
  return body;
}

// Whether one of the names that we know is among them, and be it beyond those that are kept.
bool names_any(std::string_view form) {
  while (!form.empty()) {
    const auto pair = form.substr(0, form.find('&'));
    const std::string name = percent_decode(pair.substr(0, pair.find('=')), true);
    if (std::find(kFields.begin(), kFields.end(), name) != kFields.end()) return true;
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
  }
  return false;
}

Body parse_form(std::string_view text) {
  if (!names_any(text)) return text_body(text);
  Body body;
  body.fields = Params::parse(text);
  return body;
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
