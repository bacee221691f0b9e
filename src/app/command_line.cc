#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <string>

#include "encke/version.h"

namespace encke {
namespace {

using option_type::Bytes;
using option_type::List;
using option_type::Number;
using option_type::Span;
using option_type::Text;

// A whole number, and what stands behind it.
std::optional<std::pair<std::uint64_t, std::string>> split(const std::string& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number > 1'000'000'000'000) return std::nullopt;
  return std::pair(number, std::string(at, end));
}

bool read(const std::string& text, Text& value) {
  value = text;
  return true;
}
bool read(const std::string& text, List& value) {
  value.push_back(text);
  return true;
}

// Bytes and Number are the same type on some machines, so the unit is told by a tag.
struct PlainUnit {};
struct BytesUnit {};

bool read(const std::string& text, std::uint64_t& value, PlainUnit) {
  const auto parts = split(text);
  if (!parts || !parts->second.empty()) return false;
  value = parts->first;
  return true;
}
bool read(const std::string& text, std::uint64_t& value, BytesUnit) {
  const auto parts = split(text);
  if (!parts) return false;
  const std::string& unit = parts->second;
  if (!unit.empty() && unit != "k" && unit != "M") return false;
  value = parts->first * (unit == "k" ? 1024 : unit == "M" ? 1024 * 1024 : 1);
  return true;
}
bool read(const std::string& text, Span& value) {
  const auto parts = split(text);
  if (!parts) return false;
  const std::string& unit = parts->second;
  const std::uint64_t factor = unit == "ms"                  ? 1
                               : unit.empty() || unit == "s" ? 1000
                               : unit == "m"                 ? 60'000
                               : unit == "h"                 ? 3'600'000
                                                             : 0;
  if (factor == 0) return false;
  value = Span(parts->first * factor);
  return true;
}

std::string show(const Text& value) { return value; }
std::string show(const List&) { return ""; }
std::string show(std::uint64_t value) { return std::to_string(value); }
std::string show(const Span& value) {
  return value.count() % 1000 == 0 ? fmt::format("{}s", value.count() / 1000)
                                   : fmt::format("{}ms", value.count());
}

template <class Value, class... Unit>
void add(CLI::App& app, std::string name, const char* help, Value& value, Unit... unit) {
  for (char& c : name) {
    if (c == '_') c = '-';
  }
  auto* option = app.add_option_function<std::vector<std::string>>(
      "--" + name,
      [&value, name, unit...](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
          if (!read(text, value, unit...)) {
            throw CLI::ValidationError("--" + name, "'" + text + "' is not understood");
          }
        }
      },
      help);
  option->default_str(show(value))
      ->expected(1)
      ->multi_option_policy(std::is_same_v<Value, List> ? CLI::MultiOptionPolicy::TakeAll
                                                        : CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace

std::optional<int> parse_command_line(int argc, char** argv, Options& options) {
  CLI::App app(
      "Encke: a chat server for clients that cannot speak WebSocket.\n"
      "Zero turns a limit, or a rule, off.",
      "encke");
  app.set_version_flag("--version", fmt::format("encke {}", kVersion));
#define UNIT_Text
#define UNIT_List
#define UNIT_Span
#define UNIT_Number , PlainUnit()
#define UNIT_Bytes , BytesUnit()
#define OPTION(type, name, default_value, help) add(app, #name, help, options.name UNIT_##type);
#include "encke/options.def"
#undef OPTION
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return std::nullopt;
}

}  // namespace encke
