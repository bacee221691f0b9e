// option_table.h: include/encke/options.def as a table: how each option is called, read and shown,
// wherever its value comes from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "encke/options.h"

namespace encke {

enum class OptionType { kText, kSecret, kList, kNumber, kBytes, kSpan, kFlag };

struct OptionRow {
  std::string name;  ///< as its flag has it, without the dashes before it: `max-head`
  OptionType type;
  std::string_view help;
  std::string_view group;
  /// Takes a value over, a list's behind what it has; false: it is not understood.
  bool (*read)(const std::string& text, Options& options);
  /// What read() would make the same of; each of a list's. A secret is shown too: see is_secret().
  std::vector<std::string> (*show)(const Options& options);
  void (*clear)(Options& options);  ///< a list

  bool is_list() const { return type == OptionType::kList; }
  bool is_secret() const { return type == OptionType::kSecret; }
  std::string variable() const;  ///< in the environment: `ENCKE_MAX_HEAD`
};

/// In the order of options.def.
const std::vector<OptionRow>& option_table();

/// Null if there is none of that name.
const OptionRow* find_option(std::string_view name);

/// What a value of that type looks like, for a message about one that does not.
std::string_view looks_like(OptionType type);

/// The name among `names` that `wrong` is likely to stand for; empty if none is near.
std::string nearest(std::string_view wrong, const std::vector<std::string>& names);

/// encke(1), as man(7) has it.
std::string manual_page();

/// A whole --config file in which every option stands with its default, commented out.
std::string example_config();

}  // namespace encke
