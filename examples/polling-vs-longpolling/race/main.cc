// main.cc: the race of six transports: as a page to look at, or as a report that is written
// unattended.
//
// It shows what polling, long polling and streaming cost, and how soon each of them tells, with
// figures that are measured while one looks: every lane is a real server in a process of its own,
// and the same is said in all of them at the same moments.
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>

#include "control.h"
#include "limits.h"
#include "race.h"
#include "report.h"
#include "sockets.h"

namespace {

struct Settings {
  int port = 8090;
  race::ServerSetup server;
  race::Knobs knobs;
  bool report = false;
  int sweep = 0;
  int seconds = 60;
  std::string out = ".";
};

/// encke, where the build puts it: beside the folder of this program.
std::string encke_beside() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  return (program.parent_path().parent_path() / "encke").string();
}

void add_options(CLI::App& app, Settings& settings) {
  app.option_defaults()->take_last();  // script/demo gives some that its caller may give again
  app.add_option("--port", settings.port, "of the race page; 0: any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--encke", settings.server.program, "the server's program");
  app.add_option("--pages", settings.server.pages, "folder of the race's pages")
      ->check(CLI::ExistingDirectory);
  app.add_option("--rate", settings.knobs.rate,
                 "messages a second, 0 or 0.01 to 50: at 0.2, of polls 2 s apart most find nothing")
      ->capture_default_str();
  app.add_option("--interval", settings.knobs.interval_ms, "milliseconds between two polls")
      ->check(CLI::Range(100, 60'000))
      ->capture_default_str();
  app.add_option("--readers", settings.knobs.readers,
                 "readers a lane; up to 1000 beside the page's own (default 0), or of a report 10 "
                 "to 10000 (default 100)")
      ->check(CLI::Range(0, 10'000));
  app.add_option("--hold", settings.knobs.hold, "how the servers hold a request: park or thread")
      ->check(CLI::IsMember({"park", "thread"}))
      ->capture_default_str();
  app.add_flag("--report", settings.report, "race unattended, and write what was measured");
  app.add_option("--sweep", settings.sweep,
                 "of a report: the most readers of the comparison of threads and parking (default: "
                 "as --readers)")
      ->check(CLI::Range(10, 10'000));
  app.add_option("--seconds", settings.seconds, "of a report: how long it feeds the lanes")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  app.add_option("--out", settings.out, "of a report: the folder for report.md, .json and charts")
      ->capture_default_str();
}

/// What the options do not see of themselves.
race::Trouble trouble_with(const Settings& settings) {
  const std::string& program = settings.server.program;
  if (!std::filesystem::is_regular_file(program) || access(program.c_str(), X_OK) != 0) {
    return program + " is not there, or not a program; script/build makes it";
  }
  if (auto trouble = race::trouble_with_rate(settings.knobs.rate)) return trouble;
  if (settings.report) return std::nullopt;  // it looks at its readers itself
  return race::trouble_with_page(settings.knobs.readers, settings.knobs.hold);
}

int serve(const Settings& settings, const sigset_t& signals) {
  race::Race race(settings.server, settings.knobs);
  race::Control control(race, settings.port, settings.server.pages);
  if (const auto error = control.start()) {
    std::fprintf(stderr, "race: %s\n", error->c_str());
    return 1;
  }
  bool stopped = false;
  const auto asked_to_stop = [&] {
    const timespec at_once{};
    return stopped = sigtimedwait(&signals, nullptr, &at_once) > 0;
  };
  const bool started = race.start(control.port(), asked_to_stop);
  if (started) {
    std::printf("race: serving at http://localhost:%d\n", control.port());
    std::fflush(stdout);
    int signal_number = 0;
    sigwait(&signals, &signal_number);
  } else if (!stopped) {
    std::fprintf(stderr, "race: the lanes' servers do not start: %s\n",
                 settings.server.program.c_str());
  }
  control.stop();
  race.stop();
  return started || stopped ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  settings.server.program = encke_beside();
  settings.server.pages = RACE_PAGES;
  CLI::App app("The race of six transports: polling, long polling, streams");
  add_options(app, settings);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  race::raise_file_limit();
  signal(SIGPIPE, SIG_IGN);
  if (const auto trouble = trouble_with(settings)) {
    std::fprintf(stderr, "race: %s\n", trouble->c_str());
    return 2;
  }

  if (settings.report) {
    if (app.count("--readers") == 0) settings.knobs.readers = 100;
    return race::report(
        {settings.server, settings.knobs, settings.sweep, settings.seconds, settings.out});
  }
  // Blocked before any thread is made, so that none of them is interrupted and this one can wait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return serve(settings, signals);
}
