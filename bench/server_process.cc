#include "server_process.h"

#include <time.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "sockets.h"

namespace bench {
namespace {

pid_t parent_of(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  const auto after_name = line.rfind(") ");
  if (after_name == std::string::npos) return 0;
  return std::atoi(line.c_str() + after_name + 4);  // ") S 123": the state, then the parent
}

/// Sums the lines that start with `field` in a /proc file of "Name:   123 kB" lines.
long field_of(pid_t pid, const char* file, std::string_view field) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
  std::string line;
  while (std::getline(in, line)) {
    if (line.starts_with(field)) return std::atol(line.c_str() + field.size());
  }
  return 0;
}

}  // namespace

ServerProcess::ServerProcess(pid_t root) : pids_{root} {
  std::multimap<pid_t, pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid > 0) children.emplace(parent_of(pid), pid);
  }
  for (std::size_t i = 0; i < pids_.size(); ++i) {
    const auto [first, last] = children.equal_range(pids_[i]);
    for (auto child = first; child != last; ++child) pids_.push_back(child->second);
  }
}

std::chrono::nanoseconds ServerProcess::cpu_time() const {
  std::chrono::nanoseconds sum{0};
  for (const pid_t pid : pids_) {
    clockid_t clock;
    timespec time{};
    if (const int error = clock_getcpuclockid(pid, &clock); error != 0) {
      errno = error;
      die("the server is gone");
    }
    if (clock_gettime(clock, &time) != 0) die("the server is gone");
    sum += std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }
  return sum;
}

std::chrono::nanoseconds machine_cpu_time() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  long user, nice, system, idle, iowait, irq, softirq, steal;
  stat >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  return (user + nice + system + irq + softirq + steal) *
         std::chrono::nanoseconds(std::chrono::seconds(1)) / sysconf(_SC_CLK_TCK);
}

std::chrono::nanoseconds own_cpu_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

long ServerProcess::memory_kib() const {
  long sum = 0;
  for (const pid_t pid : pids_) {
    // RSS, with shared memory replaced by this process's fair part of it, so that the parts add up
    // to the whole.
    sum += field_of(pid, "smaps_rollup", "Rss:") - field_of(pid, "status", "RssShmem:") +
           field_of(pid, "smaps_rollup", "Pss_Shmem:");
  }
  return sum;
}

long ServerProcess::threads() const {
  long sum = 0;
  for (const pid_t pid : pids_) sum += field_of(pid, "status", "Threads:");
  return sum;
}

}  // namespace bench
