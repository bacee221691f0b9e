// log_output.h: what the server tells, as lines on standard error.
#pragma once

#include <string>
#include <string_view>

#include "encke/log.h"

namespace encke {

/// A line without its end. `time` is what it begins with, such as 2026-11-24T13:05:24.123Z.
///
///   text    2026-11-24T13:05:24.123Z info started version=0.1.0 host="a b"
///   json    {"time":"2026-…","level":"info","event":"started","version":"0.1.0","host":"a b"}
std::string to_text(const LogLine& line, std::string_view time);
std::string to_json(const LogLine& line, std::string_view time);

/// Writes lines on a thread of its own: who tells does not wait for whoever reads standard error,
/// and when that falls far behind, the oldest are left out. `format`: text or json.
LogHandler make_log_output(const std::string& format);
/// What is still to be written, is; then nothing more is.
void finish_log_output();

}  // namespace encke
