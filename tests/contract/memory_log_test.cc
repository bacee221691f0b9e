#include "log/memory_log.h"

#include <memory>

#include "contract/event_log_contract.h"

namespace encke {
namespace {

struct MemoryLogMaker {
  std::unique_ptr<EventLog> make(const Clock& clock, RandomSource& random) {
    return std::make_unique<MemoryLog>(clock, random, 10'000);
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(MemoryLog, EventLogContract, MemoryLogMaker);

}  // namespace
}  // namespace encke
