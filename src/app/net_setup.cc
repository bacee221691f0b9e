#include "app/net_setup.h"

#include <sys/resource.h>

namespace encke {
namespace {

// More than any machine has use for; a number that was mistyped is told, not tried.
constexpr std::uint64_t kMostThreads = 100'000;
constexpr std::uint64_t kMostLoops = 1024;

}  // namespace

std::vector<Network> proxies(const Options& options) {
  std::vector<Network> proxies;
  for (const std::string& text : options.proxy) {
    if (const auto network = Network::parse(text)) proxies.push_back(*network);
  }
  return proxies;
}

NetOptions net_options(const Options& o) {
  NetOptions options;
  options.host = o.host;
  options.port = static_cast<int>(o.port);
  options.loops = static_cast<unsigned>(o.loops);
  options.threads = static_cast<unsigned>(o.threads);
  options.tls = {o.tls_cert, o.tls_key, o.tls_legacy};
  options.max_head = o.max_head;
  options.max_line = o.max_line;
  options.max_headers = o.max_headers;
  options.head_within = o.head_within;
  options.body_rate = o.body_rate;
  options.keep_alive = o.keep_alive;
  options.max_connections = o.max_connections;
  options.max_per_address = o.max_per_address;
  options.proxies = proxies(o);
  options.max_output = o.max_output;
  options.stall_after = o.stall_after;
  options.heartbeat = o.heartbeat;
  options.drain_within = o.drain_within;
  options.direct_reads = o.direct_reads != 0;
  return options;
}

std::optional<std::string> check_net_options(const Options& options) {
  if (options.hold != "park" && options.hold != "thread") {
    return "hold is park or thread, not " + options.hold;
  }
  if (options.port > 65535) return std::string("port is at most 65535");
  if (options.hold == "thread" && options.threads == 0) {
    return std::string("threads is at least 1: nobody else would answer");
  }
  if (options.threads > kMostThreads) return std::string("threads is at most 100000");
  if (options.loops > kMostLoops) return std::string("loops is at most 1024");
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    return std::string("tls-cert and tls-key go together");
  }
  if (options.tls_legacy && options.tls_cert.empty()) {
    return std::string("tls-legacy is nothing without tls-cert");
  }
  for (const std::string& text : options.proxy) {
    if (!Network::parse(text)) {
      return "proxy is an address, or a network such as 10.0.0.0/8, not " + text;
    }
  }
  if (options.log_level != "off" && !log_level(options.log_level)) {
    return "log-level is debug, info, warn, error or off, not " + options.log_level;
  }
  if (options.log_format != "text" && options.log_format != "json") {
    return "log-format is text or json, not " + options.log_format;
  }
  return std::nullopt;
}

std::optional<LogLevel> log_level(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "info") return LogLevel::kInfo;
  if (name == "warn") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  return std::nullopt;
}

std::unique_ptr<NetServer> make_net_server(const Options& options, const NetOptions& net_options,
                                           Service& service, const Clock& clock,
                                           RandomSource& random) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
  }
  return options.hold == "park" ? make_parked_server(net_options, service, clock, random)
                                : make_threaded_server(net_options, service, clock, random);
}

}  // namespace encke
