// report.h: the race without anybody looking, and what it has shown, in words and charts.
#pragma once

#include <string>

#include "lane.h"
#include "race.h"

namespace race {

struct ReportSetup {
  ServerSetup server;
  Knobs knobs;    // readers: 10 to 10,000
  int sweep = 0;  // the most readers of the comparison of the ways to hold; 0: as above
  int seconds = 60;
  std::string out;  // a folder
};

/// Races, prints a table, and writes report.md, report.json, two charts, and the lesson's figures.
/// The exit code: not 0 if a reader missed a message or was told one twice.
int report(const ReportSetup& setup);

}  // namespace race
