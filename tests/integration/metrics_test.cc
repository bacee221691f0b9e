// What an operator can alert on: /metrics is what Prometheus reads, and counts what happened.
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

class Metrics : public BothHolds {
 protected:
  // By whole sample name, labels and all; fails the test for what Prometheus would not take
  // (text format, version 0.0.4), or would take and not like.
  std::map<std::string, double> samples() {
    const Response answer = get("/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    std::map<std::string, double> found;
    std::set<std::string> families;
    std::string family;
    std::string type;
    bool helped = false;
    std::istringstream text(answer.body);
    std::string line;
    EXPECT_TRUE(answer.body.ends_with("\n"));
    while (std::getline(text, line)) {
      if (line.starts_with("# HELP ")) {
        family = line.substr(7, line.find(' ', 7) - 7);
        EXPECT_TRUE(families.insert(family).second) << "twice: " << family;
        EXPECT_GT(line.size(), 8 + family.size()) << "no help: " << family;
        helped = true;
      } else if (line.starts_with("# TYPE ")) {
        EXPECT_TRUE(helped && line.substr(7, family.size()) == family) << line;
        type = line.substr(8 + family.size());
        EXPECT_TRUE(type == "counter" || type == "gauge" || type == "histogram") << line;
        EXPECT_EQ(family.ends_with("_total"), type == "counter") << line;
        helped = false;
      } else {
        const auto end = line.rfind(' ');
        const std::string name = line.substr(0, end);
        std::string plain = name.substr(0, name.find('{'));
        check_labels(name);
        if (type == "histogram") {
          for (const char* suffix : {"_bucket", "_sum", "_count"}) {
            if (plain.ends_with(suffix)) plain.resize(plain.size() - std::string(suffix).size());
          }
        }
        EXPECT_EQ(plain, family) << "a sample apart from its family: " << line;
        char* rest = nullptr;
        const double value = std::strtod(line.c_str() + end + 1, &rest);
        EXPECT_TRUE(*rest == '\0') << line;
        EXPECT_TRUE(found.emplace(name, value).second) << "twice: " << line;
      }
    }
    return found;
  }
  static void check_labels(const std::string& name) {
    std::size_t at = name.find('{');
    for (const char c : name.substr(0, at)) {
      EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) || c == '_') << name;
    }
    if (at == std::string::npos) return;
    EXPECT_EQ(name.back(), '}') << name;
    std::string labels = name.substr(at + 1, name.size() - at - 2) + ',';
    while (!labels.empty()) {
      const auto equals = labels.find("=\"");
      const auto end = labels.find("\",", equals + 2);
      ASSERT_TRUE(equals != std::string::npos && end != std::string::npos) << name;
      EXPECT_EQ(labels.substr(0, equals).find_first_not_of("abcdefghijklmnopqrstuvwxyz_"),
                std::string::npos)
          << name;
      labels.erase(0, end + 2);
    }
  }
  static std::string of(const std::string& name, const std::string& transport) {
    return "encke_" + name + "{transport=\"" + transport + "\"}";
  }
};
ENCKE_BOTH_HOLDS(Metrics);

TEST_P(Metrics, AreWhatPrometheusReads) {
  const User alice = login("alice");
  alice.say("hi");
  const auto found = samples();
  for (const char* name :
       {"encke_connections", "encke_output_waiting_bytes", "encke_mailbox_events",
        "encke_mailbox_events_max", "encke_errors_total{code=\"log_unavailable\"}",
        "encke_evicted_total{reason=\"absent\"}", "encke_deliveries_total",
        "process_start_time_seconds", "process_cpu_seconds_total", "process_resident_memory_bytes",
        "process_max_fds"}) {
    EXPECT_TRUE(found.contains(name)) << name;
  }
  // Buckets have those below them in them, and the last has all.
  for (const std::string histogram : {"encke_commit_seconds", "encke_delivery_delay_seconds"}) {
    double last = 0;
    int buckets = 0;
    for (const char* end : {"0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
                            "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"}) {
      const auto bucket = found.find(histogram + "_bucket{le=\"" + end + "\"}");
      ASSERT_NE(bucket, found.end()) << histogram << " " << end;
      EXPECT_GE(bucket->second, last);
      last = bucket->second;
      ++buckets;
    }
    EXPECT_EQ(found.at(histogram + "_count"), last);
    EXPECT_GE(found.at(histogram + "_sum"), 0);
  }
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(found.at("process_start_time_seconds"), now, 120);
  bool built = false;
  for (const auto& [name, value] : found) {
    built = built || (name.starts_with("encke_build_info{version=\"") &&
                      name.ends_with(std::string(",hold=\"") + held_by() + "\"}") && value == 1);
  }
  EXPECT_TRUE(built);
}

TEST_P(Metrics, TellWhatIsHeldAndDeliveredByWhichTransport) {
  const User alice = login("alice");
  const User bob = login("bob");
  const std::vector<std::string> streams = {"sse", "iframe", "multipart", "mixed",
                                            "xhr", "ndjson", "text",      "html"};
  std::map<std::string, Wire> held;
  // More than one user's readers may be.
  for (std::size_t i = 0; i < streams.size(); ++i) {
    const User& reader = i % 2 == 0 ? alice : bob;
    Wire wire(port());
    wire.send(make_request("GET", "/stream?since=latest&as=" + streams[i], reader.auth()));
    EXPECT_EQ(wire.read_head().status, 200);
    held.emplace(streams[i], std::move(wire));
  }
  held.emplace("longpoll", alice.hold());
  Wire script(port());
  script.send(make_request("GET", "/longpoll?since=latest&callback=f&token=" + bob.token));
  held.emplace("jsonp", std::move(script));
  for (const auto& [transport, wire] : held) {
    wait_for_metric(of("held_by_transport", transport), 1);
  }
  alice.say("hi");
  for (const auto& [transport, wire] : held) {
    wait_for_metric(of("deliveries_by_transport_total", transport), 1);
  }
  for (const std::string polled : {"longpoll", "jsonp"}) {
    wait_for_metric(of("held_by_transport", polled), 0);
  }
  EXPECT_EQ(metric("encke_deliveries_total"), 10);
  alice.get("/poll?since=" + alice.cursor);
  EXPECT_EQ(metric(of("deliveries_by_transport_total", "poll")), 1);
  held.clear();
  for (const std::string& stream : streams) wait_for_metric(of("held_by_transport", stream), 0);
}

TEST_P(Metrics, TellHowLongACommitAndADeliveryTook) {
  const User alice = login("alice");
  EXPECT_EQ(metric("encke_commit_seconds_count"), 0);
  alice.say("nobody waits for this");
  alice.get("/poll?since=" + alice.cursor);
  EXPECT_EQ(metric("encke_commit_seconds_count"), 1);
  EXPECT_EQ(metric("encke_delivery_delay_seconds_count"), 0);
  Wire poll = login("bob").hold();
  wait_for_metric(of("held_by_transport", "longpoll"), 1);
  alice.say("but for this");
  EXPECT_EQ(poll.read().status, 200);
  wait_for_metric("encke_delivery_delay_seconds_count", 1);
  EXPECT_EQ(metric("encke_commit_seconds_count"), 2);
  Wire stream = alice.stream("&reader=a");
  wait_for_metric("encke_held{transport=\"stream\"}", 1);
  alice.say("and for this");
  wait_for_metric("encke_delivery_delay_seconds_count", 2);
}

TEST_P(Metrics, CountEveryErrorThatAClientIsTold) {
  const auto errors = [&](const std::string& code) {
    return metric("encke_errors_total{code=\"" + code + "\"}");
  };
  const double before = errors("unauthorized");
  get("/poll");
  get("/poll?callback=f");  // with a status of 200
  EXPECT_EQ(errors("unauthorized"), before + 2);
  raw("GET /poll HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");  // at the door
  EXPECT_EQ(errors("bad_request"), 1);
  post("/plain/login", "nickname=system");  // as a page for people
  EXPECT_EQ(errors("nickname_reserved"), 1);
  EXPECT_EQ(errors("internal"), 0);
  // One that was answered elsewhere, for its secret had to be hashed.
  login("alice", "s1");
  post("/login", "nickname=alice&secret=another");
  post("/plain/login", "nickname=alice&secret=another");
  EXPECT_EQ(errors("nickname_taken"), 2);
  EXPECT_EQ(errors("busy"), 0);
}

TEST_P(Metrics, TellHowFullTheMailboxesAre) {
  start({kNoNews});
  const User alice = login("alice");
  const User bob = login("bob");
  alice.tell("alice", "a note");
  alice.say("to both");
  wait_for_metric("encke_mailbox_events", 3);
  EXPECT_EQ(metric("encke_mailbox_events_max"), 2);
}

}  // namespace
}  // namespace encke
