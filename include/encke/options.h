// options.h: what can be set, for programs that embed the server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace encke {

namespace option_type {
using Text = std::string;
using Secret = std::string;
using List = std::vector<std::string>;
using Number = std::uint64_t;
using Bytes = std::size_t;
using Span = std::chrono::milliseconds;
using Flag = bool;
}  // namespace option_type

/// Defaults, units and reasons: options.def, one line each. `encke --help` prints the same.
struct Options {
#define OPTION(type, name, value, help) option_type::type name = value;
#include "encke/options.def"  // IWYU pragma: keep
#undef OPTION
};

}  // namespace encke
