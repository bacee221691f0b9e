// position.h: where an event stands in the one log, and what clients hold as a cursor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace encke {

/// `<epoch>-<offset>` (architecture.md, D4): the epoch in hexadecimal names one life of a log, the
/// offset counts from 1 within it. A log that starts empty takes a new epoch, so that a cursor from
/// before can be told from one of now. Offset 0 is before the first event.
struct Position {
  std::uint64_t epoch = 0;
  std::uint64_t offset = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

std::string to_string(Position position);

/// Nothing but what to_string() makes is accepted: lower case, no leading zeros in the offset, at
/// most 16 and 20 digits.
std::optional<Position> parse_position(std::string_view text);

}  // namespace encke
