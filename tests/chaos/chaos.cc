// chaos.cc: see chaos.h.
//
// Whoever writes sends the same again, under the same key, until it is answered with 200: that is
// what a client does. Whoever reads asks again from its cursor whenever an answer breaks off.
#include "chaos/chaos.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <mutex>
#include <ostream>
#include <random>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "integration/support/both_holds.h"
#include "integration/support/transport.h"

namespace encke {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{60};

void pause(milliseconds time) { std::this_thread::sleep_for(time); }

std::uint64_t offset_of(const std::string& id) { return std::stoull(id.substr(id.find('-') + 1)); }

struct Accepted {
  std::string id;
  std::string text;
  std::string to;  // empty: the lobby
};

// The server, on one port for all its lives.
class Victim {
 public:
  explicit Victim(const ChaosPlan& plan) : plan_(plan), time_(plan.folder + "/time") {
    if (!plan_.fake_time.empty()) set_clock("+0");
    serve("0");
    port_ = program_->port();
  }

  int port() const { return port_; }

  void kill_and_serve() {
    ::kill(program_->pid(), SIGKILL);
    program_->wait_for_exit();
    serve(std::to_string(port_));
  }

  bool stop() {
    program_->terminate();
    return program_->wait_for_exit() == 0;
  }

  void fill_disk(milliseconds time) {
    if (plan_.fill) {
      const std::string name = plan_.folder + "/filler";
      const int fd = open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      const std::string block(4096, 'x');
      while (write(fd, block.data(), block.size()) > 0) {
      }
      pause(time);
      close(fd);
      unlink(name.c_str());
    } else {
      rlimit before{};
      rlimit none{1, RLIM_INFINITY};
      prlimit(program_->pid(), RLIMIT_FSIZE, &none, &before);
      pause(time);
      prlimit(program_->pid(), RLIMIT_FSIZE, &before, nullptr);
    }
  }

  // What libfaketime adds to the time of day; the monotonic clock goes on as it is.
  void set_clock(const std::string& offset) const {
    std::ofstream(time_ + ".new") << offset << '\n';
    std::rename((time_ + ".new").c_str(), time_.c_str());
  }

  void take_descriptors(milliseconds time) const {
    std::vector<Wire> wires;
    try {
      while (wires.size() < 300) wires.emplace_back(port_);
    } catch (const Trouble&) {
      // There are none left: as it should be.
    }
    pause(time);
  }

 private:
  void serve(const std::string& port) {
    std::string limits = "ulimit -n 200";
    if (!plan_.fake_time.empty()) {
      limits += "; export FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1 LD_PRELOAD=" +
                plan_.fake_time + " FAKETIME_TIMESTAMP_FILE=" + time_;
    }
    const Program::Flags flags = {"--hold=" + plan_.hold,
                                  "--port=" + port,
                                  "--threads=150",
                                  "--data=" + plan_.folder + "/data",
                                  "--max-per-address=0",
                                  "--sends-per-user=0",
                                  "--sends-per-address=0",
                                  "--logins-per-address=0",
                                  "--requests-per-address=0",
                                  "--image-bytes-per-address=0"};
    program_.reset();
    program_ = std::make_unique<Program>(flags, limits);
  }

  const ChaosPlan& plan_;
  const std::string time_;
  int port_ = 0;
  std::unique_ptr<Program> program_;
};

class Chaos {
 public:
  explicit Chaos(const ChaosPlan& plan) : plan_(plan), random_(plan.seed), victim_(plan) {}

  ChaosCount run() {
    for (const Transport& transport : all_transports()) {
      readers_.push_back(std::make_unique<Reading>(
          Reading{transport, User(victim_.port(), std::string("reader-") + transport.name), {}}));
    }
    std::vector<std::thread> threads;
    for (auto& reading : readers_) {
      reading->reader = std::make_unique<TransportReader>(reading->user.cursor);
      threads.emplace_back([this, &reading] { read(*reading); });
    }
    std::vector<std::thread> writing;
    for (int n = 0; n < plan_.writers; ++n) {
      User user(victim_.port(), "writer-" + std::to_string(n));
      writing.emplace_back([this, n, user = std::move(user)] { write(user, n); });
    }
    while (count_.kills < plan_.kills) do_harm();
    if (!plan_.fake_time.empty()) victim_.set_clock("+0");
    stop_writing_ = true;
    for (std::thread& thread : writing) thread.join();
    last_offset_ = 0;
    for (const Accepted& one : accepted_) {
      last_offset_ = std::max<std::uint64_t>(last_offset_, offset_of(one.id));
    }
    stop_reading_ = true;
    for (std::thread& thread : threads) thread.join();
    if (!victim_.stop()) trouble("the server did not end well");
    sum_up();
    return std::move(count_);
  }

 private:
  struct Reading {
    const Transport& transport;
    User user;
    std::unique_ptr<TransportReader> reader;
  };

  milliseconds between(int least, int most) {
    return milliseconds(std::uniform_int_distribution<int>(least, most)(random_));
  }

  void do_harm() {
    pause(between(50, 600));
    switch (std::uniform_int_distribution<int>(0, 4)(random_)) {
      case 0:
        victim_.fill_disk(between(50, 300));
        ++count_.full_disks;
        break;
      case 1:
        if (plan_.fake_time.empty()) break;
        victim_.set_clock(std::vector<std::string>{"+90d", "-1d", "+30m", "+0"}[random_() % 4]);
        ++count_.clock_jumps;
        break;
      case 2:
        victim_.take_descriptors(between(50, 300));
        ++count_.no_descriptors;
        break;
      default:
        break;
    }
    pause(between(0, 100));
    victim_.kill_and_serve();
    ++count_.kills;
    if (plan_.log != nullptr && count_.kills % 10 == 0) {
      *plan_.log << count_.kills << " kills" << std::endl;
    }
  }

  void write(const User& user, int n) {
    for (int i = 0; !stop_writing_; ++i) {
      Accepted one;
      one.text = "w" + std::to_string(n) + "-" + std::to_string(i);
      std::string form = "text=" + one.text + "&key=" + one.text;
      if (i % 2 == 1) {
        one.to = readers_[static_cast<std::size_t>(i / 2) % readers_.size()]->user.nickname;
        form += "&to=" + one.to;
      }
      while (true) {
        try {
          const Response answer = user.post("/send", form);
          if (answer.status == 200) {
            one.id = answer.json()["id"];
            break;
          }
          if (answer.error() == "log_unavailable") ++refused_;
          if (answer.status != 503) return trouble("a send met " + answer.body);
        } catch (const Trouble&) {
          // Nobody answered, or not to the end.
        }
        ++retried_;
        pause(milliseconds(20));
      }
      const std::lock_guard lock(mutex_);
      accepted_.push_back(std::move(one));
    }
  }

  bool has_all(const TransportReader& reader) const {
    return !reader.events().empty() && offset_of(reader.cursor()) >= last_offset_;
  }

  void read(Reading& reading) {
    TransportReader& reader = *reading.reader;
    std::optional<Clock::time_point> deadline;
    while (!stop_reading_ || !has_all(reader)) {
      if (stop_reading_ && !deadline) deadline = Clock::now() + kPatience;
      if (deadline && Clock::now() > *deadline) return;
      try {
        Wire wire(reading.user.port);
        wire.send(reader.ask(reading.transport, reading.user.auth(),
                             reading.transport.stream ? "&beat=1" : "&wait=2&limit=1000"));
        while (!reader.over()) {
          reader.hear(wire.read_any());
          if (stop_reading_ && has_all(reader)) break;
        }
        if (std::string_view(reading.transport.name) == "poll") pause(milliseconds(20));
      } catch (const std::exception&) {
        // An answer that is not whole, or none.
        pause(milliseconds(20));
      }
      const std::string& error = reader.error();
      if (!error.empty() && error != "log_unavailable" && !error.starts_with("too_many")) {
        return trouble(std::string(reading.transport.name) + " met " + error);
      }
    }
  }

  void sum_up() {
    count_.accepted = accepted_.size();
    count_.retried = retried_;
    count_.refused = refused_;
    std::unordered_map<std::string, const Accepted*> by_text;
    for (const Accepted& one : accepted_) by_text[one.text] = &one;
    for (const auto& reading : readers_) {
      std::set<std::string> seen;
      std::uint64_t last = 0;
      for (const Json& event : reading->reader->events()) {
        const std::uint64_t offset = offset_of(event["id"]);
        if (offset <= last) ++count_.out_of_order;
        last = offset;
        if (event["event"] == "system") continue;
        const std::string text = event["text"];
        const auto known = by_text.find(text);
        if (known == by_text.end() || known->second->id != event["id"]) ++count_.unknown;
        if (!seen.insert(text).second) ++count_.doubled;
        ++count_.delivered;
        ++count_.delivered_by[reading->transport.name];
      }
      for (const Accepted& one : accepted_) {
        const bool owed = one.to.empty() || one.to == reading->user.nickname;
        if (owed && !seen.contains(one.text)) ++count_.lost;
      }
      count_.gaps += static_cast<std::size_t>(reading->reader->count("gap"));
    }
  }

  void trouble(const std::string& what) {
    const std::lock_guard lock(mutex_);
    count_.trouble.push_back(what);
  }

  const ChaosPlan plan_;
  std::mt19937_64 random_;
  Victim victim_;
  std::vector<std::unique_ptr<Reading>> readers_;
  std::atomic<bool> stop_writing_{false};
  std::atomic<bool> stop_reading_{false};
  std::atomic<std::uint64_t> last_offset_{0};
  std::atomic<std::size_t> retried_{0};
  std::atomic<std::size_t> refused_{0};
  std::mutex mutex_;
  std::vector<Accepted> accepted_;
  ChaosCount count_;
};

}  // namespace

ChaosCount make_chaos(const ChaosPlan& plan) { return Chaos(plan).run(); }

std::ostream& operator<<(std::ostream& out, const ChaosCount& count) {
  const auto row = [&out](const std::string& what, std::size_t number) {
    out << "| " << what << " | " << number << " |\n";
  };
  out << "| | |\n|---|---:|\n";
  row("kill -9", static_cast<std::size_t>(count.kills));
  row("full disk", static_cast<std::size_t>(count.full_disks));
  row("clock set", static_cast<std::size_t>(count.clock_jumps));
  row("out of descriptors", static_cast<std::size_t>(count.no_descriptors));
  row("sends accepted", count.accepted);
  row("sent once more, since no answer came or a 503", count.retried);
  row("of these, refused by the full disk", count.refused);
  row("delivered in all", count.delivered);
  for (const auto& [transport, number] : count.delivered_by) row("… by " + transport, number);
  row("**lost**", count.lost);
  row("**doubled**", count.doubled);
  row("**out of order**", count.out_of_order);
  row("delivered, and never accepted", count.unknown);
  row("gaps", count.gaps);
  for (const std::string& what : count.trouble) out << "\ntrouble: " << what << "\n";
  return out;
}

}  // namespace encke
