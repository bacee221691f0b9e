// heat.h: one race that nobody looks at: so many readers, for so many seconds.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "crowd.h"
#include "lane.h"

namespace race {

struct HeatSetup {
  ServerSetup server;
  std::vector<const Transport*> transports;  // a lane each, side by side
  int readers = 100;                         // a lane
  double rate = 1;
  std::chrono::milliseconds interval{2000};
  std::chrono::seconds length{60};
};

/// What came of one lane.
struct HeatResult {
  std::string_view transport;
  std::string hold;
  int readers = 0;
  long said = 0;
  LaneFigures figures;
  Tally tally;

  /// Bytes of all kinds and either direction, and microseconds of the server's time, for one
  /// message to one reader.
  double bytes_a_message() const { return heads_a_message() + bodies_a_message(); }
  double heads_a_message() const;
  double bodies_a_message() const;
  double cpu_us_a_message() const;
  double memory_mib() const { return static_cast<double>(figures.memory_kib) / 1024; }
  /// Whether every reader was told every message once.
  bool complete() const;

 private:
  double a_message(double of) const;
};

/// Starts the servers, lets the readers log in, and then counts: what is said meanwhile, and what
/// it takes until the last of it was heard. The readers are on the servers' own ports: a relay
/// would take a part of the machine for itself. Throws std::runtime_error where it cannot. For a
/// thread that lasts (see Lane).
std::vector<HeatResult> run_heat(const HeatSetup& setup);

}  // namespace race
