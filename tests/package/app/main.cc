// main.cc: a program that embeds the server, knowing nothing of it but what was installed: it
// serves on a free port, asks itself whether it is alive, and stops.
#include <arpa/inet.h>
#include <encke/options.h>
#include <encke/server.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

namespace {

// The whole answer of 127.0.0.1, or what there was of it.
std::string get(int port, std::string_view path) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request =
        "GET " + std::string(path) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    send(fd, request.data(), request.size(), 0);
    char buffer[4096];
    for (ssize_t n = 0; (n = recv(fd, buffer, sizeof buffer, 0)) > 0;) {
      answer.append(buffer, static_cast<std::size_t>(n));
    }
  }
  close(fd);
  return answer;
}

}  // namespace

int main() {
  encke::Options options;
  options.host = "127.0.0.1";
  options.port = 0;  // any that is free
  encke::Server server(options);
  if (const auto error = server.start()) {
    std::cerr << "The server does not start: " << *error << '\n';
    return 1;
  }
  const std::string answer = get(server.port(), "/health");
  server.stop();
  if (!answer.starts_with("HTTP/1.1 200 ")) {
    std::cerr << "/health answers:\n" << answer << '\n';
    return 1;
  }
}
