// slow.cc: what those who chat notice of thousands who idle and hundreds who are slow on purpose:
// how soon messages come without them, with them, and without them again.
#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "measure.h"
#include "receipts.h"
#include "sockets.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr int kRate = 20;  // messages a second, by all writers: far from what a core can do
constexpr int kMessages = 10 * kRate;
constexpr int kWarmUp = 2 * kRate;
constexpr int kWriters = 24;
constexpr int kIdle = 5'000, kHeads = 200, kBodies = 200, kStreams = 200;

/// They do nothing by themselves: tend() gives a part of them their byte of each second.
class SlowCrowd {
 public:
  /// Logs in those who will not read, so that the room is as full before as it is with them, and
  /// they have something to catch up on.
  SlowCrowd(const Peer& peer, std::uint16_t port, int first_number) : peer_(peer), port_(port) {
    for (int i = 0; i < kStreams; ++i) log_in(first_number + i);
  }
  SlowCrowd(const SlowCrowd&) = delete;
  SlowCrowd& operator=(const SlowCrowd&) = delete;
  ~SlowCrowd() { go(); }

  void come() {
    for (int i = 0; i < kIdle; ++i) open("GET /version HTTP/1.1\r\nHost: slow\r\n\r\n", idle_);
    for (int i = 0; i < kHeads; ++i) open(kHead, heads_);
    for (int i = 0; i < kBodies; ++i) open(kBody, bodies_);
    for (const Session& session : asleep_) open(peer_.listen_request(session), unread_, true);
  }
  void go() {
    for (auto* fds : {&idle_, &heads_, &bodies_, &unread_}) {
      for (const int fd : *fds) close_at_once(fd);
      fds->clear();
    }
  }

  void tend(std::size_t part) {
    for (std::size_t i = part % kRate; i < heads_.size(); i += kRate) go_on(heads_[i], kHead);
    for (std::size_t i = part % kRate; i < bodies_.size(); i += kRate) go_on(bodies_[i], kBody);
  }
  /// How many the server would not wait for any longer; another came for each.
  int replaced() const { return replaced_; }

 private:
  static constexpr const char* kHead = "GET /version HTTP/1.1\r\nHost: slow\r\nX-Slow: ";
  static constexpr const char* kBody =
      "POST /send HTTP/1.1\r\nHost: slow\r\nContent-Length: 10000\r\n\r\n";
  static constexpr std::size_t kFirstAddress = 100;  // behind those of who chats

  int connect(bool narrow = false) {
    return connect_to(port_, kFirstAddress + connected_++ / 2'000, narrow);
  }
  static void say(int fd, const std::string& bytes) {
    if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) die("send by a slow one");
  }
  void open(const std::string& bytes, std::vector<int>& fds, bool narrow = false) {
    fds.push_back(connect(narrow));
    say(fds.back(), bytes);
  }

  void go_on(int& fd, const char* anew) {
    char answer = 0;
    const bool goes_on = send(fd, "x", 1, MSG_NOSIGNAL) == 1 && recv(fd, &answer, 1, 0) < 0 &&
                         (errno == EAGAIN || errno == EWOULDBLOCK);
    if (goes_on) return;
    ++replaced_;
    close_at_once(fd);
    fd = connect();
    say(fd, anew);
  }

  void log_in(int number) {
    const int fd = connect();
    Session session;
    session.number = number;
    HttpAnswer answer;
    say(fd, peer_.setup_request(session));
    std::array<char, 4096> buffer;
    for (bool whole = false; !whole;) {
      const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
      if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        std::this_thread::yield();
        continue;
      }
      if (size <= 0) die("the login of a slow reader");
      whole = answer.feed({buffer.data(), static_cast<std::size_t>(size)});
    }
    peer_.on_answer(session, answer);
    asleep_.push_back(session);
    close_at_once(fd);
  }

  const Peer& peer_;
  const std::uint16_t port_;
  std::vector<Session> asleep_;
  std::vector<int> idle_, heads_, bodies_, unread_;
  std::size_t connected_ = 0;
  int replaced_ = 0;
};

/// Who writes does so in turn and at fixed times, unless their last message is still unanswered.
class Chat {
 public:
  Chat(Crowd& crowd, Receipts& receipts, int listeners)
      : crowd_(crowd), receipts_(receipts), listeners_(listeners) {
    free_.fill(true);
    crowd.on_published([this](int writer) { free_[static_cast<std::size_t>(writer)] = true; });
  }

  nlohmann::ordered_json measure(const ServerProcess& server, SlowCrowd* slow) {
    say(kWarmUp, slow);
    receipts_.restart_latencies();
    const auto cpu = server.cpu_time();
    const auto start = Clock::now();
    say(kMessages, slow);
    const std::chrono::duration<double> seconds = Clock::now() - start;
    const std::chrono::duration<double> spent = server.cpu_time() - cpu;
    return {{"p50_ms", receipts_.latency_ms(0.50)},
            {"p99_ms", receipts_.latency_ms(0.99)},
            {"cores", spent.count() / seconds.count()}};
  }

 private:
  void say(int count, SlowCrowd* slow) {
    auto next = Clock::now();
    for (int i = 0; i < count; ++i, next += std::chrono::milliseconds(1000 / kRate)) {
      const int writer = said_ % kWriters;
      bool& is_free = free_[static_cast<std::size_t>(writer)];
      crowd_.run_until([&] { return Clock::now() >= next && is_free; }, 60s);
      is_free = false;
      crowd_.publish(writer, said_++);
      if (slow != nullptr) slow->tend(static_cast<std::size_t>(said_));
    }
    const auto expected = static_cast<std::int64_t>(said_) * listeners_;
    crowd_.run_until([&] { return receipts_.total() >= expected; }, 60s);
  }

  Crowd& crowd_;
  Receipts& receipts_;
  const int listeners_;
  int said_ = 0;
  std::array<bool, kWriters> free_;
};

}  // namespace

nlohmann::ordered_json measure_slow(const Options& options, const Peer& peer,
                                    const ServerProcess& server) {
  Receipts receipts(options.held, 3 * (kWarmUp + kMessages));
  Crowd crowd(peer, options.port, options.held, kWriters, receipts);
  crowd.open();
  SlowCrowd slow(peer, options.port, options.held + kWriters);
  settle(crowd, server, 300ms);
  Chat chat(crowd, receipts, options.held);
  nlohmann::ordered_json result{{"slow", kIdle + kHeads + kBodies + kStreams}, {"rate", kRate}};
  const auto machine = machine_cpu_time();
  const auto others = [&, own = own_cpu_time() + server.cpu_time()] {
    return machine_cpu_time() - machine - (own_cpu_time() + server.cpu_time() - own);
  };
  const auto start = Clock::now();
  result["before"] = chat.measure(server, nullptr);
  slow.come();
  settle(crowd, server, 300ms);
  result["during"] = chat.measure(server, &slow);
  result["replaced"] = slow.replaced();
  slow.go();
  settle(crowd, server, 300ms);
  result["after"] = chat.measure(server, nullptr);
  result["noise"] =
      std::chrono::duration<double>(others()) / std::chrono::duration<double>(Clock::now() - start);
  const Verdict verdict = receipts.verdict();
  result["missing"] = verdict.missing;
  result["repeated"] = verdict.repeated;
  result["orders"] = verdict.orders;
  return result;
}

}  // namespace bench
