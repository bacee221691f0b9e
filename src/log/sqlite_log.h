// sqlite_log.h: the log and the store of a server that loses nothing: one SQLite file.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "core/event_log.h"
#include "core/mutex.h"
#include "core/random.h"
#include "core/store.h"
#include "log/folder_lock.h"
#include "log/sqlite_archive.h"
#include "log/sqlite_writer.h"

namespace encke {

/// Zero turns a limit off.
struct SqliteLogOptions {
  std::string folder;  ///< made if it is not there; one server at a time
  sqlite::Retention retention = {};
  std::size_t tail = 10'000;  ///< of the newest events, how many are in memory as well
  std::size_t tail_bytes = 16 * 1024 * 1024;
};

/// A thread of its own writes, everything that waits in one transaction (group commit): while the
/// disk is busy with one, the next gathers. What is answered is on the disk. Reading is done on
/// whichever thread asks, on connections of its own, and waits for no writer.
///
/// If the disk refuses (it is full, read-only, damaged), what was to be appended is refused, and
/// nobody is told of it; reading goes on; facts and images are kept until the disk takes them.
/// `tell` is called when that begins, and when it is over, on any thread; so it is of reading.
class SqliteLog final : public EventLog, public Store {
 public:
  enum class Side : std::uint8_t { kWriting, kReading };
  using Tell = std::function<void(Side side, bool works, const std::string& what)>;
  using Done = EventLog::Done;

  /// Why not, in a sentence for the operator, if it cannot.
  static tl::expected<std::unique_ptr<SqliteLog>, std::string> open(SqliteLogOptions options,
                                                                    const Clock& clock,
                                                                    RandomSource& random,
                                                                    Tell tell);
  ~SqliteLog() override;

  /// Commits what is there, and refuses what still comes. The sink is not called after that.
  void stop();

  // EventLog
  void start(Sink sink) override;
  void append(Ref<Event> event, Done done) override;
  Position end() const override;
  tl::expected<History, Error> history(const HistoryQuery& query) const override;
  Position oldest() const override;
  tl::expected<void, Error> past(const Owed& owed, Position after, Position upto, std::size_t limit,
                                 std::vector<EventPtr>& out) const override;
  tl::expected<std::vector<EventPtr>, Error> keyed(std::chrono::milliseconds within) const override;

  // Store
  void keep(Fact fact) override;
  void forget(const std::string& kind, const std::string& name) override;
  std::vector<Fact> facts(const std::string& kind) const override;
  void sync(Store::Done done) override;
  void keep_image(KeptImage image) override;
  void forget_image(const std::string& name) override;
  tl::expected<std::optional<KeptImage>, Error> find_image(const std::string& name) const override;

  bool works() const override { return writes_.load() && reads_.load(); }

 private:
  class Lease;

  SqliteLog(SqliteLogOptions options, const Clock& clock, Tell tell);
  void run();
  void add(sqlite::Change change);
  void commit(std::vector<sqlite::Change>& changes);
  void let_go();
  bool is_clock_trusted(TimePoint now, WallTime wall);
  void say(Side side, bool works, const std::string& what) const;
  tl::expected<void, sqlite::Trouble> load(const std::vector<std::uint64_t>& offsets,
                                           sqlite::Archive& archive,
                                           std::vector<EventPtr>& out) const;
  EventPtr in_tail(std::uint64_t offset) const;
  void add_to_tail(const EventPtr& event) REQUIRES(tail_mutex_);
  /// The answer of an archive, as it is told to a client; and to the operator, if it is none.
  template <class T>
  tl::expected<T, Error> told(sqlite::Result<T> answer) const;

  const SqliteLogOptions options_;
  const Clock& clock_;
  const Tell tell_;
  const std::string path_;
  std::unique_ptr<FolderLock> folder_lock_;
  std::optional<sqlite::Writer> writer_;  // the thread's, once that runs
  std::uint64_t epoch_ = 0;
  WallTime last_time_{};  // when it was opened
  Sink sink_;
  std::atomic<std::uint64_t> last_offset_{0};
  std::atomic<std::uint64_t> oldest_offset_{0};
  mutable std::atomic<bool> writes_{true};
  mutable std::atomic<bool> reads_{true};
  // The thread's: when to look at what is to be let go of, and since when the clock goes evenly.
  TimePoint next_look_{};
  bool lets_go_ = false;  // and there is more
  TimePoint trusted_since_{};
  WallTime trusted_wall_{};

  mutable Mutex tail_mutex_;
  std::deque<EventPtr> tail_ GUARDED_BY(tail_mutex_);  // without a hole
  std::size_t tail_bytes_ GUARDED_BY(tail_mutex_) = 0;

  mutable Mutex facts_mutex_;
  mutable std::map<std::string, std::vector<Fact>> facts_ GUARDED_BY(facts_mutex_);  // by kind

  mutable Mutex archives_mutex_;
  mutable std::vector<std::unique_ptr<sqlite::Archive>> archives_ GUARDED_BY(archives_mutex_);

  Mutex mutex_;
  CondVar arrived_;
  std::vector<sqlite::Change> waiting_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace encke
