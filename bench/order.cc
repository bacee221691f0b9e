// order.cc: whether everyone gets every message once, and in the same order, while several
// publishers send at once.
#include <vector>

#include "measure.h"
#include "receipts.h"

namespace bench {

using namespace std::chrono_literals;

constexpr auto kPatience = 15s;

nlohmann::ordered_json check_order(const Options& options, const Peer& peer,
                                   const ServerProcess& server) {
  nlohmann::ordered_json result;
  const int total = options.publishers * options.messages;
  Receipts receipts(options.held, total);
  Crowd crowd(peer, options.port, options.held, options.publishers, receipts);
  const auto opening = Clock::now();
  const auto cpu = server.cpu_time();
  std::vector<int> counts = {2'500, 5'000, 10'000};
  std::erase_if(counts, [&](int count) { return count >= options.held; });
  counts.push_back(options.held);
  for (const int count : counts) {
    crowd.open(static_cast<std::size_t>(count));
    result["opened"].push_back(
        {{"count", count},
         {"seconds", std::chrono::duration<double>(Clock::now() - opening).count()},
         {"cpu_seconds", std::chrono::duration<double>(server.cpu_time() - cpu).count()}});
  }
  crowd.open();
  settle(crowd, server, 300ms);
  result["open_mib"] = static_cast<double>(crowd.bytes_received()) / (1 << 20);
  result["memory_held_kib"] = server.memory_kib();

  // Publisher p sends messages p, p + publishers, p + 2 x publishers, … each as soon as the last
  // one was answered.
  std::vector<int> next(options.publishers);
  const auto send_next = [&](int publisher) {
    const int message = publisher + options.publishers * next[publisher]++;
    if (message < total) crowd.publish(publisher, message);
  };
  crowd.on_published(send_next);
  const auto start = Clock::now();
  for (int publisher = 0; publisher < options.publishers; ++publisher) send_next(publisher);
  const auto expected = static_cast<std::int64_t>(total) * options.held;
  auto last = receipts.total();
  while (!crowd.run_until([&] { return receipts.total() >= expected; }, kPatience)) {
    if (receipts.total() == last) break;  // what has not come by now is lost
    last = receipts.total();
  }
  result["seconds"] = std::chrono::duration<double>(Clock::now() - start).count();
  crowd.run_until([] { return false; }, 1s);  // a repeated delivery would still come

  const Verdict verdict = receipts.verdict();
  result["publishers"] = options.publishers;
  result["messages"] = total;
  result["missing"] = verdict.missing;
  result["repeated"] = verdict.repeated;
  result["orders"] = verdict.orders;
  return result;
}

}  // namespace bench
