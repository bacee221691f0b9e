#include "log/sqlite_log.h"

#include <memory>

#include "contract/event_log_contract.h"
#include "support/scratch.h"

namespace encke {
namespace {

struct SqliteLogMaker {
  std::unique_ptr<EventLog> make(const Clock& clock, RandomSource& random) {
    auto log = SqliteLog::open({.folder = scratch.path(std::to_string(++made))}, clock, random, {});
    EXPECT_TRUE(log) << log.error();
    return std::move(*log);
  }
  Scratch scratch;
  int made = 0;
};

INSTANTIATE_TYPED_TEST_SUITE_P(SqliteLog, EventLogContract, SqliteLogMaker);

}  // namespace
}  // namespace encke
