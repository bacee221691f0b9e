// chart.h: the report's two pictures.
#pragma once

#include <string>
#include <vector>

#include "heat.h"

namespace race {

/// Delay against bytes: one mark a transport. What is further left costs the network less, what is
/// further down tells sooner.
std::string delay_bytes_chart(const std::vector<HeatResult>& lanes, const std::string& machine);

/// What a long poll costs the server against how many are held: threads, memory and time, with a
/// thread for each of them, and parked.
std::string server_cost_chart(const std::vector<HeatResult>& sweep, const std::string& machine);

}  // namespace race
