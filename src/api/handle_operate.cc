// handle_operate.cc: what operators and load balancers ask: /health, /ready, /metrics, /version;
// and the client's own files.
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "api/api.h"
#include "encke/version.h"

namespace encke {
namespace {

/// One metric in Prometheus' text format, version 0.0.4.
class Metrics {
 public:
  template <class Number>
  Metrics& add(std::string_view type, std::string_view name, std::string_view help, Number value,
               std::string_view labels = {}) {
    if (name != last_) {
      fmt::format_to(std::back_inserter(text), "# HELP encke_{0} {1}\n# TYPE encke_{0} {2}\n", name,
                     help, type);
      last_ = name;
    }
    fmt::format_to(std::back_inserter(text), "encke_{}{} {}\n", name, labels, value);
    return *this;
  }

  Metrics& add(std::string_view name, std::string_view help, const Histogram& histogram) {
    const auto taken = histogram.snapshot();
    fmt::format_to(std::back_inserter(text), "# HELP encke_{0} {1}\n# TYPE encke_{0} histogram\n",
                   name, help);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < taken.counts.size(); ++i) {
      sum += taken.counts[i];  // each bucket has those below it in it
      const bool last = i == Histogram::kBounds.size();
      const std::string end = last ? "+Inf" : fmt::format("{}", seconds(Histogram::kBounds[i]));
      fmt::format_to(std::back_inserter(text), "encke_{}_bucket{{le=\"{}\"}} {}\n", name, end, sum);
    }
    fmt::format_to(std::back_inserter(text), "encke_{0}_sum {1}\nencke_{0}_count {2}\n", name,
                   seconds(taken.sum), sum);
    return *this;
  }

  /// One of the process's own, which every program calls the same.
  template <class Number>
  Metrics& add_process(std::string_view type, std::string_view name, std::string_view help,
                       Number value) {
    fmt::format_to(std::back_inserter(text),
                   "# HELP process_{0} {1}\n# TYPE process_{0} {2}\nprocess_{0} {3}\n", name, help,
                   type, value);
    return *this;
  }

  std::string text;

 private:
  static double seconds(std::chrono::microseconds time) {
    return std::chrono::duration<double>(time).count();
  }

  std::string_view last_;
};

// Since 1970: the kernel counts a process's start in ticks since its own.
double process_start() {
  static const double kStart = [] {
    std::string word;
    std::ifstream stat("/proc/self/stat");
    std::getline(stat, word, ')');  // the name may have spaces in it; nothing after it has
    for (int field = 3; field <= 22; ++field) stat >> word;
    const auto seconds = [](clockid_t clock) {
      timespec time{};
      clock_gettime(clock, &time);
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    };
    const double age = seconds(CLOCK_BOOTTIME) - std::strtod(word.c_str(), nullptr) /
                                                     static_cast<double>(sysconf(_SC_CLK_TCK));
    return seconds(CLOCK_REALTIME) - age;
  }();
  return kStart;
}

void add_process(Metrics& metrics) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  metrics
      .add_process("gauge", "start_time_seconds", "When the process was started, since 1970.",
                   process_start())
      .add_process("counter", "cpu_seconds_total", "Time on processors.",
                   seconds(used.ru_utime) + seconds(used.ru_stime))
      .add_process("gauge", "resident_memory_bytes", "Memory that is really there.",
                   pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)))
      .add_process("gauge", "max_fds", "Descriptors that it may have; each connection is one.",
                   files.rlim_cur);
}

// Bytes as they crossed the server's sockets: what a transport costs on the wire.
void add_traffic(Metrics& metrics, const NetCounters& net) {
  const auto each = [&](auto&& tell) {
    tell(net.listen, "listen");
    tell(net.other, "other");
  };
  each([&](const Traffic& traffic, const char* kind) {
    metrics.add("counter", "http_requests_total", "Requests admitted; listen: polls and streams.",
                traffic.requests.load(), fmt::format("{{for=\"{}\"}}", kind));
  });
  each([&](const Traffic& traffic, const char* kind) {
    const auto add = [&](const char* direction, const char* part, const Traffic::Count& bytes) {
      metrics.add(
          "counter", "http_bytes_total", "Bytes of admitted requests, and of answers.",
          bytes.load(),
          fmt::format("{{for=\"{}\",direction=\"{}\",part=\"{}\"}}", kind, direction, part));
    };
    add("in", "head", traffic.head_in);
    add("in", "body", traffic.body_in);
    add("out", "head", traffic.head_out);
    add("out", "body", traffic.body_out);
  });
}

}  // namespace

Outcome Api::health(Call& call) { return json_reply(call, R"({"status":"ok"})"); }

// Ready even if nothing can be said, since reading goes on: to be taken out would end that too.
Outcome Api::ready(Call& call) {
  return json_reply(call, hub_.log_works() ? R"({"status":"ready"})"
                                           : R"({"status":"ready","log":"unavailable"})");
}

Outcome Api::version(Call& call) {
  return json_reply(call, fmt::format(R"({{"name":"encke","version":"{}"}})", kVersion));
}

// A look at every mailbox, once a second at most, whoever asks.
Hub::MailboxDepth Api::mailbox_depth() const {
  const TimePoint now = hub_.clock().now();
  MutexLock lock(depth_mutex_);
  if (depth_at_ == TimePoint() || now - depth_at_ >= std::chrono::seconds(1)) {
    depth_ = hub_.mailbox_depth();
    depth_at_ = now;
  }
  return depth_;
}

Outcome Api::metrics(Call& call) {
  NetCounters net;
  if (add_net_counters_) add_net_counters_(net);
  const Hub::Counters& hub = hub_.counters();
  const auto images = images_.usage();
  const auto depth = mailbox_depth();
  Metrics metrics;
  metrics.add("gauge", "users_online", "Users who are online.", hub.online.load())
      .add("gauge", "users_known", "Users who are online or may come back.", hub_.user_count())
      .add("gauge", "held", "Requests held, by transport.", net.polls_held.load(),
           "{transport=\"longpoll\"}")
      .add("gauge", "held", "", net.streams.load(), "{transport=\"stream\"}")
      .add("gauge", "connections", "Connections.", net.connections.load())
      .add("gauge", "output_waiting_bytes", "Bytes that readers have not taken yet.",
           net.waiting.load());
  const auto by_transport = [&](const char* type, const char* name, const char* help,
                                const auto& counts) {
    for (std::size_t i = 0; i < kTransportNames.size(); ++i) {
      metrics.add(type, name, help, counts[i].load(),
                  fmt::format("{{transport=\"{}\"}}", kTransportNames[i]));
    }
  };
  by_transport("gauge", "held_by_transport", "Requests held, by how their events are framed.",
               net.held);
  add_traffic(metrics, net);
  by_transport("counter", "deliveries_by_transport_total",
               "Events sent to readers, by how they were framed.", net.delivered);
  std::uint64_t deliveries = 0;
  for (const auto& count : net.delivered) deliveries += count.load();
  metrics.add("counter", "http_empty_total", "Answers to polls without an event.", net.empty.load())
      .add("counter", "requests_refused_total", "Requests and connections refused at the door.",
           net.refused.load())
      .add("counter", "requests_timed_out_total", "Requests that arrived too slowly.",
           net.timed_out.load())
      .add("counter", "deliveries_total", "Events sent to readers.", deliveries)
      .add("counter", "slow_readers_cut_total", "Connections cut because nothing was read.",
           net.slow_cut.load())
      .add("counter", "logins_total", "Logins.", hub.logins.load())
      .add("counter", "secrets_hashed_total", "Secrets hashed, since they were not remembered.",
           hub.secrets_hashed.load())
      .add("counter", "said_total", "Things said.", hub.messages.load(), "{kind=\"message\"}")
      .add("counter", "said_total", "", hub.privates.load(), "{kind=\"private\"}")
      .add("counter", "gone_total", "Users who were not heard of.", hub.gone.load())
      .add("counter", "resumed_total", "Users who came back in time.", hub.resumed.load())
      .add("counter", "evicted_total", "Users evicted.", hub.evicted_absent.load(),
           "{reason=\"absent\"}")
      .add("counter", "evicted_total", "", hub.evicted_silent.load(), "{reason=\"silent\"}")
      .add("counter", "evicted_total", "", hub.sent_out.load(), "{reason=\"operator\"}")
      .add("gauge", "log_works", "0: the disk takes nothing, and sends are refused.",
           hub_.log_works() ? 1 : 0)
      .add("gauge", "images", "Images in memory.", images.images)
      .add("gauge", "image_bytes", "Bytes of the images kept.", images.bytes)
      .add("gauge", "mailbox_events", "Events kept in mailboxes, once for each mailbox.",
           depth.events)
      .add("gauge", "mailbox_events_max", "Events kept in the fullest mailbox.", depth.largest)
      .add("delivery_delay_seconds",
           "From the commit until a socket was given the bytes, of the first event in each answer "
           "or part of a stream that a reader was waiting for.",
           net.delay)
      .add("commit_seconds", "From a send to its commit.", hub.commit);
  for (std::size_t i = 0; i < errors_.size(); ++i) {
    metrics.add("counter", "errors_total", "Errors that clients were told, by code.",
                errors_[i].load(std::memory_order_relaxed),
                fmt::format("{{code=\"{}\"}}", error_row(static_cast<ErrorCode>(i)).name));
  }
  metrics.add("gauge", "build_info", "1; what is running.", 1,
              fmt::format("{{version=\"{}\",hold=\"{}\"}}", kVersion, options_.hold));
  add_process(metrics);
  Reply reply = json_reply(call, "");
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = std::move(metrics.text);
  return reply;
}

Outcome Api::page(Call& call) {
  auto reply = files_.get(call.request.head);
  if (!reply) return fail(call, {ErrorCode::kNotFound, ""});
  reply->headers.emplace_back("Content-Security-Policy",
                              "default-src 'self'; img-src 'self' blob: data:");
  origins_.add_frame_rules(reply->headers);
  add_page_headers(reply->headers);
  return std::move(*reply);
}

}  // namespace encke
