// main.cc: the program: options in, a server until SIGINT or SIGTERM.
#include <signal.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "app/command_line.h"
#include "encke/server.h"

// Where `cmake --install` puts the page, as seen from the program; empty if it is not there.
static std::string installed_page() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto page = program.parent_path().parent_path() / "share" / "encke" / "public";
  return std::filesystem::is_directory(page, error) ? page.string() : std::string();
}

int main(int argc, char** argv) {
  encke::Options options;
  if (const auto exit_code = encke::parse_command_line(argc, argv, options)) return *exit_code;

  // Blocked before any thread is made, so that none of them is interrupted and this one can wait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  if (options.public_dir.empty()) options.public_dir = installed_page();
  encke::Server server(options);
  if (const auto error = server.start()) {
    spdlog::error("{}", *error);
    return 1;
  }
  std::printf("encke: serving at http://%s:%d (%s)\n",
              options.host == "127.0.0.1" ? "localhost" : options.host.c_str(), server.port(),
              options.hold.c_str());
  std::fflush(stdout);

  int signal_number = 0;
  sigwait(&signals, &signal_number);
  spdlog::info("{}: saying bye", strsignal(signal_number));
  server.stop();
  spdlog::info("stopped");
  return 0;
}
