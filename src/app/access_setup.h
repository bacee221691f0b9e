// access_setup.h: from the options to who may what: reads the files of keys and secrets.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "api/api.h"
#include "encke/options.h"

namespace encke {

/// Or why not: a file that cannot be read, a line that is none. Never shows what is in them; begins
/// with the name of the option that it is about.
tl::expected<AccessOptions, std::string> access_options(const Options& options);

}  // namespace encke
