// chaos.h: a server that is killed, starved and lied to at random, while people write and read on
// every transport; and what they count afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace encke {

struct ChaosPlan {
  std::string hold = "park";
  std::string folder;  ///< for --data; on a file system of its own, if `fill`
  int kills = 100;     ///< kill -9, at random moments
  int writers = 8;
  std::uint64_t seed = 1;
  bool fill = false;            ///< fills the folder's file system up; else files may not grow
  std::string fake_time;        ///< libfaketime.so.1, for a clock that jumps; empty: it does not
  std::ostream* log = nullptr;  ///< told of each kill
};

struct ChaosCount {
  int kills = 0;
  int full_disks = 0;
  int clock_jumps = 0;
  int no_descriptors = 0;
  std::size_t accepted = 0;   ///< sends that were answered with 200
  std::size_t retried = 0;    ///< sends whose answer did not come, or was 503: sent once more
  std::size_t refused = 0;    ///< of those, for a full disk
  std::size_t delivered = 0;  ///< in all
  std::map<std::string, std::size_t> delivered_by;  ///< by transport
  std::size_t gaps = 0;                             ///< told of
  std::size_t lost = 0;              ///< accepted, and not delivered to one whom it was for
  std::size_t doubled = 0;           ///< delivered once more
  std::size_t out_of_order = 0;      ///< delivered after what has a later position
  std::size_t unknown = 0;           ///< delivered, and never accepted
  std::vector<std::string> trouble;  ///< whatever else should not be

  bool is_well() const {
    return lost + doubled + out_of_order + unknown + gaps == 0 && trouble.empty();
  }
};

/// One reader for each transport, `writers` writers: half of what they say is to the lobby, half to
/// one of the readers. Blocks until all is counted.
ChaosCount make_chaos(const ChaosPlan& plan);

/// As a Markdown table.
std::ostream& operator<<(std::ostream& out, const ChaosCount& count);

}  // namespace encke
