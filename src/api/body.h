// body.h: the fields of a request's body, in whichever way it was sent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "api/params.h"
#include "core/error.h"
#include "net/request.h"

namespace encke {

struct Body {
  Params fields;
  /// A multipart file named `image`; its view is of the request.
  std::optional<std::string_view> image_file;
};

/// Reads JSON (an object of strings, numbers and booleans), multipart, a form, or text/plain, whose
/// whole is the field `text`. So is a form's that has no field of a name that means anything here:
/// `curl -d 'hello'` sends a form.
tl::expected<Body, Error> parse_body(const Request& request);

}  // namespace encke
