// race.h: the lanes, what is said in them, who listens, and what is made to fail.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crowd.h"
#include "encke/http.h"
#include "event_loop.h"
#include "feeder.h"
#include "lane.h"
#include "relay.h"

namespace race {

struct Knobs {
  double rate = 0.2;       // messages a second
  int interval_ms = 2000;  // between two polls
  int readers = 0;         // of the crowd, a lane
  std::string hold = "park";
};

/// The race that runs until it is stopped. Work for it is posted to loop(); the methods below that
/// are for its thread.
class Race {
 public:
  Race(ServerSetup setup, Knobs knobs);
  ~Race();

  /// Starts the lanes, which the page at this port may frame and read. Returns when they all run;
  /// false if they do not, or `give_up`, which is asked now and then, says so.
  bool start(int page_port, const std::function<bool()>& give_up);
  /// Ends the lanes' servers.
  void stop();

  EventLoop& loop() { return loop_; }

  // On the loop's thread:

  nlohmann::ordered_json state();
  const Knobs& knobs() const { return knobs_; }
  void set(const Knobs& knobs);
  /// Zeroes all counters.
  void reset();
  /// From now on `stream` gets the state, every half second.
  void watch(encke::HttpAnswer stream);

  /// The lane's number; nothing if there is none of that name.
  static std::optional<std::size_t> lane_named(std::string_view name);
  static std::size_t lanes();
  void cut(std::size_t lane) { relay_.cut(lane); }
  void set_delay(std::size_t lane, bool on);
  void set_buffer(std::size_t lane, bool on);
  void restart(std::size_t lane);

 private:
  struct Track {
    explicit Track(ServerSetup setup) : lane(std::move(setup)) {}
    Lane lane;
    Faults faults;
  };

  void step();
  void tell_watchers();
  void open_or_shut(std::size_t lane);
  bool all_up() const;
  void start_servers_anew();
  void zero();
  void feed();
  int threads_wanted() const;
  nlohmann::ordered_json lane_state(std::size_t lane);

  Knobs knobs_;
  const std::string machine_;
  int run_ = 1;
  std::int64_t zeroed_at_ = 0;  // milliseconds since 1970
  long said_before_ = 0;        // the last message before zero
  bool starting_anew_ = false;  // nothing is said until all servers are there again
  bool stopped_ = false;
  std::vector<encke::HttpAnswer> watchers_;
  std::vector<std::unique_ptr<Track>> tracks_;
  Relay relay_;
  Feeder feeder_;
  Crowd crowd_;
  EventLoop loop_;  // last: it uses the others
};

}  // namespace race
