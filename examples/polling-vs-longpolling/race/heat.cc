#include "heat.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>

#include "feeder.h"

namespace race {
namespace {

constexpr auto kStep = std::chrono::milliseconds(10);
constexpr auto kStartWithin = std::chrono::seconds(120);
constexpr auto kLoginWithin = std::chrono::seconds(300);
constexpr auto kHearWithin = std::chrono::seconds(60);
// With a thread for each connection: the feeder's, ours, and one that a reader has just left.
constexpr int kSpareThreads = 16;

bool wait_until(Clock::duration limit, const std::function<bool()>& done) {
  for (const auto end = Clock::now() + limit; !done();) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(kStep);
  }
  return true;
}

using Lanes = std::vector<std::unique_ptr<Lane>>;

Lanes start_lanes(const HeatSetup& setup) {
  ServerSetup server = setup.server;
  server.threads = setup.readers + kSpareThreads;
  Lanes lanes;
  for (std::size_t i = 0; i < setup.transports.size(); ++i) {
    lanes.push_back(std::make_unique<Lane>(server));
    lanes.back()->start();
  }
  const bool up = wait_until(kStartWithin, [&] {
    bool all = true;
    for (const auto& lane : lanes) {
      lane->step();
      all = all && lane->up();
    }
    return all;
  });
  if (!up) throw std::runtime_error("a lane's server does not start");
  return lanes;
}

/// Says something for that long, at least once; gives how much.
long feed(Feeder& feeder, const HeatSetup& setup) {
  const auto end = Clock::now() + setup.length;
  feeder.set_rate(setup.rate);
  wait_until(setup.length + kHearWithin, [&] { return Clock::now() >= end && feeder.said() > 0; });
  feeder.set_rate(0);
  wait_until(kHearWithin, [&] { return feeder.all_taken(); });
  return feeder.said();
}

}  // namespace

std::vector<HeatResult> run_heat(const HeatSetup& setup) {
  const Lanes lanes = start_lanes(setup);
  Feeder feeder(lanes.size());
  std::vector<Crowd::Lane> read;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    feeder.open(i, lanes[i]->port());
    read.push_back({setup.transports[i], lanes[i]->port()});
  }
  Crowd crowd(read, false);
  crowd.set_interval(setup.interval);
  crowd.set_readers(setup.readers);
  if (!wait_until(kLoginWithin, [&] { return crowd.all_logged_in(); })) {
    throw std::runtime_error("not all readers came to log in");
  }
  crowd.expect(1);
  for (const auto& lane : lanes) lane->zero();
  crowd.listen();
  wait_until(kLoginWithin, [&] { return crowd.all_listen(); });

  const long said = feed(feeder, setup);
  wait_until(setup.interval + kHearWithin, [&] { return crowd.all_heard(said); });
  crowd.give_up_on(said);

  std::vector<HeatResult> results;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    results.push_back({setup.transports[i]->name, setup.server.hold, setup.readers, said,
                       lanes[i]->measure(), crowd.tally(i)});
  }
  for (const auto& lane : lanes) lane->tell_to_stop();
  return results;
}

double HeatResult::heads_a_message() const {
  return a_message(static_cast<double>(figures.counts.head_in + figures.counts.head_out));
}

double HeatResult::bodies_a_message() const {
  return a_message(static_cast<double>(figures.counts.body_in + figures.counts.body_out));
}

double HeatResult::cpu_us_a_message() const { return a_message(figures.cpu_ms * 1000); }

double HeatResult::a_message(double of) const {
  return of / static_cast<double>(std::max<std::int64_t>(tally.delivered, 1));
}

bool HeatResult::complete() const {
  return tally.missed == 0 && tally.doubled == 0 && tally.delivered == said * readers;
}

}  // namespace race
