#include "lesson.h"

#include <fmt/format.h>

#include <iterator>

#include "report_claims.h"

namespace race {
namespace {

// 12,345
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

}  // namespace

std::string lesson_figures(const ReportFigures& figures) {
  std::string lines;
  const auto add = [&](const std::string& name, std::string_view value) {
    fmt::format_to(std::back_inserter(lines), "{}\t{}\n", name, value);
  };
  const HeatResult& first = figures.lanes.front();
  add("machine", figures.machine);
  add("setup",
      fmt::format(
          "{} readers a transport, {} messages at random moments in {} s, polls every {:g} s",
          first.readers, first.said, figures.seconds, figures.interval_ms / 1000.0));
  for (const HeatResult& lane : figures.lanes) {
    const std::string name = std::string(lane.transport) + ".";
    add(name + "requests", grouped(lane.figures.counts.requests));
    add(name + "empty", grouped(lane.figures.counts.empty));
    add(name + "bytes_a_message", fmt::format("{:.0f}", lane.bytes_a_message()));
    add(name + "heads_a_message", fmt::format("{:.0f}", lane.heads_a_message()));
    add(name + "bodies_a_message", fmt::format("{:.0f}", lane.bodies_a_message()));
    add(name + "mean_ms", fmt::format("{:.1f}", lane.tally.mean_ms.value_or(0)));
    add(name + "p99_ms", fmt::format("{:.1f}", lane.tally.p99_ms.value_or(0)));
    add(name + "cpu_us", fmt::format("{:.0f}", lane.cpu_us_a_message()));
  }
  for (const char* hold : {"thread", "park"}) {
    const HeatResult& most = figures.most_held(hold);
    const std::string name = std::string("sweep.") + hold + ".";
    add(name + "readers", grouped(most.readers));
    add(name + "threads", grouped(most.figures.threads));
    add(name + "memory_mib", fmt::format("{:.1f}", most.memory_mib()));
    add(name + "cpu_us", fmt::format("{:.0f}", most.cpu_us_a_message()));
  }
  for (const Claim& claim : check_claims(figures)) {
    const std::string name = "claim." + std::string(claim.name);
    add(name, claim.measured);
    add(name + ".verdict", claim.verdict);
  }
  return lines;
}

}  // namespace race
