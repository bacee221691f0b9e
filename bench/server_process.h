// server_process.h: what the measured server uses, as the kernel counts it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <vector>

namespace bench {

/// A server and its children (nginx's workers), found once, at construction.
class ServerProcess {
 public:
  explicit ServerProcess(pid_t root);

  /// User and system time of all processes and all their threads, those that ended included, in the
  /// scheduler's own nanoseconds: /proc/PID/stat rounds the same figure to 10 ms.
  std::chrono::nanoseconds cpu_time() const;

  /// Resident memory in KiB. A page that several of the processes share (nchan's message store)
  /// counts once.
  long memory_kib() const;

  long threads() const;

 private:
  std::vector<pid_t> pids_;
};

/// CPU time that the whole machine has spent on anything at all, at the kernel's resolution of 10
/// ms.
std::chrono::nanoseconds machine_cpu_time();

/// CPU time of this process.
std::chrono::nanoseconds own_cpu_time();

}  // namespace bench
