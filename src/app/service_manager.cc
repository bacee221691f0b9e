#include "app/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdlib>

namespace encke {

tl::expected<std::optional<int>, std::string> handed_over_socket() {
  // Nothing that is started from here is to take them for its own.
  const int count = sd_listen_fds(1);
  if (count <= 0) return std::nullopt;
  if (count > 1) {
    return tl::unexpected(fmt::format("{} sockets were handed over, and one is served on", count));
  }
  const int socket = SD_LISTEN_FDS_START;
  const bool listens = sd_is_socket_inet(socket, AF_INET, SOCK_STREAM, 1, 0) > 0 ||
                       sd_is_socket_inet(socket, AF_INET6, SOCK_STREAM, 1, 0) > 0;
  if (!listens)
    return tl::unexpected(std::string("what was handed over is no TCP socket that listens"));
  return socket;
}

bool has_service_manager() { return std::getenv("NOTIFY_SOCKET") != nullptr; }

void tell_ready(const std::string& status) {
  sd_notify(0, fmt::format("READY=1\nSTATUS={}", status).c_str());
}

// The time is for Type=notify-reload, of newer systemds: which reload it is that is over.
void tell_reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  sd_notify(
      0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000)
             .c_str());
}

void tell_stopping() { sd_notify(0, "STOPPING=1"); }

}  // namespace encke
