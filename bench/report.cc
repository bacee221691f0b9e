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
    {"park", "Encke `--hold=park`"},
    {"kept", "Encke `--hold=park --data`"}};

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

void print_sends(const Results& results) {
  if (results.writers().empty()) return;
  fmt::print(
      "\n## Sends\n\n"
      "Each writer sends on a connection of its own, as soon as its last send was answered. With "
      "`--data`, that is when the "
      "message is on the disk.\n\n"
      "| server | writers | sends a second | p50 ms | p99 ms | us CPU a send |\n"
      "|---|--:|--:|--:|--:|--:|\n");
  for (const auto& [server, name] : kServers) {
    for (const int writers : results.writers()) {
      const auto cell = [&](const char* field, int digits) {
        return number(results.sends(server, writers, field), digits);
      };
      if (!results.sends(server, writers, "per_second")) continue;
      fmt::print("| {} | {} | {} | {} | {} | {} |\n", name, writers, cell("per_second", 0),
                 cell("p50_ms", 2), cell("p99_ms", 2), cell("us_per_send", 1));
    }
  }
}

void print_tls(const Results& results) {
  if (results.tls().empty()) return;
  fmt::print(
      "\n## TLS\n\n"
      "Logged in one after another, each on a connection of its own, and parked.\n\n"
      "| protocol | held | KiB a held poll | us CPU to connect and log in |\n"
      "|---|--:|--:|--:|\n");
  for (const json& run : results.tls()) {
    fmt::print("| {} | {} | {:.2f} | {:.0f} |\n", run.at("tls").get<std::string>(),
               count(run.at("held")), run.at("kib_held").get<double>(),
               run.at("open_us").get<double>());
  }
}

void print_slow(const Results& results) {
  if (results.slow().empty()) return;
  fmt::print(
      "\n## A slow crowd\n\n"
      "Users listen by SSE to {} messages a second. Then as many more connect who are idle, send "
      "their heads or bodies a byte a second, or do not read their streams.\n\n"
      "| users | slow ones | p50 ms before, with, after | p99 ms before, with, after | cores "
      "before, "
      "with, after | cores of other programs |\n"
      "|--:|--:|--:|--:|--:|--:|\n",
      results.slow()[0].at("rate").get<int>());
  for (const json& run : results.slow()) {
    const auto three = [&](const char* field, int digits) {
      const auto cell = [&](const char* phase) {
        return number(run.at(phase).at(field).get<double>(), digits);
      };
      return fmt::format("{}, {}, {}", cell("before"), cell("during"), cell("after"));
    };
    fmt::print("| {} | {} | {} | {} | {} | {:.2f} |\n", count(run.at("held")),
               count(run.at("slow")), three("p50_ms", 1), three("p99_ms", 1), three("cores", 2),
               run.at("noise").get<double>());
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
  print_sends(results);
  print_tls(results);
  print_slow(results);
}

}  // namespace
}  // namespace bench

int main() {
  bench::Results results;
  for (std::string line; std::getline(std::cin, line);) results.add(bench::json::parse(line));
  bench::print_report(results);
}
