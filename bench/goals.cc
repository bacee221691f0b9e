#include "goals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bench {
namespace {

void print_goal(const std::string& goal, bool reached, const std::string& figure) {
  fmt::print("| {} | {} | {} |\n", goal, reached ? "yes" : "**no**", figure);
}

/// One goal that has to hold at every size: prints the figure of each, and whether the worst one
/// keeps the limit.
template <typename Figure>
void print_goal_at_all_sizes(const Results& results, const std::string& goal, double limit,
                             const char* unit, Figure figure) {
  std::string figures;
  bool reached = true;
  for (const int held : results.sizes()) {
    const std::optional<double> value = figure(held);
    if (!value) continue;
    reached = reached && *value <= limit;
    figures +=
        fmt::format("{}{:.2f}{} at {}", figures.empty() ? "" : ", ", *value, unit, count(held));
  }
  if (!figures.empty()) print_goal(goal, reached, figures);
}

/// How much more a delivery costs at the largest size than at the smallest, beyond what the floor's
/// costs more, as a part of what it costs at the smallest.
void print_growth(const Results& results, bool stream) {
  const int small = *results.sizes().begin();
  const int large = *results.sizes().rbegin();
  const auto cost = [&](const char* server, int held) {
    return results.median(server, stream, held, "us_per_delivery");
  };
  const auto ours = cost("park", small), ours_large = cost("park", large);
  const auto floor = cost("floor", small), floor_large = cost("floor", large);
  if (small == large || !ours || !ours_large || !floor || !floor_large) return;
  const double grown = ((*ours_large - *ours) - (*floor_large - *floor)) / *ours;
  print_goal(
      fmt::format("{} delivery at {} held: within 25% of that at {}, beyond what the floor loses",
                  stream ? "An SSE" : "A long-poll", count(large), count(small)),
      grown <= 0.25,
      fmt::format("{:+.0f}% ({:.1f} to {:.1f} us; the floor {:.1f} to {:.1f} us)", grown * 100,
                  *ours, *ours_large, *floor, *floor_large));
}

/// Goes by the server's CPU: the time on the clock has the load generator's share in it.
void print_logins(const json& check) {
  std::string figures;
  double last_each = 0, first_each = 0, count_before = 0, cpu_before = 0;
  for (const json& mark : check.at("opened")) {
    const double logins = mark.at("count"), cpu = mark.at("cpu_seconds");
    last_each = (cpu - cpu_before) / (logins - count_before) * 1e6;
    if (first_each == 0) first_each = last_each;
    count_before = logins;
    cpu_before = cpu;
    figures += fmt::format("{} after {:.2f} s ({:.2f} s of CPU), ", count(mark.at("count")),
                           mark.at("seconds").get<double>(), cpu);
  }
  if (last_each == 0) return;
  // With a cost of N for each login, one of the last 9,000 would cost twelve times one of the first
  // 2,500.
  print_goal(fmt::format("Logging {} in takes no N x N time", count(check.at("held"))),
             last_each < 3 * first_each,
             fmt::format("{}{:.0f} MiB sent; {:.0f} us of CPU a login at first, {:.0f} us at last",
                         figures, check.at("open_mib").get<double>(), first_each, last_each));
}

void print_check(const json& check) {
  const int held = check.at("held");
  print_goal(fmt::format("{} held, {}: everyone gets every message once, in one order", count(held),
                         is_stream(check) ? "SSE" : "long poll"),
             !is_faulty(check),
             fmt::format(
                 "{} messages of {} publishers in {:.1f} s: {} missing, {} repeated, {} order(s)",
                 check.at("messages").get<int>(), check.at("publishers").get<int>(),
                 check.at("seconds").get<double>(), check.at("missing").get<std::int64_t>(),
                 check.at("repeated").get<std::int64_t>(), check.at("orders").get<std::int64_t>()));
  print_logins(check);
}

void print_gathering(const Results& results) {
  if (results.writers().empty()) return;
  const int many = *results.writers().rbegin();
  const auto alone = results.sends("kept", 1, "per_second");
  const auto together = results.sends("kept", many, "per_second");
  if (many == 1 || !alone || !together) return;
  print_goal(
      fmt::format("{} writers together have at least 10x the durable sends of one", many),
      *together >= 10 * *alone,
      fmt::format("{:.1f}x: {:.0f} a second, {:.0f} alone", *together / *alone, *together, *alone));
}

/// Each run beside the lower of before and after, and the median of that: what else the machine
/// does must not make it look reached.
void print_slow(const std::vector<json>& runs) {
  if (runs.empty()) return;
  std::vector<double> ratios;
  std::string figures;
  bool whole = true;
  for (const json& run : runs) {
    const auto p99 = [&](const char* phase) { return run.at(phase).at("p99_ms").get<double>(); };
    ratios.push_back(p99("during") / std::min(p99("before"), p99("after")));
    whole = whole && !is_faulty(run);
    figures += fmt::format("{}{:.1f} ms with them, {:.1f} before and {:.1f} after",
                           figures.empty() ? "" : "; ", p99("during"), p99("before"), p99("after"));
  }
  std::ranges::sort(ratios);
  const double ratio = ratios[ratios.size() / 2];
  print_goal(fmt::format("{} slow or idle connections: the p99 of {} who chat at most doubles, and "
                         "they miss nothing",
                         count(runs[0].at("slow")), count(runs[0].at("held"))),
             ratio <= 2 && whole, fmt::format("{:.2f}x: {}", ratio, figures));
}

}  // namespace

void print_goals(const Results& results) {
  fmt::print(
      "\n## What must be reached, by Encke `--hold=park`\n\n| goal | reached | figure "
      "|\n|---|---|---|\n");
  for (const auto& [server, where] :
       {std::pair{"park", ""}, std::pair{"kept", ", with `--data`"}}) {
    print_goal_at_all_sizes(
        results, fmt::format("At most 2 KiB a held long poll{}", where), 2.0, " KiB",
        [&](int held) { return results.median(server, false, held, "kib_held"); });
    print_goal_at_all_sizes(
        results, fmt::format("An SSE delivery: at most 0.75x nchan's CPU{}", where), 0.75, "x",
        [&](int held) { return results.to_nchan(server, true, held, "us_per_delivery"); });
    print_goal_at_all_sizes(
        results, fmt::format("A long-poll delivery: at most 1.0x nchan's CPU{}", where), 1.0, "x",
        [&](int held) { return results.to_nchan(server, false, held, "us_per_delivery"); });
  }
  if (!results.sizes().empty()) {
    print_growth(results, false);
    print_growth(results, true);
  }
  print_gathering(results);
  for (const json& check : results.checks()) print_check(check);
  print_slow(results.slow());
}

}  // namespace bench
