// machine.h: what the figures were measured on.
#pragma once

#include <string>

namespace race {

/// Cores, processor and kernel, as "2 cores, AMD EPYC, Linux 6.1.0".
std::string machine();

}  // namespace race
