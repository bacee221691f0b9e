#include "app/command_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/access_setup.h"
#include "app/net_setup.h"
#include "app/print.h"
#include "app/settings.h"
#include "encke/version.h"
#include "net/tls.h"

namespace encke {
namespace {

std::string default_text(const OptionRow& row) {
  const auto values = row.show(Options());
  // What a flag has here is what it would mean without a value behind it.
  if (values.empty() || row.is_secret() || row.type == OptionType::kFlag) return {};
  return values.front();
}

void add_flags(CLI::App& app, Settings& settings) {
  for (const OptionRow& row : option_table()) {
    app.add_option_function<std::vector<std::string>>(
           "--" + row.name,
           [&](std::vector<std::string> texts) {
             // A flag needs no value to be meant.
             if (row.type == OptionType::kFlag && texts == std::vector<std::string>{""})
               texts = {"1"};
             settings.add_flag(row, std::move(texts));
           },
           std::string(row.help))
        ->default_str(default_text(row))
        ->group(std::string(row.group))
        ->expected(row.type == OptionType::kFlag ? 0 : 1, 1)
        ->multi_option_policy(row.is_list() ? CLI::MultiOptionPolicy::TakeAll
                                            : CLI::MultiOptionPolicy::TakeLast);
  }
}

// A flag that there is not: which was meant, if that can be told.
void suggest_flag(const std::vector<std::string>& unknown) {
  std::vector<std::string> names;
  for (const OptionRow& row : option_table()) names.push_back("--" + row.name);
  for (const std::string& flag : unknown) {
    const std::string near = nearest(flag.substr(0, flag.find('=')), names);
    if (!near.empty()) print(stderr, "Is it {}?\n", near);
  }
}

// What the options are wrong in that each by itself is right in.
void look_at_all(const Options& options, Settings& settings) {
  if (const auto problem = check_net_options(options)) settings.add_problem(*problem);
  std::error_code error;
  if (!options.public_dir.empty() && !std::filesystem::is_directory(options.public_dir, error)) {
    settings.add_problem("public-dir is no folder: " + options.public_dir);
  }
}

// What is in the files that they name, which may be pipes: when it starts, it reads those itself.
void look_into_files(const Options& options, Settings& settings) {
  const auto access = access_options(options);
  if (!access) settings.add_problem(access.error());
  const auto tls = Tls::load(net_options(options).tls);
  if (!tls) settings.add_problem(tls.error());
}

}  // namespace

std::optional<int> parse_command_line(int argc, char** argv, Options& options) {
  CLI::App app(
      "Encke: a chat server for clients that cannot speak WebSocket.\n"
      "Zero turns a limit, or a rule, off. What is a flag here may also stand in a file, without\n"
      "the dashes before it (--max-text 8k: max-text = 8k), or in the environment, as\n"
      "ENCKE_MAX_TEXT. A flag counts before the environment, and that before the file.",
      "encke");
  app.set_version_flag("--version", fmt::format("encke {}", kVersion));
  std::string config;
  app.add_option("--config", config, "file of lines `name = value`; docs/operations.md tells more")
      ->envname("ENCKE_CONFIG");
  bool check = false;
  app.add_flag("--check-config", check,
               "read everything, say what is wrong or else what counts, and end");
  bool example = false;
  app.add_flag("--example-config", example,
               "print a file for --config with every default, and end");
  bool manual = false;
  app.add_flag("--manual-page", manual)->group("");  // for packages: no flag to be shown
  Settings settings;
  add_flags(app, settings);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) suggest_flag(app.remaining());
    return code;
  }
  if (example) {
    print(stdout, "{}", example_config());
    return 0;
  }
  if (manual) {
    print(stdout, "{}", manual_page());
    return 0;
  }
  settings.add_environment(environ);
  if (!config.empty()) settings.add_file(config);
  options = settings.read();
  if (settings.problems().empty()) look_at_all(options, settings);
  if (settings.problems().empty() && check) look_into_files(options, settings);
  for (const std::string& problem : settings.problems()) {
    print(stderr, "encke: {}\n", problem);
  }
  if (!settings.problems().empty()) return 1;
  if (!check) return std::nullopt;
  print(stdout, "{}", settings.show(options));
  return 0;
}

}  // namespace encke
