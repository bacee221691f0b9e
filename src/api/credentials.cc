#include "api/credentials.h"

#include <strings.h>

#include "core/base64.h"

namespace encke {

std::string_view credentials(std::string_view authorization, std::string_view scheme) {
  if (authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ' ||
      strncasecmp(authorization.data(), scheme.data(), scheme.size()) != 0) {
    return {};
  }
  auto rest = authorization.substr(scheme.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

std::string_view cookie(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const auto end = header.find(';');
    auto pair = header.substr(0, end);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(name) && pair.size() > name.size() && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
    if (end == std::string_view::npos) break;
    header.remove_prefix(end + 1);
  }
  return {};
}

std::optional<NicknameAndSecret> parse_basic(std::string_view encoded) {
  const auto pair = decode_base64(encoded);
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return NicknameAndSecret{pair->substr(0, colon), pair->substr(colon + 1)};
}

}  // namespace encke
