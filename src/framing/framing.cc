#include "framing/framing.h"

#include <algorithm>
#include <array>
#include <span>

namespace encke {
namespace {

constexpr std::array kFormats = {&kJsonFraming, &kTextFraming, &kNdjsonFraming};
constexpr std::array kStreams = {&kIframeFraming, &kMultipartFraming, &kMixedFraming,
                                 &kNdjsonFraming, &kTextFraming,      &kXhrFraming,
                                 &kHtmlFraming,   &kSseFraming};

const Framing* find(std::span<const Framing* const> table, std::string_view name) {
  for (const Framing* framing : table) {
    if (framing->name == name) return framing;
  }
  return nullptr;
}

std::string list(std::span<const Framing* const> table) {
  std::string names;
  for (const Framing* framing : table) {
    if (!names.empty()) names += ", ";
    names += framing->name;
  }
  return names;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

const Framing* find_format(std::string_view name) { return find(kFormats, name); }

const Framing* find_stream(std::string_view name) { return find(kStreams, name); }

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

std::string list_formats() { return list(kFormats); }

std::string list_streams() { return list(kStreams); }

bool is_callback(std::string_view name) {
  constexpr std::size_t kMaxCallback = 64;
  return !name.empty() && name.size() <= kMaxCallback &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '$' || c == '.';
         });
}

}  // namespace encke
