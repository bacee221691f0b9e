// http_head.h: reading a request's head, and refusing whatever two readers could read differently.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <tl/expected.hpp>

#include "core/error.h"
#include "net/net_options.h"
#include "net/request.h"

namespace encke {

/// How a request's body is delimited (RFC 9112, section 6).
struct BodyFraming {
  bool chunked = false;
  std::size_t length = 0;  // when not chunked
  bool expects_continue = false;
};

/// The length of the head at the front of `bytes`, its empty line included; nothing while it is
/// incomplete. `scanned` is where to go on looking, kept by the caller from call to call.
std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned);

/// Reads a complete head into `head`, whose memory is reused. Stricter than RFC 9112 wherever that
/// leaves a choice: line ends are CRLF, no folded lines, one Host, one way to delimit the body, no
/// body on GET, HEAD, OPTIONS and DELETE, nothing that decodes to a line end in the target or a
/// header.
tl::expected<BodyFraming, Error> parse_head(std::string_view bytes, const NetOptions& limits,
                                            RequestHead& head);

}  // namespace encke
