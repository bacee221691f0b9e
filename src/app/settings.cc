#include "app/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <sstream>

#include "app/read_file.h"

namespace encke {
namespace {

constexpr std::string_view kPrefix = "ENCKE_";
// Of the program's own before there are options, and of its clients (examples/curl).
constexpr std::array<std::string_view, 3> kOther = {"ENCKE_CONFIG", "ENCKE_URL", "ENCKE_SECRET"};
constexpr std::string_view kBlank = " \t\r";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool is_comment(std::string_view text) { return text.empty() || text.front() == '#'; }

// What stands behind the `=`: in quotes, or up to a comment. False if its quotes do not end.
bool take_value(std::string_view rest, std::string& value) {
  rest = trim(rest);
  if (!rest.empty() && rest.front() == '"') {
    const auto end = rest.find('"', 1);
    if (end == std::string_view::npos || !is_comment(trim(rest.substr(end + 1)))) return false;
    value = rest.substr(1, end - 1);
    return true;
  }
  for (std::size_t at = 0; at < rest.size(); ++at) {
    const bool begins = at == 0 || kBlank.find(rest[at - 1]) != std::string_view::npos;
    if (rest[at] == '#' && begins) rest = rest.substr(0, at);
  }
  value = trim(rest);
  return true;
}

std::string did_you_mean(std::string_view wrong, bool variables) {
  std::vector<std::string> names;
  for (const OptionRow& row : option_table()) {
    names.push_back(variables ? row.variable() : row.name);
  }
  const std::string near = nearest(wrong, names);
  return near.empty() ? "" : "; is it " + near + "?";
}

}  // namespace

void Settings::add(const OptionRow& row, Source source, Value value) {
  const auto [place, is_first] = values_.try_emplace(row.name, Values{source, value.where, {}});
  Values& known = place->second;
  if (source < known.source) return;
  if (source > known.source) {
    known = {source, value.where, {}};
  } else if (!is_first && !row.is_list() && source == kFile) {
    problems_.push_back(
        fmt::format("{}: {} has a value already, at {}", value.where, row.name, known.where));
    return;
  }
  known.where = value.where;
  // An empty item of a list is none: so a list can be said to be empty.
  if (!row.is_list() || value.text.empty()) known.values.clear();
  if (!row.is_list() || !value.text.empty()) known.values.push_back(std::move(value));
}

void Settings::add_flag(const OptionRow& row, std::vector<std::string> values) {
  for (std::string& value : values) add(row, kFlag, {std::move(value), "--" + row.name});
}

void Settings::add_environment(const char* const* environment) {
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    if (!entry.starts_with(kPrefix)) continue;
    const std::string name(entry.substr(0, entry.find('=')));
    const std::string text(entry.substr(std::min(entry.size(), name.size() + 1)));
    if (std::find(kOther.begin(), kOther.end(), name) != kOther.end()) continue;
    const auto& table = option_table();
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](const OptionRow& each) { return each.variable() == name; });
    if (row == table.end()) {
      problems_.push_back(name + ": there is no such option" + did_you_mean(name, true));
    } else if (!row->is_list()) {
      add(*row, kEnvironment, {text, name});
    } else {
      add(*row, kEnvironment, {"", name});  // in place of the file's
      std::istringstream words(text);
      std::string word;
      while (words >> word) add(*row, kEnvironment, {word, name});
    }
  }
}

void Settings::add_file(const std::string& path) {
  const auto text = read_file(path);
  if (!text) {
    problems_.push_back(fmt::format("{}: cannot be read: {}", path, text.error()));
    return;
  }
  add_file_text(path, *text);
}

void Settings::add_file_text(const std::string& path, std::string_view text) {
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    add_line(fmt::format("{}:{}", path, number), trim(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void Settings::add_line(const std::string& where, std::string_view line) {
  if (is_comment(line)) return;
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) {
    problems_.push_back(
        fmt::format("{}: '{}' is no line of the form name = value", where, std::string(line)));
    return;
  }
  const std::string name(trim(line.substr(0, equals)));
  const OptionRow* row = find_option(name);
  std::string value;
  if (row == nullptr) {
    problems_.push_back(
        fmt::format("{}: {}: there is no such option{}", where, name, did_you_mean(name, false)));
  } else if (!take_value(line.substr(equals + 1), value)) {
    problems_.push_back(fmt::format("{}: {}: its quotes do not end where it does", where, name));
  } else {
    add(*row, kFile, {std::move(value), where});
  }
}

Options Settings::read() {
  Options options;
  for (const OptionRow& row : option_table()) {
    const auto found = values_.find(row.name);
    if (found == values_.end()) continue;
    row.clear(options);
    for (const Value& value : found->second.values) {
      if (row.read(value.text, options)) continue;
      problems_.push_back(fmt::format("{}: {}: '{}' is not understood: it is {}", value.where,
                                      row.name, value.text, looks_like(row.type)));
    }
  }
  return options;
}

void Settings::add_problem(const std::string& problem) {
  std::string name = problem.substr(0, problem.find_first_of(" :"));
  std::replace(name.begin(), name.end(), '_', '-');
  const auto found = values_.find(name);
  const bool is_set = found != values_.end();
  problems_.push_back((is_set ? found->second.where + ": " : "") + problem);
}

std::string Settings::show(const Options& options) const {
  std::string text;
  const auto line = [&](const std::string& name, const std::string& value, std::string_view from) {
    const std::string left = name + " =" + (value.empty() ? "" : " ") +
                             (value.find('#') == std::string::npos ? value : '"' + value + '"');
    fmt::format_to(std::back_inserter(text), "{:<40}  # {}\n", left, from);
  };
  for (const OptionRow& row : option_table()) {
    const auto found = values_.find(row.name);
    const std::string from = found == values_.end() ? "default" : found->second.where;
    if (row.is_secret()) {
      const bool is_set = !row.show(options).front().empty();
      fmt::format_to(std::back_inserter(text), "{:<40}  # {}\n",
                     "# " + row.name + (is_set ? " is set, and not shown" : " is not set"), from);
      continue;
    }
    const auto values = row.show(options);
    for (const std::string& value : values) line(row.name, value, from);
    if (values.empty()) {
      fmt::format_to(std::back_inserter(text), "{:<40}  # {}\n", "# " + row.name + " is empty",
                     from);
    }
  }
  return text;
}

}  // namespace encke
