#include "lane_metrics.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "answer_reader.h"
#include "sockets.h"

namespace race {
namespace {

constexpr int kPatienceMilliseconds = 5'000;

/// The sum of the lines that begin with it; none is 0.
std::int64_t metric(std::string_view text, std::string_view name) {
  std::int64_t sum = 0;
  for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const bool begins_line = at == 0 || text[at - 1] == '\n';
    const auto space = text.find(' ', at);
    if (!begins_line || space == std::string_view::npos) continue;
    sum += std::atoll(std::string(text.substr(space + 1, 24)).c_str());
  }
  return sum;
}

ServerCounts read_counts(std::string_view text) {
  static constexpr std::string_view kBytes = R"(encke_http_bytes_total{for="listen",direction=)";
  const auto bytes = [&](std::string_view rest) {
    return metric(text, std::string(kBytes).append(rest));
  };
  return {metric(text, R"(encke_http_requests_total{for="listen"})"),
          metric(text, "encke_http_empty_total "),
          bytes(R"("in",part="head")"),
          bytes(R"("in",part="body")"),
          bytes(R"("out",part="head")"),
          bytes(R"("out",part="body")"),
          metric(text, "encke_deliveries_total "),
          metric(text, "encke_held{")};
}

long field_of(pid_t pid, std::string_view field) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::atol(line.c_str() + field.size());
  }
  return 0;
}

bool wait_for(int fd, short events) {
  pollfd wait = {fd, events, 0};
  return poll(&wait, 1, kPatienceMilliseconds) > 0;
}

}  // namespace

ServerCounts& ServerCounts::operator+=(const ServerCounts& other) {
  requests += other.requests;
  empty += other.empty;
  head_in += other.head_in;
  body_in += other.body_in;
  head_out += other.head_out;
  body_out += other.body_out;
  delivered += other.delivered;
  return *this;
}

ServerCounts& ServerCounts::operator-=(const ServerCounts& other) {
  requests -= other.requests;
  empty -= other.empty;
  head_in -= other.head_in;
  body_in -= other.body_in;
  head_out -= other.head_out;
  body_out -= other.body_out;
  delivered -= other.delivered;
  return *this;
}

Scraper::~Scraper() { hang_up(); }

std::optional<ServerCounts> Scraper::scrape() {
  // A server ends a connection that was idle for long: then the second try is on a new one.
  for (int i = 0; i < 2; ++i) {
    if (ask() && read_answer()) return read_counts(body_);
    hang_up();
  }
  return std::nullopt;
}

bool Scraper::ask() {
  static constexpr std::string_view kRequest = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  if (fd_ < 0) {
    fd_ = connect_to(port_);
    if (fd_ < 0 || !wait_for(fd_, POLLOUT) || !is_connected(fd_)) return false;
  }
  return send(fd_, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(kRequest.size());
}

bool Scraper::read_answer() {
  AnswerReader answer;
  std::array<char, 16 * 1024> buffer;
  while (!answer.whole()) {
    if (!wait_for(fd_, POLLIN)) return false;
    const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
    if (size <= 0) return false;
    answer.feed({buffer.data(), static_cast<std::size_t>(size)});
  }
  body_ = std::move(answer.body());
  return answer.status() == 200;
}

void Scraper::hang_up() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

std::chrono::nanoseconds cpu_time_of(pid_t pid) {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

long threads_of(pid_t pid) { return field_of(pid, "Threads:"); }
long memory_kib_of(pid_t pid) { return field_of(pid, "VmRSS:"); }

}  // namespace race
