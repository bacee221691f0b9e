#include "results.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace bench {
namespace {

double median_of(const std::vector<json>& runs, const std::string& field) {
  std::vector<double> values;
  for (const json& run : runs) values.push_back(run.at(field));
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

void Results::add(json line) {
  if (line.contains("note")) {
    notes_.push_back(line["note"]);
  } else if (line.contains("tls")) {
    tls_.push_back(std::move(line));
  } else if (line.contains("slow")) {
    slow_.push_back(std::move(line));
  } else if (line.contains("writers")) {
    writers_.insert(line.at("writers").get<int>());
    sends_[{line.at("server"), line.at("writers")}].push_back(std::move(line));
  } else if (line.at("check")) {
    checks_.push_back(std::move(line));
  } else {
    const int held = line.at("held");
    sizes_.insert(held);
    runs_[{line.at("server"), is_stream(line), held}].push_back(std::move(line));
  }
}

std::optional<double> Results::median(const std::string& server, bool stream, int held,
                                      const std::string& field) const {
  const auto runs = runs_.find({server, stream, held});
  if (runs == runs_.end()) return {};
  return median_of(runs->second, field);
}

std::optional<double> Results::sends(const std::string& server, int writers,
                                     const std::string& field) const {
  const auto runs = sends_.find({server, writers});
  if (runs == sends_.end()) return {};
  return median_of(runs->second, field);
}

std::optional<double> Results::to_nchan(const std::string& server, bool stream, int held,
                                        const std::string& field) const {
  const auto value = median(server, stream, held, field);
  const auto nchans = median("nchan", stream, held, field);
  if (!value || !nchans || *nchans <= 0) return {};
  return *value / *nchans;
}

std::size_t Results::runs(const std::string& server, int held) const {
  std::size_t most = 0;
  for (const bool stream : {false, true}) {
    const auto found = runs_.find({server, stream, held});
    if (found != runs_.end()) most = std::max(most, found->second.size());
  }
  return most;
}

std::vector<json> Results::faulty() const {
  std::vector<json> found;
  for (const auto& [key, runs] : runs_)
    std::ranges::copy_if(runs, std::back_inserter(found), is_faulty);
  return found;
}

double Results::noise() const {
  double most = 0;
  for (const auto& [key, runs] : runs_) {
    for (const json& run : runs) most = std::max(most, run.at("noise").get<double>());
  }
  for (const json& run : slow_) most = std::max(most, run.at("noise").get<double>());
  return most;
}

bool is_stream(const json& line) {
  return line.at("protocol").get<std::string>().ends_with("-sse");
}

bool is_faulty(const json& line) {
  return line.at("missing") != 0 || line.at("repeated") != 0 || line.at("orders") != 1;
}

std::string number(std::optional<double> value, int digits) {
  return value ? fmt::format("{:.{}f}", *value, digits) : "–";
}

/// 15000 as "15,000".
std::string count(int value) {
  std::string digits = std::to_string(value);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

}  // namespace bench
