// command_line.h: what the program is asked for: its flags, the environment and a --config file,
// all by the names in include/encke/options.def.
#pragma once

#include <optional>

#include "encke/options.h"

namespace encke {

/// Fills `options` in. An exit code if the program is to end at once: --help, --version,
/// --check-config, or a mistake, which has then been told.
std::optional<int> parse_command_line(int argc, char** argv, Options& options);

}  // namespace encke
