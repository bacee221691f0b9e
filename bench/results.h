// results.h: the load generator's lines, and the medians of them.
#pragma once

#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace bench {

using nlohmann::json;

/// All lines of one script/bench. Servers go by the labels that script/bench gives them: floor,
/// nchan, socketio, thread, park, kept.
class Results {
 public:
  /// What `load` printed, or {"note": "…"} for what the reader of the tables has to know.
  void add(json line);

  /// The median over the runs; nothing if there was none.
  std::optional<double> median(const std::string& server, bool stream, int held,
                               const std::string& field) const;

  /// The median over nchan's.
  std::optional<double> to_nchan(const std::string& server, bool stream, int held,
                                 const std::string& field) const;

  /// How many there were of the transport that was run more often.
  std::size_t runs(const std::string& server, int held) const;

  /// Runs in which someone missed a message, got one twice, or saw another order.
  std::vector<json> faulty() const;

  /// The most that other programs used during any run, in cores.
  double noise() const;

  const std::set<int>& sizes() const { return sizes_; }
  const std::vector<json>& checks() const { return checks_; }
  /// What `tls_memory` printed.
  const std::vector<json>& tls() const { return tls_; }
  /// The medians of what was measured of sends.
  std::optional<double> sends(const std::string& server, int writers,
                              const std::string& field) const;
  const std::set<int>& writers() const { return writers_; }
  /// What was measured with a slow crowd.
  const std::vector<json>& slow() const { return slow_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  using Key = std::tuple<std::string, bool, int>;  // server, stream, held

  std::map<Key, std::vector<json>> runs_;
  std::set<int> sizes_;
  std::vector<json> checks_;
  std::vector<json> tls_;
  std::vector<json> slow_;
  std::map<std::pair<std::string, int>, std::vector<json>> sends_;  // by server, writers
  std::set<int> writers_;
  std::vector<std::string> notes_;
};

bool is_stream(const json& line);
bool is_faulty(const json& line);

/// A dash for what was not run.
std::string number(std::optional<double> value, int digits);

/// 15000 as "15,000".
std::string count(int value);

}  // namespace bench
