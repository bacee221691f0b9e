// command_line.h: the flags, made of include/encke/options.def.
#pragma once

#include <optional>

#include "encke/options.h"

namespace encke {

/// Fills `options` in. An exit code if the program is to end at once: --help, --version, or a
/// mistake, which has then been told.
std::optional<int> parse_command_line(int argc, char** argv, Options& options);

}  // namespace encke
