#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "chart.h"
#include "heat.h"
#include "lesson.h"
#include "limits.h"
#include "machine.h"
#include "report_text.h"

namespace race {
namespace {

constexpr auto kSweepLength = std::chrono::seconds(5);

template <typename... Parts>
void say(fmt::format_string<Parts...> words, Parts&&... parts) {
  fmt::print(stderr, "==> {}\n", fmt::format(words, std::forward<Parts>(parts)...));
}

HeatSetup heat_for(const ReportSetup& setup) {
  HeatSetup heat;
  heat.server = setup.server;
  heat.server.hold = setup.knobs.hold;
  heat.readers = setup.knobs.readers;
  heat.rate = setup.knobs.rate;
  heat.interval = std::chrono::milliseconds(setup.knobs.interval_ms);
  heat.length = std::chrono::seconds(setup.seconds);
  return heat;
}

std::vector<HeatResult> race_lanes(const ReportSetup& setup, bool side_by_side) {
  HeatSetup heat = heat_for(setup);
  if (side_by_side) {
    say("All transports side by side, {} readers each, {} s", heat.readers, setup.seconds);
    for (const Transport& transport : kTransports) heat.transports.push_back(&transport);
    return run_heat(heat);
  }
  std::vector<HeatResult> results;
  for (const Transport& transport : kTransports) {
    say("{}: {} readers, {} s", transport.name, heat.readers, setup.seconds);
    heat.transports = {&transport};
    results.push_back(run_heat(heat).front());
  }
  return results;
}

/// 10, 100, 1000, … and as many as there are.
std::vector<int> sizes_up_to(int most) {
  std::vector<int> sizes;
  for (int size = 10; size < most; size *= 10) sizes.push_back(size);
  sizes.push_back(most);
  return sizes;
}

std::vector<HeatResult> sweep_sizes(const ReportSetup& setup) {
  std::vector<HeatResult> results;
  HeatSetup heat = heat_for(setup);
  heat.transports = {&kTransports[1]};
  heat.length = std::min(heat.length, std::chrono::seconds(kSweepLength));
  for (const char* hold : {"thread", "park"}) {
    heat.server.hold = hold;
    const bool threads = heat.server.hold == "thread";
    const int most = setup.sweep == 0 ? setup.knobs.readers : setup.sweep;
    for (const int size : sizes_up_to(threads ? std::min(most, kMostThreads) : most)) {
      say("Long polls, {}: {} readers", threads ? "a thread each" : "parked", size);
      heat.readers = size;
      // Few readers need more messages for a mean, and many leave no room for more.
      heat.rate = size <= 1'000 ? 4 : 1;
      results.push_back(run_heat(heat).front());
    }
  }
  return results;
}

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream out(path);
  out << content;
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

/// What is not as it must be is said, of one line each.
bool all_complete(const std::vector<HeatResult>& results) {
  bool all = true;
  for (const HeatResult& result : results) {
    if (result.complete()) continue;
    say("{} ({}, {} readers): {} messages said, {} delivered, {} missed, {} doubled",
        result.transport, result.hold, result.readers, result.said, result.tally.delivered,
        result.tally.missed, result.tally.doubled);
    all = false;
  }
  return all;
}

}  // namespace

int report(const ReportSetup& setup) {
  if (setup.knobs.readers < 10 || setup.knobs.rate <= 0) {
    fmt::print(stderr, "race: a report needs 10 readers or more, and a rate\n");
    return 2;
  }
  if (const auto trouble =
          trouble_with_report(setup.knobs.readers, setup.sweep, setup.knobs.hold)) {
    fmt::print(stderr, "race: {}\n", *trouble);
    return 2;
  }
  try {
    const std::filesystem::path out = setup.out;
    std::filesystem::create_directories(out);
    ReportFigures figures{machine(),
                          setup.knobs.rate,
                          setup.knobs.interval_ms,
                          setup.seconds,
                          fit_side_by_side(setup.knobs.readers, setup.knobs.hold),
                          {},
                          {}};
    figures.lanes = race_lanes(setup, figures.side_by_side);
    figures.sweep = sweep_sizes(setup);
    const std::string markdown = report_markdown(figures);
    fmt::print("{}", markdown);
    write_file(out / "report.md", markdown);
    write_file(out / "report.json", report_json(figures).dump(2) + "\n");
    write_file(out / "figures.tsv", lesson_figures(figures));
    write_file(out / "delay-bytes.svg", delay_bytes_chart(figures.lanes, figures.machine));
    write_file(out / "server-cost.svg", server_cost_chart(figures.sweep, figures.machine));
    say("Written to {}", out.string());
    const bool lanes_complete = all_complete(figures.lanes);
    return all_complete(figures.sweep) && lanes_complete ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "race: {}\n", error.what());
    return 1;
  }
}

}  // namespace race
