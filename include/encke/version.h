// version.h: which Encke this is.
#pragma once

namespace encke {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace encke
