// cost.cc: what holding and delivering cost the server.
//
//   memory   resident memory with everybody held, minus that after a first handful came and went
//   (so that code and
//            tables that any first user brings in do not count as the held connections'), over the
//            number held
//   CPU      the server's CPU time over the whole run of messages, over the number of deliveries.
//   The next message
//            goes out when everybody has the last one, everybody's next poll is held, and the
//            server is still
//   latency  from just before the publisher's send() until the subscriber's recv() returned
#include <algorithm>
#include <thread>

#include "measure.h"
#include "receipts.h"
#include "sockets.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr int kFirstHandful = 20;
constexpr int kWarmups = 3;
constexpr auto kPatience = 60s;

/// Publishes one message and waits until everybody has it. False if someone never got it.
bool deliver(Crowd& crowd, const Receipts& receipts, int message, int held) {
  crowd.publish(0, message);
  return crowd.run_until([&] { return receipts.deliveries(message) >= held; }, kPatience);
}

void first_handful(const Options& options, const Peer& peer) {
  Receipts receipts(kFirstHandful, kWarmups);
  Crowd crowd(peer, options.port, kFirstHandful, 1, receipts, 90'000);
  crowd.open();
  for (int i = 0; i < kWarmups; ++i) {
    std::this_thread::sleep_for(100ms);
    if (!deliver(crowd, receipts, i, kFirstHandful)) die("the first message did not arrive");
  }
}

/// What others on the machine spend meanwhile, in cores. More than a little, and the figures are
/// not worth keeping: who shares caches and cores with a compiler pays up to three times as much
/// for a delivery.
class Noise {
 public:
  explicit Noise(const ServerProcess& server) : server_(server), spent_(others()) {}

  double cores() const {
    return std::max(0.0,
                    std::chrono::duration<double>(others() - spent_) / (Clock::now() - start_));
  }

 private:
  std::chrono::nanoseconds others() const {
    return machine_cpu_time() - server_.cpu_time() - own_cpu_time();
  }

  const ServerProcess& server_;
  const Clock::time_point start_ = Clock::now();
  const std::chrono::nanoseconds spent_;
};

}  // namespace

/// Runs the crowd until the server has hardly run for a while: everything that came is handled and
/// held again.
void settle(Crowd& crowd, const ServerProcess& server, std::chrono::milliseconds window) {
  const auto give_up = Clock::now() + kPatience;
  auto before = server.cpu_time();
  while (Clock::now() < give_up) {
    crowd.run_until([] { return false; }, window);
    const auto now = server.cpu_time();
    if (now - before < std::chrono::nanoseconds(window) / 50) return;
    before = now;
  }
}

nlohmann::ordered_json measure_cost(const Options& options, const Peer& peer,
                                    const ServerProcess& server) {
  nlohmann::ordered_json result;
  const Noise noise(server);
  first_handful(options, peer);
  std::this_thread::sleep_for(1s);  // the handful's sockets are closed and what they held is freed
  const long memory_before =
      options.memory_before >= 0 ? options.memory_before : server.memory_kib();

  const int measured = std::max(10, options.deliveries / options.held);
  Receipts receipts(options.held, kWarmups + measured);
  Crowd crowd(peer, options.port, options.held, 1, receipts);
  const auto start = Clock::now();
  const auto cpu_before_open = server.cpu_time();
  crowd.open();
  result["open_seconds"] = std::chrono::duration<double>(Clock::now() - start).count();
  settle(crowd, server, 300ms);  // longer than logins are gathered for
  settle(crowd, server, 300ms);
  const auto cpu_held = server.cpu_time();
  result["open_us"] =
      std::chrono::duration<double, std::micro>(cpu_held - cpu_before_open).count() / options.held;
  result["memory_before_kib"] = memory_before;
  const long memory_held = server.memory_kib();
  result["kib_held"] = static_cast<double>(memory_held - memory_before) / options.held;
  result["threads"] = server.threads();

  std::chrono::nanoseconds cpu{0};
  for (int message = 0; message < kWarmups + measured; ++message) {
    if (message == kWarmups) {
      receipts.restart_latencies();
      cpu = server.cpu_time();
    }
    if (!deliver(crowd, receipts, message, options.held)) break;
    settle(crowd, server, 10ms);
  }
  cpu = server.cpu_time() - cpu;
  result["messages"] = measured;
  result["us_per_delivery"] = std::chrono::duration<double, std::micro>(cpu).count() /
                              (static_cast<double>(measured) * options.held);
  result["p50_ms"] = receipts.latency_ms(0.50);
  result["p99_ms"] = receipts.latency_ms(0.99);
  result["kib_after"] = static_cast<double>(server.memory_kib() - memory_before) / options.held;
  result["noise"] = noise.cores();
  const Verdict verdict = receipts.verdict();
  result["missing"] = verdict.missing;
  result["repeated"] = verdict.repeated;
  result["orders"] = verdict.orders;
  return result;
}

}  // namespace bench
