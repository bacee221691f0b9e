// identity.cc: who is asking: a token in one of three places, or a nickname and its secret.
#include <strings.h>

#include "api/api.h"
#include "core/base64.h"

namespace encke {
namespace {

// `scheme credentials` (RFC 9110, section 11.4).
std::string_view credentials(std::string_view authorization, std::string_view scheme) {
  if (authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ' ||
      strncasecmp(authorization.data(), scheme.data(), scheme.size()) != 0) {
    return {};
  }
  auto rest = authorization.substr(scheme.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

// RFC 6265, section 4.2.1.
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

}  // namespace

tl::expected<SessionPtr, Error> Api::identify(const Call& call, bool write) {
  const RequestHead& head = call.request.head;
  const auto authorization = head.header("Authorization");
  if (const auto token = credentials(authorization, "Bearer"); !token.empty()) {
    return hub_.find_session(token);
  }
  if (const auto encoded = credentials(authorization, "Basic"); !encoded.empty()) {
    const auto pair = decode_base64(encoded);
    const auto colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos) {
      return tl::unexpected(Error{ErrorCode::kBadCredentials, "they are not nickname:secret"});
    }
    return hub_.basic_session(pair->substr(0, colon), pair->substr(colon + 1));
  }
  if (!authorization.empty()) {
    return tl::unexpected(Error{ErrorCode::kUnauthorized, "Authorization is Bearer or Basic"});
  }
  if (const std::string& token = call.field("token"); !token.empty()) {
    return hub_.find_session(token);
  }
  const auto token = cookie(head.header("Cookie"), "encke");
  if (token.empty()) return tl::unexpected(Error{ErrorCode::kUnauthorized, ""});
  // A browser sends its cookie for whichever page asks it to; only ours may speak for the user, or
  // read what a script element of any page can read.
  const bool readable_by_all = call.wanted.framing == &kJsonpFraming;
  if ((write || readable_by_all) && !origins_.is_ours(head)) {
    return tl::unexpected(Error{ErrorCode::kForeignOrigin, ""});
  }
  return hub_.find_session(token);
}

}  // namespace encke
