#include "framing/framing.h"

#include <array>

namespace encke {
namespace {

constexpr std::array<const Framing*, 3> kFormats = {&kJsonFraming, &kTextFraming, &kNdjsonFraming};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

const Framing* find_format(std::string_view name) {
  for (const Framing* framing : kFormats) {
    if (framing->name == name) return framing;
  }
  return nullptr;
}

const Framing* find_accepted(std::string_view accept) {
  while (!accept.empty()) {
    const auto comma = accept.find(',');
    const auto item = accept.substr(0, comma);
    const auto type = trim(item.substr(0, item.find(';')));
    for (const Framing* framing : kFormats) {
      if (type == framing->content_type.substr(0, framing->content_type.find(';'))) return framing;
    }
    accept = comma == std::string_view::npos ? std::string_view() : accept.substr(comma + 1);
  }
  return nullptr;
}

std::string list_formats() {
  std::string names;
  for (const Framing* framing : kFormats) {
    if (!names.empty()) names += ", ";
    names += framing->name;
  }
  return names;
}

}  // namespace encke
