#include "app/option_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>

namespace encke {
namespace {

using option_type::Bytes;
using option_type::Flag;
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

// Some of the types are the same to the compiler, so which is meant is told by a tag.
template <OptionType type>
struct As {};
using AsText = As<OptionType::kText>;
using AsSecret = As<OptionType::kSecret>;
using AsList = As<OptionType::kList>;
using AsNumber = As<OptionType::kNumber>;
using AsBytes = As<OptionType::kBytes>;
using AsSpan = As<OptionType::kSpan>;
using AsFlag = As<OptionType::kFlag>;

bool read(const std::string& text, Text& value, AsText) {
  value = text;
  return true;
}
// No option may be one at the moment.
[[maybe_unused]] bool read(const std::string& text, Text& value, AsSecret) {
  value = text;
  return true;
}
bool read(const std::string& text, List& value, AsList) {
  value.push_back(text);
  return true;
}
bool read(const std::string& text, std::uint64_t& value, AsNumber) {
  const auto parts = split(text);
  if (!parts || !parts->second.empty()) return false;
  value = parts->first;
  return true;
}
bool read(const std::string& text, std::uint64_t& value, AsBytes) {
  const auto parts = split(text);
  if (!parts) return false;
  const std::string& unit = parts->second;
  if (!unit.empty() && unit != "k" && unit != "M") return false;
  value = parts->first * (unit == "k" ? 1024 : unit == "M" ? 1024 * 1024 : 1);
  return true;
}
bool read(const std::string& text, Span& value, AsSpan) {
  const auto parts = split(text);
  if (!parts) return false;
  const std::string& unit = parts->second;
  const std::uint64_t factor = unit == "ms"                  ? 1
                               : unit.empty() || unit == "s" ? 1000
                               : unit == "m"                 ? 60'000
                               : unit == "h"                 ? 3'600'000
                                                             : 0;
  // Several together still are nanoseconds in 64 bits.
  constexpr std::uint64_t kMost = std::uint64_t{10} * 365 * 24 * 3'600'000;
  if (factor == 0 || parts->first > kMost / factor) return false;
  value = Span(parts->first * factor);
  return true;
}

bool read(const std::string& text, Flag& value, AsFlag) {
  value = text == "1";
  return text == "1" || text == "0";
}

std::vector<std::string> show(const Text& value, AsText) { return {value}; }
[[maybe_unused]] std::vector<std::string> show(const Text& value, AsSecret) { return {value}; }
std::vector<std::string> show(const List& value, AsList) { return value; }
std::vector<std::string> show(std::uint64_t value, AsNumber) { return {std::to_string(value)}; }
std::vector<std::string> show(std::uint64_t value, AsBytes) {
  constexpr std::uint64_t kKilo = 1024;
  if (value != 0 && value % (kKilo * kKilo) == 0) {
    return {std::to_string(value / kKilo / kKilo) + "M"};
  }
  if (value != 0 && value % kKilo == 0) return {std::to_string(value / kKilo) + "k"};
  return {std::to_string(value)};
}
std::vector<std::string> show(Flag value, AsFlag) { return {value ? "1" : "0"}; }
std::vector<std::string> show(const Span& value, AsSpan) {
  const auto count = value.count();
  return {count % 1000 == 0 ? fmt::format("{}s", count / 1000) : fmt::format("{}ms", count)};
}

template <class Value>
void clear(Value& value) {
  if constexpr (std::is_same_v<Value, List>) value.clear();
}

std::string flag_name(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::vector<OptionRow> make_table() {
  std::vector<OptionRow> table;
  std::string_view group;
#define GROUP(title) group = title;
#define OPTION(type, name, value, help)                                                   \
  table.push_back({flag_name(#name), OptionType::k##type, help, group,                    \
                   [](const std::string& text, Options& options) {                        \
                     return read(text, options.name, As##type());                         \
                   },                                                                     \
                   [](const Options& options) { return show(options.name, As##type()); }, \
                   [](Options& options) { clear(options.name); }});
#include "encke/options.def"  // IWYU pragma: keep
#undef OPTION
  return table;
}

// How many letters have to be put in, taken out, or made another (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t before = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = before + (a[i] == b[j] ? 0 : 1);
      before = row[j + 1];
      row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

std::string OptionRow::variable() const {
  std::string text = "ENCKE_";
  for (const char c : name) text += c == '-' ? '_' : static_cast<char>(c - ('a' <= c ? 32 : 0));
  return text;
}

const std::vector<OptionRow>& option_table() {
  static const std::vector<OptionRow> kTable = make_table();
  return kTable;
}

const OptionRow* find_option(std::string_view name) {
  for (const OptionRow& row : option_table()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::string_view looks_like(OptionType type) {
  switch (type) {
    case OptionType::kNumber:
      return "a whole number";
    case OptionType::kBytes:
      return "a number of bytes, or with k or M behind it";
    case OptionType::kSpan:
      return "a number of seconds, or with ms, s, m or h behind it; at most ten years";
    case OptionType::kFlag:
      return "1 or 0";
    default:
      return "a text";
  }
}

std::string nearest(std::string_view wrong, const std::vector<std::string>& names) {
  std::string found;
  std::size_t least = std::max<std::size_t>(2, wrong.size() / 4) + 1;
  for (const std::string& name : names) {
    const std::size_t away = distance(wrong, name);
    if (away >= least) continue;
    least = away;
    found = name;
  }
  return found;
}

std::string example_config() {
  std::string text =
      "# What encke is started with: name = value, by the names of its flags (encke --help).\n"
      "# All that stands here is the default, and commented out. A line may end in a comment; a\n"
      "# value with a # in it stands in quotes. What may be given more than once has a line each.\n"
      "# A flag counts before the environment (ENCKE_PORT), and that before this file.\n"
      "# Is it right?   encke --config FILE --check-config\n";
  std::string_view group;
  const Options defaults;
  for (const OptionRow& row : option_table()) {
    if (row.group != group) fmt::format_to(std::back_inserter(text), "\n### {} ###\n", row.group);
    group = row.group;
    const auto values = row.show(defaults);
    const std::string value = values.empty() ? "" : values.front();
    fmt::format_to(std::back_inserter(text), "\n# {}\n#{} ={}{}\n", row.help, row.name,
                   value.empty() ? "" : " ", value);
  }
  return text;
}

}  // namespace encke
