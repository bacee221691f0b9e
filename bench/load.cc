// load.cc: the load generator: holds thousands of subscribers on one server and measures what that
// costs the server.
//
//   load --protocol nchan-longpoll --port 8080 --pid 1234 --held 5000
//       what it costs (cost.cc)
//   load --protocol encke-longpoll --port 8080 --pid 1234 --held 19000 --check
//       whether all is delivered (order.cc)
//   load --protocol encke-sse --port 8080 --pid 1234 --writers 64
//       how fast sends are answered (sends.cc)
//   load --protocol encke-sse --port 8080 --pid 1234 --held 1000 --slow-crowd
//       what is noticed of those who are slow on purpose (slow.cc)
//
// Prints one JSON object.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "measure.h"
#include "peer.h"
#include "server_process.h"
#include "sockets.h"

namespace bench {
namespace {

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Holds subscribers on a server, publishes, and measures what the server spends");
  app.add_option("--protocol", options.protocol,
                 "floor|nchan|encke-longpoll|sse, or socketio-polling")
      ->required();
  app.add_option("--label", options.label, "The server's name in the output");
  app.add_option("--port", options.port, "The server's port on 127.0.0.1")->required();
  app.add_option("--pid", options.pid, "The server's process; its children are measured too")
      ->required();
  app.add_option("--held", options.held, "Subscribers")->capture_default_str();
  app.add_option("--deliveries", options.deliveries, "How many deliveries to measure over")
      ->capture_default_str();
  app.add_option("--memory-before", options.memory_before,
                 "KiB to count held memory from, if not the server's own once it has started");
  app.add_flag("--check", options.check,
               "Check order and completeness instead of measuring the cost");
  app.add_option("--publishers", options.publishers, "With --check: how many send at once")
      ->capture_default_str();
  app.add_option("--messages", options.messages, "With --check: how many each of them sends")
      ->capture_default_str();
  app.add_option("--writers", options.writers,
                 "Measure sends instead, of so many who each send when the last was answered");
  app.add_flag("--slow-crowd", options.slow, "Measure what a chat notices of a slow crowd instead");
  CLI11_PARSE(app, argc, argv);

  raise_file_limit();
  const auto peer = make_peer(options.protocol, fmt::format("127.0.0.1:{}", options.port));
  if (!peer) {
    fmt::print(stderr, "bench: no protocol '{}'\n", options.protocol);
    return 2;
  }
  const ServerProcess server(options.pid);
  nlohmann::ordered_json line{{"server", options.label.empty() ? options.protocol : options.label},
                              {"protocol", options.protocol},
                              {"held", options.held},
                              {"check", options.check}};
  line.update(options.check     ? check_order(options, *peer, server)
              : options.writers ? measure_sends(options, *peer, server)
              : options.slow    ? measure_slow(options, *peer, server)
                                : measure_cost(options, *peer, server));
  fmt::print("{}\n", line.dump());
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run(argc, argv); }
