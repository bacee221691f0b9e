// report_figures.h: what an unattended race has measured.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "heat.h"

namespace race {

struct ReportFigures {
  std::string machine;
  double rate;  // messages a second
  int interval_ms;
  int seconds;
  bool side_by_side;              // or one lane after the other
  std::vector<HeatResult> lanes;  // all transports
  std::vector<HeatResult> sweep;  // long polls: more and more readers, a thread each and parked

  const HeatResult& lane(std::string_view transport) const {
    return *std::find_if(lanes.begin(), lanes.end(),
                         [&](const HeatResult& lane) { return lane.transport == transport; });
  }
  /// Of the sweep, the most readers that both ways have held, held in this one.
  const HeatResult& most_held(std::string_view hold) const {
    const HeatResult* most = nullptr;
    for (const HeatResult& one : sweep) {
      const bool both = std::any_of(sweep.begin(), sweep.end(), [&](const HeatResult& other) {
        return other.readers == one.readers && other.hold != one.hold;
      });
      if (both && one.hold == hold && (most == nullptr || one.readers > most->readers)) most = &one;
    }
    return *most;
  }
};

}  // namespace race
