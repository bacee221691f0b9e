// report.cc: turns the load generator's lines into script/bench's Markdown.
//
//   report < results.jsonl
#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "goals.h"
#include "results.h"

namespace bench {
namespace {

// In the order of the table. The first name is the label on the lines, the second is what readers
// know it by.
const std::vector<std::pair<std::string, std::string>> kServers = {
    {"floor", "the floor: recv and send"},
    {"nchan", "nchan in nginx, 2 workers"},
    {"socketio", "socket.io, polling"},
    {"thread", "Encke `--hold=thread`"},
    {"indirect", "Encke `--hold=park --direct-reads=0`"},
    {"park", "Encke `--hold=park`"}};

std::string machine() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::string model = "unknown CPU";
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) model = line.substr(line.find(": ") + 2);
  }
  utsname system{};
  uname(&system);
  return fmt::format("{}, {} cores, {} {}", model, std::thread::hardware_concurrency(),
                     system.sysname, system.release);
}

void print_costs(const Results& results) {
  fmt::print(
      "| server | held | KiB a held poll | after traffic | KiB a stream | after traffic | us CPU a "
      "long-poll delivery "
      "| us CPU an SSE delivery | p99 ms, long poll | p99 ms, SSE | runs |\n"
      "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
  for (const auto& [server, name] : kServers) {
    for (const int held : results.sizes()) {
      if (results.runs(server, held) == 0) continue;
      const auto cell = [&](bool stream, const char* field, int digits) {
        return number(results.median(server, stream, held, field), digits);
      };
      fmt::print("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", name, count(held),
                 cell(false, "kib_held", 2), cell(false, "kib_after", 2), cell(true, "kib_held", 2),
                 cell(true, "kib_after", 2), cell(false, "us_per_delivery", 1),
                 cell(true, "us_per_delivery", 1), cell(false, "p99_ms", 0),
                 cell(true, "p99_ms", 0), results.runs(server, held));
    }
  }
}

void print_ratios(const Results& results) {
  fmt::print(
      "\n## To nchan\n\n"
      "| server | held | memory a held poll | CPU a long-poll delivery | CPU an SSE delivery |\n"
      "|---|--:|--:|--:|--:|\n");
  for (const auto& [server, name] : kServers) {
    for (const int held : results.sizes()) {
      if (server == "nchan" || results.runs(server, held) == 0) continue;
      fmt::print("| {} | {} | {} | {} | {} |\n", name, count(held),
                 number(results.to_nchan(server, false, held, "kib_held"), 2),
                 number(results.to_nchan(server, false, held, "us_per_delivery"), 2),
                 number(results.to_nchan(server, true, held, "us_per_delivery"), 2));
    }
  }
}

void print_report(const Results& results) {
  fmt::print("# Benchmark\n\n{}. Loopback, messages of 100 bytes.\n\n", machine());
  for (const std::string& note : results.notes()) fmt::print("- {}\n", note);
  fmt::print(
      "- CPU is the server's, user and system. A long-poll delivery includes the client's next "
      "poll.\n"
      "- Memory is the server's resident memory; the kernel's socket buffers come on top for all "
      "of them.\n"
      "- While it was measured, other programs used up to {:.2f} cores.\n",
      results.noise());
  for (const json& run : results.faulty()) {
    fmt::print(
        "- **Not every message arrived once and in one order**: {} at {} held: {} missing, {} "
        "repeated, {} orders.\n",
        run.at("protocol").get<std::string>(), count(run.at("held")),
        run.at("missing").get<std::int64_t>(), run.at("repeated").get<std::int64_t>(),
        run.at("orders").get<std::int64_t>());
  }
  fmt::print("\n");
  print_costs(results);
  print_ratios(results);
  print_goals(results);
}

}  // namespace
}  // namespace bench

int main() {
  bench::Results results;
  for (std::string line; std::getline(std::cin, line);) results.add(bench::json::parse(line));
  bench::print_report(results);
}
