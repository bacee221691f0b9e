// settings.h: the options, from wherever they are set: a flag counts before the environment, that
// before the file, and that before the default.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/option_table.h"
#include "encke/options.h"

namespace encke {

/// Gathers values with where they stand, and then reads each once, from where it counts most. What
/// is wrong is gathered too, for all of it to be told at once.
class Settings {
 public:
  /// The three sources, in any order.
  void add_flag(const OptionRow& row, std::vector<std::string> values);
  /// Every variable of `environment` (as `environ`) whose name begins with ENCKE_, but ENCKE_CONFIG
  /// and those that clients have.
  void add_environment(const char* const* environment);
  /// Lines of `name = value`; `path` is what its name in messages is.
  void add_file(const std::string& path);
  void add_file_text(const std::string& path, std::string_view text);

  /// The options, as far as there is nothing wrong with them.
  Options read();

  /// What is wrong, a line each, with file and line, variable or flag.
  const std::vector<std::string>& problems() const { return problems_; }
  /// A problem that shows when the options are looked at together; its first word is the name of
  /// the option that it is about.
  void add_problem(const std::string& problem);

  /// All options as lines of a file, with where each is set; but no secrets.
  std::string show(const Options& options) const;

 private:
  enum Source { kFile, kEnvironment, kFlag };
  struct Value {
    std::string text;
    std::string where;  // `encke.conf:12`, `ENCKE_PORT`, `--port`
  };
  struct Values {
    Source source = kFile;
    std::string where;          // the last of them
    std::vector<Value> values;  // of a list that is said to be empty: none
  };
  void add(const OptionRow& row, Source source, Value value);
  void add_line(const std::string& where, std::string_view line);

  std::map<std::string, Values, std::less<>> values_;
  std::vector<std::string> problems_;
};

}  // namespace encke
