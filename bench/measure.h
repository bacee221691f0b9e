// measure.h: the four things that the load generator does to a server.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "crowd.h"
#include "peer.h"
#include "server_process.h"

namespace bench {

struct Options {
  std::string protocol;
  std::string label;
  std::uint16_t port = 0;
  pid_t pid = 0;
  int held = 1000;
  int deliveries = 200'000;
  long memory_before = -1;  // KiB; measured if not given
  bool check = false;
  int publishers = 4;
  int messages = 20;
  int writers = 0;
  bool slow = false;
};

/// What holding and delivering cost: one message at a time (cost.cc).
nlohmann::ordered_json measure_cost(const Options&, const Peer&, const ServerProcess&);

/// Whether everyone gets every message once and in one order, with several publishers at once
/// (order.cc).
nlohmann::ordered_json check_order(const Options&, const Peer&, const ServerProcess&);

/// How many sends are answered a second (sends.cc).
nlohmann::ordered_json measure_sends(const Options&, const Peer&, const ServerProcess&);

/// How soon messages come without a slow crowd, with one, and without it again (slow.cc).
nlohmann::ordered_json measure_slow(const Options&, const Peer&, const ServerProcess&);

/// Runs the crowd until the server has hardly run for a while: everything that came is handled and
/// held again.
void settle(Crowd& crowd, const ServerProcess& server, std::chrono::milliseconds window);

}  // namespace bench
