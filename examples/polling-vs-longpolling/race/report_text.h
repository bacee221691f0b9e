// report_text.h: what the report says, in Markdown for people and in JSON for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "report_figures.h"

namespace race {

std::string report_markdown(const ReportFigures& figures);
nlohmann::ordered_json report_json(const ReportFigures& figures);

}  // namespace race
