// Bodies and queries: JSON is read as a reader that builds it whole would, or refused; a form gives
// back what was put into it; plain text is itself.
#include "api/body.h"

#include <nlohmann/json.hpp>

#include "fuzz.h"

namespace encke::fuzz {
namespace {

using Json = nlohmann::json;

tl::expected<Body, Error> read(std::string_view type, std::string_view text) {
  RequestHead head;
  head.headers.push_back({"Content-Type", type});
  return parse_body({head, text, {}, {}});
}

bool same(const Json& value, const std::string& text) {
  if (value.is_string()) return value.get_ref<const std::string&>() == text;
  if (value.is_boolean()) return text == (value.get<bool>() ? "true" : "false");
  if (value.is_number_float()) return std::strtod(text.c_str(), nullptr) == value.get<double>();
  return value.dump() == text;
}

void check_json(std::string_view text) {
  const auto body = read("application/json", text);
  std::size_t plain = 0;
  bool nested = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    nested = nested || (depth > 0 && (event == Event::object_start || event == Event::array_start));
    if (event == Event::value && !parsed.is_null()) ++plain;
    return depth < 50;  // refused before that
  };
  const Json json = Json::parse(text, watch, false);
  const bool flat = json.is_object() && !nested && plain <= Params::kMaxFields;
  PROMISE(body.has_value() == flat);
  if (!body) return;
  PROMISE(body->fields.all().size() == plain);
  for (const auto& [name, last] : json.items()) {
    if (last.is_null()) continue;
    // Of a name that stands twice, the first counts here, and the last there.
    const auto& all = body->fields.all();
    bool found = false;
    for (const auto& [key, value] : all) found = found || (key == name && same(last, value));
    PROMISE(found);
  }
}

std::string escape(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

void check_form(std::string_view text) {
  const Params params = Params::parse(text);
  PROMISE(params.all().size() <= Params::kMaxFields);
  std::string again;
  std::size_t size = 0;
  for (const auto& [name, value] : params.all()) {
    again += '&' + escape(name) + '=' + escape(value);
    size += name.size() + value.size();
    const std::string* first = params.find(name);
    PROMISE(first != nullptr);
  }
  PROMISE(size <= text.size());
  PROMISE(Params::parse(again).all() == params.all());
  PROMISE(percent_decode(escape(text), false) == text);

  const auto body = read("application/x-www-form-urlencoded", text);
  PROMISE(body.has_value());
  const bool as_it_is = body->fields.all().size() == 1 && body->fields.get("text") == text;
  PROMISE(body->fields.all() == params.all() || as_it_is || (text.empty() && body->fields.empty()));
}

void check_text(std::string_view text) {
  const auto body = read("text/plain", text);
  PROMISE(body && body->fields.get("text") == text);
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  encke::fuzz::check_json(text);
  encke::fuzz::check_form(text);
  encke::fuzz::check_text(text);
  return 0;
}
