// log.h: what the server tells whoever runs it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

struct LogField {
  std::string_view name;
  std::string value;
};

/// Something that happened, as one line of a log. Nothing in it is secret.
struct LogLine {
  LogLevel level;
  std::string_view event;  ///< one word or a few, joined by `_`: what programs go by
  std::vector<LogField> fields;
};

/// Called on the server's own threads, several at a time; must not block, nor throw.
using LogHandler = std::function<void(const LogLine&)>;

}  // namespace encke
