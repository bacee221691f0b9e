// keeper_commands.h: `encke check`, `encke export` and `encke restored`: what an operator does with
// the folder that --data names.
#pragma once

#include <optional>

namespace encke {

/// Runs the command that the first argument names, if it names one. The exit code: 0, 1 for what is
/// wrong with the data, which has been told, or 2 for a mistake in the arguments.
std::optional<int> run_keeper_command(int argc, char** argv);

}  // namespace encke
