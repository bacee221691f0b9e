// print.h: what the program says to whoever started it.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace encke {

/// As fmt::print(), which throws where nobody takes it: a full disk, a pipe that is closed.
template <class... Args>
void print(std::FILE* to, fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = fmt::format(format, std::forward<Args>(args)...);
  (void)std::fwrite(text.data(), 1, text.size(), to);
}

}  // namespace encke
