#include "app/read_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace encke {

tl::expected<std::string, std::string> read_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 4096> part{};
  // Not by iterators, which throw where it turns out to be a folder.
  while (file.read(part.data(), part.size()) || file.gcount() > 0) {
    text.append(part.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) {
    return tl::unexpected(std::string(errno != 0 ? std::strerror(errno) : "it cannot be read"));
  }
  return text;
}

}  // namespace encke
