// lesson.h: the figures that docs/transports.md quotes, each under the name by which it asks.
#pragma once

#include <string>

#include "report_figures.h"

namespace race {

/// A line for each: its name, a tab, and what is to stand in the lesson.
std::string lesson_figures(const ReportFigures& figures);

}  // namespace race
