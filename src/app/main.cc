// main.cc: the program: options in, a server until SIGINT or SIGTERM; SIGHUP reads the certificate
// anew.
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "app/command_line.h"
#include "app/keeper_commands.h"
#include "app/log_output.h"
#include "app/service_manager.h"
#include "encke/server.h"

// Where `cmake --install` puts the page, as seen from the program; empty if it is not there.
static std::string installed_page() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto page = program.parent_path().parent_path() / "share" / "encke" / "public";
  return std::filesystem::is_directory(page, error) ? page.string() : std::string();
}

int main(int argc, char** argv) {
  if (const auto exit_code = encke::run_keeper_command(argc, argv)) return *exit_code;
  encke::Options options;
  if (const auto exit_code = encke::parse_command_line(argc, argv, options)) return *exit_code;

  // Blocked before any thread is made, so that none of them is interrupted and this one can wait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // To read what can be read anew, or as `systemctl reload` does it; elsewhere it is the terminal's
  // end, as for any program.
  if (encke::has_service_manager() || !options.tls_cert.empty()) sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a file at its limit is a full disk: an error, not the end

  if (options.public_dir.empty()) options.public_dir = installed_page();
  const auto log = encke::make_log_output(options.log_format);
  encke::Server server(options);
  server.on_log(log);
  std::optional<std::string> error;
  const auto socket = encke::handed_over_socket();
  if (!socket) {
    error = socket.error();
  } else {
    if (*socket) server.listen_on(**socket);
    error = server.start();
  }
  if (error) {
    log({encke::LogLevel::kError, "not_started", {{"cause", *error}}});
    encke::finish_log_output();
    return 1;
  }
  std::printf("encke: serving at %s://%s:%d (%s)\n", options.tls_cert.empty() ? "http" : "https",
              options.host == "127.0.0.1" ? "localhost" : options.host.c_str(), server.port(),
              options.hold.c_str());
  std::fflush(stdout);
  const std::string status = "serving on port " + std::to_string(server.port());
  encke::tell_ready(status);

  int signal_number = 0;
  while (sigwait(&signals, &signal_number) == 0 && signal_number == SIGHUP) {
    encke::tell_reloading();
    (void)server.reload();  // which tells of it
    encke::tell_ready(status);
  }
  encke::tell_stopping();
  server.stop();
  encke::finish_log_output();
  return 0;
}
