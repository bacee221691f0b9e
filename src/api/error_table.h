// error_table.h: every error that a client can meet, one row each. docs/protocol.md shows it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "framing/framing.h"

namespace encke {

struct ErrorRow {
  ErrorCode code;
  int status;             ///< HTTP (RFC 9110, section 15)
  std::string_view name;  ///< stable: what programs go by
  std::string_view message;
  /// Worth trying again as it is, after so many seconds; not at all without a value.
  std::optional<int> retry_after;
};

const ErrorRow& error_row(ErrorCode code);

/// The row's sentence, with what exactly was wrong behind it.
ErrorText error_text(const Error& error);

}  // namespace encke
