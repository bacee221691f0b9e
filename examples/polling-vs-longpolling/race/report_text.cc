#include "report_text.h"

#include <fmt/format.h>

#include "report_claims.h"

namespace race {
namespace {

double kib(std::int64_t bytes) { return static_cast<double>(bytes) / 1024; }

std::string lanes_table(const ReportFigures& figures) {
  std::string table =
      "| transport | requests | of them empty | heads in, KiB | heads out, KiB | bodies out, KiB | "
      "bytes a message | mean delay, ms | p99, ms | server CPU a message, µs | threads | memory, "
      "MiB "
      "| missed | doubled |\n"
      "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  for (const HeatResult& lane : figures.lanes) {
    const ServerCounts& counts = lane.figures.counts;
    table += fmt::format(
        "| {} | {} | {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {:.1f} | {:.1f} | {:.0f} | {} | "
        "{:.1f} "
        "| {} | {} |\n",
        lane.transport, counts.requests, counts.empty, kib(counts.head_in), kib(counts.head_out),
        kib(counts.body_out), lane.bytes_a_message(), lane.tally.mean_ms.value_or(0),
        lane.tally.p99_ms.value_or(0), lane.cpu_us_a_message(), lane.figures.threads,
        lane.memory_mib(), lane.tally.missed, lane.tally.doubled);
  }
  return table;
}

std::string sweep_table(const ReportFigures& figures) {
  std::string table =
      "| readers | held by | threads | memory, MiB | server CPU a message, µs | mean delay, ms | "
      "p99, "
      "ms |\n|--:|---|--:|--:|--:|--:|--:|\n";
  for (const HeatResult& result : figures.sweep) {
    table += fmt::format("| {} | {} | {} | {:.1f} | {:.0f} | {:.1f} | {:.1f} |\n", result.readers,
                         result.hold, result.figures.threads, result.memory_mib(),
                         result.cpu_us_a_message(), result.tally.mean_ms.value_or(0),
                         result.tally.p99_ms.value_or(0));
  }
  return table;
}

std::string claims_table(const ReportFigures& figures) {
  std::string table = "| claim | measured | so it is |\n|---|---|---|\n";
  for (const Claim& claim : check_claims(figures)) {
    table += fmt::format("| {} | {} | {} |\n", claim.words, claim.measured, claim.verdict);
  }
  return table;
}

nlohmann::ordered_json result_json(const HeatResult& result) {
  const ServerCounts& counts = result.figures.counts;
  return {{"name", result.transport},
          {"hold", result.hold},
          {"readers", result.readers},
          {"said", result.said},
          {"requests", counts.requests},
          {"empty", counts.empty},
          {"head_in", counts.head_in},
          {"body_in", counts.body_in},
          {"head_out", counts.head_out},
          {"body_out", counts.body_out},
          {"held", counts.held},
          {"threads", result.figures.threads},
          {"cpu_ms", result.figures.cpu_ms},
          {"memory_kib", result.figures.memory_kib},
          {"delivered", result.tally.delivered},
          {"mean_ms", result.tally.mean_ms.value_or(0)},
          {"p99_ms", result.tally.p99_ms.value_or(0)},
          {"missed", result.tally.missed},
          {"doubled", result.tally.doubled},
          {"reconnects", result.tally.reconnects}};
}

}  // namespace

std::string report_markdown(const ReportFigures& figures) {
  const HeatResult& first = figures.lanes.front();
  return fmt::format(
      "# The race\n\n"
      "{1} readers a lane, {2} messages in {3} s (at random, {4:g} a second on average), polls "
      "every {5} ms. The lanes "
      "ran "
      "{6}, each with a server of its own (`--hold={10}`), over loopback.\n\n"
      "## What each transport took: {0}\n\n{7}\n"
      "\"A message\" is one message to one reader. Bytes are what crossed the server's socket, of "
      "polls "
      "and streams; the heads that come in are a Firefox's. CPU is the server's, user and system; "
      "saying the message and beginning a stream are in it. All readers of all lanes are read by "
      "one thread of the race: what it takes, and what waits for it, is in the delays.\n\n"
      "## Long polls held by a thread each, and parked: {0}\n\n{8}\n"
      "A short run each. Memory is the server's that is resident; the kernel's share of a thread "
      "or a "
      "socket comes on top.\n\n"
      "## What the article says\n\n{9}",
      figures.machine, first.readers, first.said, figures.seconds, figures.rate,
      figures.interval_ms, figures.side_by_side ? "side by side" : "one after another",
      lanes_table(figures), sweep_table(figures), claims_table(figures), first.hold);
}

nlohmann::ordered_json report_json(const ReportFigures& figures) {
  nlohmann::ordered_json lanes, sweep;
  for (const HeatResult& lane : figures.lanes) lanes.push_back(result_json(lane));
  for (const HeatResult& result : figures.sweep) sweep.push_back(result_json(result));
  return {{"machine", figures.machine},
          {"rate", figures.rate},
          {"interval", figures.interval_ms},
          {"seconds", figures.seconds},
          {"side_by_side", figures.side_by_side},
          {"lanes", std::move(lanes)},
          {"sweep", std::move(sweep)}};
}

}  // namespace race
