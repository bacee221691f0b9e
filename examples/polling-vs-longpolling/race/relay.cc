#include "relay.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "sockets.h"

namespace race {
namespace {

constexpr auto kBeforeNextTry = std::chrono::milliseconds(100);

}  // namespace

Relay::Relay(std::size_t lanes) {
  for (std::size_t i = 0; i < lanes; ++i) {
    auto& gate = *gates_.emplace_back(std::make_unique<Gate>());
    gate.relay = this;
    gate.listener = listen_on_any_port();
    if (gate.listener < 0) throw std::runtime_error("there is no port to be had");
    loop_.post([this, &gate] { loop_.watch(gate.listener, EPOLLIN, gate); });
  }
}

Relay::~Relay() {
  loop_.stop();
  for (const auto& gate : gates_) close(gate->listener);
}

int Relay::port(std::size_t lane) const { return port_of(gates_[lane]->listener); }

void Relay::open(std::size_t lane, int server_port) {
  loop_.run([gate = gates_[lane].get(), server_port] { gate->server_port = server_port; });
}

void Relay::shut(std::size_t lane) { open(lane, 0); }

void Relay::let_in(Gate& gate) {
  for (int client; (client = accept_from(gate.listener)) >= 0;) {
    const int server = gate.server_port ? connect_to(gate.server_port) : -1;
    const auto link = std::make_shared<RelayLink>(loop_, gate.faults, client, server);
    gate.links.insert(link);
    // Let go of later, because just now it may be in use.
    link->start([this, &gate, weak = std::weak_ptr(link)] {
      loop_.post([&gate, weak] { gate.links.erase(weak.lock()); });
    });
  }
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) rest(gate);
}

/// There is nothing to let it in with. Who waits makes the listener ready all the time, and the
/// loop would do nothing but look there.
void Relay::rest(Gate& gate) {
  loop_.forget(gate.listener);
  loop_.after(kBeforeNextTry, [this, &gate] { loop_.watch(gate.listener, EPOLLIN, gate); });
}

void Relay::cut(std::size_t lane) {
  loop_.run([gate = gates_[lane].get()] {
    const auto links = gate->links;
    for (const auto& link : links) link->cut();
  });
}

void Relay::set_delay(std::size_t lane, bool on) {
  loop_.run([gate = gates_[lane].get(), on] { gate->faults.delay = on; });
}

void Relay::set_buffer(std::size_t lane, bool on) {
  loop_.run([gate = gates_[lane].get(), on] {
    gate->faults.buffer = on;
    if (on) return;
    const auto links = gate->links;
    for (const auto& link : links) link->release();
  });
}

}  // namespace race
