#include "api/params.h"

#include <charconv>

namespace encke {

Params Params::parse(std::string_view text) {
  Params params;
  while (!text.empty() && !params.too_many_) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    const auto equals = pair.find('=');
    if (!pair.empty()) {
      const bool bare = equals == std::string_view::npos;
      params.add(percent_decode(pair.substr(0, equals), true),
                 bare ? std::string() : percent_decode(pair.substr(equals + 1), true));
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return params;
}

void Params::add(std::string name, std::string value) {
  too_many_ = values_.size() == kMaxFields;
  if (!too_many_) values_.emplace_back(std::move(name), std::move(value));
}

const std::string* Params::find(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return &value;
  }
  return nullptr;
}

const std::string& Params::get(std::string_view name) const {
  static const std::string kNone;
  const std::string* value = find(name);
  return value != nullptr ? *value : kNone;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() &&
               std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<long> parse_number(std::string_view text, long least, long most) {
  long value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || at != end || value < least || value > most) {
    return std::nullopt;
  }
  return value;
}

}  // namespace encke
