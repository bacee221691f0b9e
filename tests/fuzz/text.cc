// Names and messages: what is let in is UTF-8 that a terminal, a page and a line of a log can take,
// and is let in unchanged a second time.
#include "core/text.h"

#include <nlohmann/json.hpp>

#include "fuzz.h"

namespace encke::fuzz {
namespace {

bool has_control(std::string_view text, std::string_view but) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0x7F || (byte < 0x20 && but.find(text[i]) == std::string_view::npos)) return true;
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

// nlohmann/json has a decoder of its own.
bool is_utf8_by_json(std::string_view text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace encke;
  using namespace encke::fuzz;
  Input input(data, size);
  const std::size_t max_bytes = input.number();
  const auto text = input.rest();
  PROMISE(is_utf8(text) == is_utf8_by_json(text));

  if (const auto clean = clean_text(text, max_bytes)) {
    PROMISE(max_bytes == 0 || clean->size() <= max_bytes);
    PROMISE(is_utf8(*clean) && !has_control(*clean, "\n\t"));
    PROMISE(clean->find_first_not_of(" \n\t") != std::string::npos);
    const auto again = clean_text(*clean, max_bytes);
    PROMISE(again && *again == *clean);
  }
  for (const bool ok : {check_nickname(text).has_value(), check_room(text).has_value()}) {
    if (!ok) continue;
    PROMISE(!text.empty() && count_code_points(text) <= kMaxNameLength);
    PROMISE(is_utf8(text) && !has_control(text, ""));
    PROMISE(text.find_first_of("<>&\"'`/\\:,") == std::string_view::npos);
    PROMISE(text.front() != ' ' && text.back() != ' ');
  }
  if (check_nickname(text)) PROMISE(check_room(text) && !is_reserved(text));
  if (is_token_text(text)) PROMISE(text.size() <= 64 && !has_control(text, ""));
  return 0;
}
