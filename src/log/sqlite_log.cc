// sqlite_log.cc: see sqlite_log.h for the idea.
//
// Changes wait in one line, in the order in which they came, and each transaction takes all that is
// there. So whatever is durable, all that came before it is durable too; and with 64 writers, the
// disk is synced once for about 64 of them.
#include "log/sqlite_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace encke {
namespace {

constexpr std::chrono::seconds kRetryAfter{1};
constexpr std::chrono::seconds kLookEvery{10};
constexpr std::chrono::hours kTrustAfter{1};
constexpr std::chrono::minutes kClockSlack{10};  // what a clock is slewed by, and more
constexpr std::size_t kMostArchives = 8;         // idle connections that are kept

std::size_t size_of(const Event& event) { return event.text.size() + 256; }

Error unavailable(const char* why) { return {ErrorCode::kLogUnavailable, why}; }

// Also where the name of a new folder is written, or a power cut may take it away with all that is
// in it. SQLite does so for what it makes.
std::error_code make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return {};
  const auto parent = std::filesystem::absolute(folder).parent_path();
  if (parent != folder) {
    if (error = make_folder(parent); error) return error;
  }
  std::filesystem::create_directory(folder, error);
  if (error) return error;
  const int opened = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return {errno, std::generic_category()};
  const bool synced = fsync(opened) == 0 || errno == EINVAL;  // not every file system has that
  if (!synced) error = {errno, std::generic_category()};
  close(opened);
  return error;
}

// What a client is told; the operator is told more.
constexpr const char* kCannotWrite = "it cannot be written to the disk";
constexpr const char* kCannotRead = "it cannot be read from the disk";

}  // namespace

// A connection to read with, for as long as it lives; given back when it was good.
class SqliteLog::Lease {
 public:
  explicit Lease(const SqliteLog& log) : log_(log) {
    {
      MutexLock lock(log.archives_mutex_);
      if (!log.archives_.empty()) {
        archive_ = std::move(log.archives_.back());
        log.archives_.pop_back();
        return;
      }
    }
    auto opened = sqlite::Archive::open(log.path_);
    if (opened) {
      archive_ = std::make_unique<sqlite::Archive>(std::move(*opened));
    } else {
      trouble_ = opened.error();
    }
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (!archive_ || !good_) return;
    MutexLock lock(log_.archives_mutex_);
    if (log_.archives_.size() < kMostArchives) log_.archives_.push_back(std::move(archive_));
  }

  /// Asks, if there is a connection; one that failed is not used again.
  template <class Ask>
  auto ask(Ask&& ask) -> decltype(ask(std::declval<sqlite::Archive&>())) {
    if (!archive_) return tl::unexpected(trouble_);
    auto answer = ask(*archive_);
    good_ = good_ && answer.has_value();
    return answer;
  }

 private:
  const SqliteLog& log_;
  std::unique_ptr<sqlite::Archive> archive_;
  sqlite::Trouble trouble_;
  bool good_ = true;
};

SqliteLog::SqliteLog(SqliteLogOptions options, const Clock& clock, Tell tell)
    : options_(std::move(options)),
      clock_(clock),
      tell_(std::move(tell)),
      path_(options_.folder + "/" + sqlite::kFileName) {}

tl::expected<std::unique_ptr<SqliteLog>, std::string> SqliteLog::open(SqliteLogOptions options,
                                                                      const Clock& clock,
                                                                      RandomSource& random,
                                                                      Tell tell) {
  const std::string folder = options.folder;
  const auto cannot = [&folder](const std::string& why) {
    return tl::unexpected("the chat cannot be kept in " + folder + ": " + why);
  };
  if (const auto error = make_folder(folder)) return cannot(error.message());
  std::unique_ptr<SqliteLog> log(new SqliteLog(std::move(options), clock, std::move(tell)));
  log->folder_lock_ = std::make_unique<FolderLock>(folder);
  if (!log->folder_lock_->error().empty()) return cannot(log->folder_lock_->error());
  // What is said here is not for every user of this machine; SQLite gives its other files the same
  // rights.
  const int made = ::open(log->path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (made < 0) return cannot(std::strerror(errno));
  close(made);
  auto writer = sqlite::Writer::open(log->path_, random);
  if (!writer) return cannot(writer.error().what);
  log->epoch_ = writer->epoch();
  log->last_offset_ = writer->last_offset();
  log->oldest_offset_ = writer->oldest_offset();
  log->last_time_ = writer->last_time();
  log->writer_ = std::move(*writer);
  Lease lease(*log);
  const auto last =
      lease.ask([&](sqlite::Archive& archive) { return archive.last(log->options_.tail); });
  if (!last) return cannot(last.error().what);
  // Read here, where it can still be said that it cannot: a server that began without them would
  // let anybody have a nickname that is somebody's.
  auto facts = lease.ask([](sqlite::Archive& archive) { return archive.facts(); });
  if (!facts) return cannot(facts.error().what);
  {
    MutexLock lock(log->facts_mutex_);
    for (Fact& fact : *facts) log->facts_[fact.kind].push_back(std::move(fact));
  }
  {
    MutexLock lock(log->tail_mutex_);
    for (const EventPtr& event : *last) log->add_to_tail(event);
  }
  return log;
}

SqliteLog::~SqliteLog() { stop(); }

void SqliteLog::start(Sink sink) {
  sink_ = std::move(sink);
  next_look_ = trusted_since_ = clock_.now();
  trusted_wall_ = clock_.wall_now();
  thread_ = std::thread([this] { run(); });
}

void SqliteLog::stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// --- Writing ---

void SqliteLog::add(sqlite::Change change) {
  {
    MutexLock lock(mutex_);
    if (!stopping_) {
      const bool first = waiting_.empty();
      waiting_.push_back(std::move(change));
      if (first) arrived_.notify_one();
      return;
    }
  }
  const char* why = "the server is going away";
  if (auto* append = std::get_if<sqlite::Append>(&change); append != nullptr && append->done) {
    append->done(tl::unexpected(unavailable(why)));
  } else if (auto* sync = std::get_if<sqlite::Sync>(&change)) {
    sync->done(tl::unexpected(unavailable(why)));
  }
}

void SqliteLog::append(Ref<Event> event, Done done) {
  add(sqlite::Append{std::move(event), std::move(done)});
}

void SqliteLog::keep(Fact fact) {
  add(sqlite::KeepFact{std::move(fact.kind), std::move(fact.name), std::move(fact.value)});
}

void SqliteLog::forget(const std::string& kind, const std::string& name) {
  add(sqlite::KeepFact{kind, name, std::nullopt});
}

void SqliteLog::sync(Store::Done done) { add(sqlite::Sync{std::move(done)}); }

void SqliteLog::keep_image(KeptImage image) { add(sqlite::PutImage{std::move(image)}); }

void SqliteLog::forget_image(const std::string& name) { add(sqlite::DropImage{name}); }

void SqliteLog::run() {
  while (true) {
    std::vector<sqlite::Change> changes;  // anew: room for many would be kept for ever
    bool last_round = false;
    {
      MutexLock lock(mutex_);
      const Duration patience = lets_go_               ? Duration(0)
                                : writer_->is_behind() ? Duration(kRetryAfter)
                                                       : Duration(kLookEvery);
      // The real clock: a condition variable knows no other.
      const auto until = std::chrono::steady_clock::now() + patience;
      while (waiting_.empty() && !stopping_ && arrived_.wait_until(mutex_, until)) {
      }
      changes.swap(waiting_);
      last_round = stopping_ && changes.empty();
    }
    if (!changes.empty() || writer_->is_behind()) commit(changes);
    if (last_round) return;
    let_go();
  }
}

void SqliteLog::commit(std::vector<sqlite::Change>& changes) {
  const auto written = writer_->commit(changes, clock_.wall_now());
  say(Side::kWriting, written.has_value(), written ? "" : written.error().what);
  if (written) {
    std::vector<EventPtr> events;
    for (const sqlite::Change& change : changes) {
      if (const auto* append = std::get_if<sqlite::Append>(&change)) {
        events.emplace_back(append->event);
      }
    }
    {
      MutexLock lock(tail_mutex_);
      for (const EventPtr& event : events) add_to_tail(event);
    }
    last_offset_.store(writer_->last_offset(), std::memory_order_release);
    if (!events.empty()) sink_(events);
  }
  for (sqlite::Change& change : changes) {
    if (auto* append = std::get_if<sqlite::Append>(&change)) {
      if (!append->done) continue;
      if (written) {
        append->done(EventPtr(append->event));
      } else {
        append->done(tl::unexpected(unavailable(kCannotWrite)));
      }
    } else if (auto* sync = std::get_if<sqlite::Sync>(&change)) {
      if (written) {
        sync->done({});
      } else {
        sync->done(tl::unexpected(unavailable(kCannotWrite)));
      }
    }
  }
}

// A clock that was just set may be wrong, and what is let go of by its word is gone for good. So
// age counts when the clock has gone evenly for an hour.
bool SqliteLog::is_clock_trusted(TimePoint now, WallTime wall) {
  const auto expected =
      trusted_wall_ + std::chrono::duration_cast<std::chrono::milliseconds>(now - trusted_since_);
  if (wall < expected - kClockSlack || wall > expected + kClockSlack) {
    trusted_since_ = now;
    trusted_wall_ = wall;
  }
  return now - trusted_since_ >= kTrustAfter;
}

void SqliteLog::let_go() {
  const TimePoint now = clock_.now();
  if (now < next_look_) return;
  next_look_ = now + kLookEvery;
  const WallTime wall = clock_.wall_now();
  sqlite::Retention retention = options_.retention;
  if (!is_clock_trusted(now, wall)) {
    retention.keep = retention.keep_images = std::chrono::milliseconds(0);
  }
  // Said before it is so: who finds less than there was finds that said, too.
  const auto more = writer_->let_go(retention, wall, [this](std::uint64_t oldest) {
    oldest_offset_.store(oldest, std::memory_order_release);
  });
  if (!more) say(Side::kWriting, false, more.error().what);
  lets_go_ = more && *more;
  if (lets_go_) next_look_ = now;
  oldest_offset_.store(writer_->oldest_offset(), std::memory_order_release);
}

void SqliteLog::say(Side side, bool works, const std::string& what) const {
  auto& now = side == Side::kWriting ? writes_ : reads_;
  if (now.load() != works && now.exchange(works) != works && tell_) tell_(side, works, what);
}

// --- Reading ---

Position SqliteLog::end() const { return {epoch_, last_offset_.load(std::memory_order_acquire)}; }

Position SqliteLog::oldest() const {
  return {epoch_, oldest_offset_.load(std::memory_order_acquire)};
}

template <class T>
tl::expected<T, Error> SqliteLog::told(sqlite::Result<T> answer) const {
  say(Side::kReading, answer.has_value(), answer ? "" : answer.error().what);
  return std::move(answer).map_error([](const auto&) { return unavailable(kCannotRead); });
}

void SqliteLog::add_to_tail(const EventPtr& event) {
  tail_.push_back(event);
  tail_bytes_ += size_of(*event);
  while (tail_.size() > options_.tail ||
         (options_.tail_bytes != 0 && tail_bytes_ > options_.tail_bytes)) {
    tail_bytes_ -= size_of(*tail_.front());
    tail_.pop_front();
  }
}

EventPtr SqliteLog::in_tail(std::uint64_t offset) const {
  MutexLock lock(tail_mutex_);
  if (tail_.empty() || offset < tail_.front()->position.offset ||
      offset > tail_.back()->position.offset) {
    return {};
  }
  return tail_[static_cast<std::size_t>(offset - tail_.front()->position.offset)];
}

tl::expected<void, sqlite::Trouble> SqliteLog::load(const std::vector<std::uint64_t>& offsets,
                                                    sqlite::Archive& archive,
                                                    std::vector<EventPtr>& out) const {
  for (const std::uint64_t offset : offsets) {
    if (EventPtr event = in_tail(offset)) {
      out.push_back(std::move(event));
      continue;
    }
    auto event = archive.event(offset);
    if (!event) return tl::unexpected(event.error());
    if (*event) out.push_back(std::move(*event));  // else let go of since
  }
  return {};
}

tl::expected<History, Error> SqliteLog::history(const HistoryQuery& query) const {
  Lease lease(*this);
  History history;
  const auto found = told(lease.ask([&](sqlite::Archive& archive) -> sqlite::Result<void> {
    auto offsets = archive.history(query);
    if (!offsets) return tl::unexpected(offsets.error());
    history.more = offsets->size() > query.limit;
    if (history.more) offsets->resize(query.limit);
    std::reverse(offsets->begin(), offsets->end());
    return load(*offsets, archive, history.events);
  }));
  if (!found) return tl::unexpected(found.error());
  return history;
}

tl::expected<void, Error> SqliteLog::past(const Owed& owed, Position after, Position upto,
                                          std::size_t limit, std::vector<EventPtr>& out) const {
  Lease lease(*this);
  const std::size_t before = out.size();
  auto found = told(lease.ask([&](sqlite::Archive& archive) -> sqlite::Result<void> {
    const auto offsets = archive.owed(owed, after.offset, upto.offset, limit);
    if (!offsets) return tl::unexpected(offsets.error());
    return load(*offsets, archive, out);
  }));
  if (!found) out.resize(before);
  return found;
}

// Counted from the newest event, for the wall clock may be set, and the server away for long.
tl::expected<std::vector<EventPtr>, Error> SqliteLog::keyed(
    std::chrono::milliseconds within) const {
  Lease lease(*this);
  return told(
      lease.ask([&](sqlite::Archive& archive) { return archive.keyed(last_time_ - within); }));
}

std::vector<Fact> SqliteLog::facts(const std::string& kind) const {
  MutexLock lock(facts_mutex_);
  auto found = facts_.extract(kind);
  return found ? std::move(found.mapped()) : std::vector<Fact>();
}

tl::expected<std::optional<KeptImage>, Error> SqliteLog::find_image(const std::string& name) const {
  Lease lease(*this);
  return told(lease.ask([&](sqlite::Archive& archive) { return archive.image(name); }));
}

}  // namespace encke
