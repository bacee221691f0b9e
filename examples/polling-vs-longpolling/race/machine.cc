#include "machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>
#include <thread>

namespace race {

std::string machine() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::string model = "unknown processor";
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) model = line.substr(line.find(": ") + 2);
  }
  utsname system{};
  uname(&system);
  // What stands behind the first dash is the distributor's.
  const std::string release = system.release;
  return fmt::format("{} cores, {}, {} {}", std::thread::hardware_concurrency(), model,
                     system.sysname, release.substr(0, release.find('-')));
}

}  // namespace race
