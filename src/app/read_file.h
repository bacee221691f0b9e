// read_file.h: the whole of a small file.
#pragma once

#include <string>

#include <tl/expected.hpp>

namespace encke {

/// Its bytes, or why it cannot be read, as the system says it.
tl::expected<std::string, std::string> read_file(const std::string& path);

}  // namespace encke
