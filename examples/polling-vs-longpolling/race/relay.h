// relay.h: what stands between the readers and the lanes' servers, and can be made to fail.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_set>
#include <vector>

#include "event_loop.h"
#include "relay_link.h"

namespace race {

/// A TCP relay for each lane, all on one thread. A lane's relay keeps its port while the server
/// behind it goes and comes. Every method may be called from any thread, and what it says is so
/// when it returns.
class Relay {
 public:
  explicit Relay(std::size_t lanes);
  ~Relay();

  int port(std::size_t lane) const;

  /// From now on the lane's connections go to this port.
  void open(std::size_t lane, int server_port);
  /// From now on they are refused; those that are there stay.
  void shut(std::size_t lane);

  /// All of the lane's connections are cut now, as by a router that was switched off.
  void cut(std::size_t lane);
  void set_delay(std::size_t lane, bool on);
  void set_buffer(std::size_t lane, bool on);

 private:
  struct Gate final : EventLoop::Watcher {
    void on_ready(std::uint32_t) override { relay->let_in(*this); }
    Relay* relay = nullptr;
    int listener = -1;
    int server_port = 0;  // 0: shut
    Faults faults;
    std::unordered_set<std::shared_ptr<RelayLink>> links;
  };

  void let_in(Gate& gate);
  void rest(Gate& gate);

  std::vector<std::unique_ptr<Gate>> gates_;
  EventLoop loop_;  // last: it uses the others
};

}  // namespace race
