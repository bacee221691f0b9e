#include "race.h"

#include <fmt/format.h>

#include <future>
#include <utility>

#include "machine.h"

namespace race {
namespace {

constexpr auto kStep = std::chrono::milliseconds(50);
constexpr auto kTell = std::chrono::milliseconds(500);
constexpr auto kStartWithin = std::chrono::seconds(60);
// With a thread for each connection: the page's own, those between two requests, the feeder.
constexpr int kSpareThreads = 64;

std::int64_t milliseconds_since_1970() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::vector<Crowd::Lane> read_through(const Relay& relay) {
  std::vector<Crowd::Lane> lanes;
  for (std::size_t i = 0; i < kTransports.size(); ++i) {
    lanes.push_back({&kTransports[i], relay.port(i)});
  }
  return lanes;
}

}  // namespace

Race::Race(ServerSetup setup, Knobs knobs)
    : knobs_(std::move(knobs)),
      machine_(machine()),
      relay_(kTransports.size()),
      feeder_(kTransports.size()),
      crowd_(read_through(relay_)) {
  setup.hold = knobs_.hold;
  setup.threads = threads_wanted();
  for (std::size_t i = 0; i < lanes(); ++i) tracks_.push_back(std::make_unique<Track>(setup));
}

Race::~Race() { stop(); }

std::size_t Race::lanes() { return kTransports.size(); }

std::optional<std::size_t> Race::lane_named(std::string_view name) {
  for (std::size_t i = 0; i < lanes(); ++i) {
    if (kTransports[i].name == name) return i;
  }
  return std::nullopt;
}

bool Race::start(int page_port, const std::function<bool()>& give_up) {
  const std::vector<std::string> origins = {fmt::format("http://localhost:{}", page_port),
                                            fmt::format("http://127.0.0.1:{}", page_port)};
  loop_.run([&] {
    for (const auto& track : tracks_) track->lane.start(origins);
    starting_anew_ = true;
    step();
    tell_watchers();
  });
  for (const auto end = Clock::now() + kStartWithin; Clock::now() < end && !give_up();) {
    bool done = false;
    loop_.run([&] { done = !starting_anew_; });
    if (done) return true;
    std::this_thread::sleep_for(kStep);
  }
  return false;
}

void Race::stop() {
  if (std::exchange(stopped_, true)) return;
  // On the thread that started them: a server dies with it. All are told first.
  std::promise<void> done;
  loop_.post([&] {
    watchers_.clear();
    for (const auto& track : tracks_) track->lane.tell_to_stop();
    for (const auto& track : tracks_) track->lane.stop();
    done.set_value();
  });
  done.get_future().wait();
  loop_.stop();
}

void Race::step() {
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    if (tracks_[i]->lane.step()) open_or_shut(i);
  }
  if (starting_anew_ && all_up()) {
    starting_anew_ = false;
    crowd_.set_interval(std::chrono::milliseconds(knobs_.interval_ms));
    zero();  // before anybody asks
    crowd_.set_readers(knobs_.readers);
    crowd_.expect(said_before_ + 1);
    feed();
  }
  loop_.after(kStep, [this] { step(); });
}

void Race::open_or_shut(std::size_t lane) {
  const Lane& server = tracks_[lane]->lane;
  if (server.up()) {
    relay_.open(lane, server.port());
    feeder_.open(lane, server.port());
  } else {
    relay_.shut(lane);
    feeder_.shut(lane);
  }
}

bool Race::all_up() const {
  for (const auto& track : tracks_) {
    if (!track->lane.up()) return false;
  }
  return true;
}

int Race::threads_wanted() const { return knobs_.readers + kSpareThreads; }

void Race::feed() { feeder_.set_rate(starting_anew_ ? 0 : knobs_.rate); }

void Race::set(const Knobs& knobs) {
  const Knobs before = std::exchange(knobs_, knobs);
  if (knobs.interval_ms != before.interval_ms) {
    crowd_.set_interval(std::chrono::milliseconds(knobs.interval_ms));
  }
  const bool more_threads =
      knobs.hold == "thread" && threads_wanted() > tracks_.front()->lane.threads_allowed();
  if (knobs.hold != before.hold || more_threads) start_servers_anew();
  if (knobs.readers != before.readers && !starting_anew_) crowd_.set_readers(knobs.readers);
  if (knobs.rate != before.rate) feed();
}

/// How many threads there are is settled when a server starts, and so is how it holds.
void Race::start_servers_anew() {
  starting_anew_ = true;
  feed();
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    tracks_[i]->lane.set_up_anew(knobs_.hold, threads_wanted());
    open_or_shut(i);
  }
  reset();
}

void Race::reset() {
  ++run_;
  zero();
  feed();  // anew, so that something is said soon
}

void Race::zero() {
  zeroed_at_ = milliseconds_since_1970();
  // The servers first: what their readers have heard since is then never more than they delivered.
  for (const auto& track : tracks_) track->lane.zero();
  said_before_ = feeder_.said();
  crowd_.zero(said_before_ + 1);
}

void Race::set_delay(std::size_t lane, bool on) {
  tracks_[lane]->faults.delay = on;
  relay_.set_delay(lane, on);
}

void Race::set_buffer(std::size_t lane, bool on) {
  tracks_[lane]->faults.buffer = on;
  relay_.set_buffer(lane, on);
}

void Race::restart(std::size_t lane) {
  tracks_[lane]->lane.restart();
  open_or_shut(lane);
}

void Race::watch(encke::HttpAnswer stream) {
  if (stream.write("data: " + state().dump() + "\n\n")) watchers_.push_back(std::move(stream));
}

/// Asking the servers costs them some time: nobody is asked while nobody looks.
void Race::tell_watchers() {
  loop_.after(kTell, [this] { tell_watchers(); });
  if (watchers_.empty()) return;
  const std::string part = "data: " + state().dump() + "\n\n";
  std::erase_if(watchers_, [&](encke::HttpAnswer& watcher) { return !watcher.write(part); });
}

nlohmann::ordered_json Race::state() {
  const std::int64_t now = milliseconds_since_1970();
  nlohmann::ordered_json lanes = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < tracks_.size(); ++i) lanes.push_back(lane_state(i));
  return {{"run", run_},
          {"time", now},
          {"elapsed_ms", now - zeroed_at_},
          {"machine", machine_},
          {"said", feeder_.said() - said_before_},
          {"knobs",
           {{"rate", knobs_.rate},
            {"interval", knobs_.interval_ms},
            {"readers", knobs_.readers},
            {"hold", knobs_.hold}}},
          {"lanes", std::move(lanes)}};
}

nlohmann::ordered_json Race::lane_state(std::size_t i) {
  Track& track = *tracks_[i];
  const Tally tally = crowd_.tally(i);  // before the server's count, which may be ahead of it
  const LaneFigures& figures = track.lane.measure();
  const auto or_null = [](const std::optional<double>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  return {{"name", kTransports[i].name},
          {"port", relay_.port(i)},
          {"server_port", track.lane.port()},
          {"up", track.lane.up()},
          {"delay", track.faults.delay},
          {"buffer", track.faults.buffer},
          {"restarts", track.lane.restarts()},
          {"requests", figures.counts.requests},
          {"empty", figures.counts.empty},
          {"head_in", figures.counts.head_in},
          {"body_in", figures.counts.body_in},
          {"head_out", figures.counts.head_out},
          {"body_out", figures.counts.body_out},
          {"delivered", figures.counts.delivered},
          {"held", figures.counts.held},
          {"threads", figures.threads},
          {"cpu_ms", figures.cpu_ms},
          {"memory_kib", figures.memory_kib},
          {"crowd",
           {{"delivered", tally.delivered},
            {"mean_ms", or_null(tally.mean_ms)},
            {"p99_ms", or_null(tally.p99_ms)},
            {"missed", tally.missed},
            {"doubled", tally.doubled},
            {"reconnects", tally.reconnects}}}};
}

}  // namespace race
