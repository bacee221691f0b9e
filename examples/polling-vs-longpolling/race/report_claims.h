// report_claims.h: what the article says of the transports, beside what was measured of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report_figures.h"

namespace race {

struct Claim {
  std::string_view name;
  std::string_view words;
  std::string measured;
  std::string_view verdict;
};

/// Whether each is so hangs on how often something is said, and so on the race.
std::vector<Claim> check_claims(const ReportFigures& figures);

}  // namespace race
