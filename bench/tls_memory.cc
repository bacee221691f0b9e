// tls_memory.cc: what a held poll costs the server in memory when it came by TLS, or without.
//
//   tls_memory --port 8443 --pid 1234 --held 5000            by TLS
//   tls_memory --port 8080 --pid 1234 --held 5000 --plain    on the same path, without
//
// One after another, people connect, log in and leave a poll there; the server's resident memory
// then, minus that after a first handful came and went, over their number. Prints one JSON object.
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <CLI/CLI.hpp>
#include <array>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "http_answer.h"
#include "peer.h"
#include "server_process.h"
#include "sockets.h"

namespace bench {
namespace {

constexpr int kFirstHandful = 20;
constexpr std::size_t kClientsAnAddress = 2'000;

/// One connection, which blocks.
class Line {
 public:
  Line(std::uint16_t port, std::size_t source, SSL_CTX* context) : fd_(connect_to(port, source)) {
    fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
    if (context == nullptr) return;
    tls_ = SSL_new(context);
    SSL_set_fd(tls_, fd_);
    if (SSL_connect(tls_) != 1) die("the TLS handshake");
  }
  Line(Line&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), tls_(std::exchange(other.tls_, nullptr)) {}
  Line& operator=(Line&&) = delete;
  ~Line() {
    SSL_free(tls_);
    if (fd_ >= 0) close_at_once(fd_);
  }

  void ask(const std::string& request) {
    const auto size = static_cast<ssize_t>(request.size());
    const ssize_t sent = tls_ != nullptr
                             ? SSL_write(tls_, request.data(), static_cast<int>(request.size()))
                             : send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent != size) die("send");
  }
  void read(HttpAnswer& answer) {
    std::array<char, 16 * 1024> buffer;
    answer.reset();
    while (true) {
      const ssize_t got = tls_ != nullptr
                              ? SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()))
                              : recv(fd_, buffer.data(), buffer.size(), 0);
      if (got <= 0) die("the server closed a connection");
      if (answer.feed({buffer.data(), static_cast<std::size_t>(got)})) return;
    }
  }
  std::string version() const { return tls_ != nullptr ? SSL_get_version(tls_) : "none"; }

 private:
  int fd_;
  SSL* tls_ = nullptr;
};

std::vector<Line> hold(const Peer& peer, std::uint16_t port, int count, int first_number,
                       SSL_CTX* context) {
  std::vector<Line> lines;
  for (int i = 0; i < count; ++i) {
    Line& line = lines.emplace_back(port, lines.size() / kClientsAnAddress, context);
    Session session;
    session.number = first_number + i;
    HttpAnswer answer;
    for (auto setup = peer.setup_request(session); !setup.empty();
         setup = peer.setup_request(session)) {
      line.ask(setup);
      line.read(answer);
      if (answer.status() != 200) die("logging in");
      peer.on_answer(session, answer);
    }
    line.ask(peer.listen_request(session));
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));  // the last ones are held, too
  return lines;
}

int run(int argc, char** argv) {
  std::uint16_t port = 0;
  pid_t pid = 0;
  int held = 5000;
  bool plain = false;
  CLI::App app("Holds polls on a server, by TLS or without, and tells what each costs in memory");
  app.add_option("--port", port, "The server's port on 127.0.0.1")->required();
  app.add_option("--pid", pid, "The server's process")->required();
  app.add_option("--held", held, "How many")->capture_default_str();
  app.add_flag("--plain", plain, "Without TLS");
  CLI11_PARSE(app, argc, argv);

  raise_file_limit();
  SSL_CTX* const context = plain ? nullptr : SSL_CTX_new(TLS_client_method());
  if (!plain) SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  const auto peer = make_peer("encke-longpoll", fmt::format("127.0.0.1:{}", port));
  const ServerProcess server(pid);
  hold(*peer, port, kFirstHandful, 90'000, context).clear();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const long before = server.memory_kib();
  const auto cpu_before = server.cpu_time();
  const auto lines = hold(*peer, port, held, 0, context);
  nlohmann::ordered_json line{{"tls", lines.front().version()}, {"held", held}};
  line["kib_held"] = static_cast<double>(server.memory_kib() - before) / held;
  line["open_us"] =
      std::chrono::duration<double, std::micro>(server.cpu_time() - cpu_before).count() / held;
  fmt::print("{}\n", line.dump());
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run(argc, argv); }
