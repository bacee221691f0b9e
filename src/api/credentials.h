// credentials.h: what a request's Authorization and Cookie have in them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace encke {

/// What stands behind `scheme`, in any case, in an Authorization header (RFC 9110, section 11.4);
/// empty if it is of another one.
std::string_view credentials(std::string_view authorization, std::string_view scheme);

/// The value of the first cookie of that name (RFC 6265, section 4.2.1); empty if there is none.
std::string_view cookie(std::string_view header, std::string_view name);

struct NicknameAndSecret {
  std::string nickname;
  std::string secret;
};

/// The credentials of Basic (RFC 7617): up to the first colon, and all behind it.
std::optional<NicknameAndSecret> parse_basic(std::string_view encoded);

}  // namespace encke
