// Cursors: a position has one spelling, in Last-Event-ID and `since=` alike; and the numbers that
// stand beside it in a query are within their bounds.
#include "core/position.h"

#include <algorithm>

#include "api/params.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace encke;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto position = parse_position(text)) PROMISE(to_string(*position) == text);

  Position position;
  if (size >= sizeof position.epoch) std::memcpy(&position.epoch, data, sizeof position.epoch);
  if (size >= sizeof position) {
    std::memcpy(&position.offset, data + sizeof position.epoch, sizeof position.offset);
  }
  const std::string printed = to_string(position);
  PROMISE(parse_position(printed) == position);
  PROMISE(!parse_position(printed + ' ') && !parse_position(' ' + printed));

  if (const auto number = parse_number(text, -5, 1000)) {
    PROMISE(*number >= -5 && *number <= 1000);
    PROMISE(std::strtol(std::string(text).c_str(), nullptr, 10) == *number);
    PROMISE(std::all_of(text.begin(), text.end(),
                        [](char c) { return c == '-' || (c >= '0' && c <= '9'); }));
  }
  return 0;
}
