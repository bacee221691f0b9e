// sqlite_writer.h: many changes, one transaction, one sync of the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/event_log.h"
#include "core/store.h"
#include "log/sqlite_schema.h"

namespace encke::sqlite {

struct Append {
  Ref<Event> event;
  EventLog::Done done;
};
/// Without a value: forget.
struct KeepFact {
  std::string kind;
  std::string name;
  std::optional<std::string> value;
};
struct PutImage {
  KeptImage image;
};
struct DropImage {
  std::string name;
};
struct Sync {
  Store::Done done;
};
using Change = std::variant<Append, KeepFact, PutImage, DropImage, Sync>;

/// What is let go of, oldest first. Zero: never.
struct Retention {
  std::chrono::milliseconds keep{0};
  std::uint64_t max_bytes = 0;
  std::chrono::milliseconds keep_images{0};
  std::uint64_t max_image_bytes = 0;
};

/// The one connection that writes. For one thread.
class Writer {
 public:
  static Result<Writer> open(const std::string& path, RandomSource& random);

  std::uint64_t epoch() const { return epoch_; }
  std::uint64_t last_offset() const { return last_offset_; }
  WallTime last_time() const { return last_time_; }
  std::uint64_t oldest_offset() const { return oldest_offset_; }  ///< everything after it is here

  /// Writes all of them or none, and returns when they are on the disk. Events get their positions
  /// and the time. Facts and images that could not be written are written first the next time.
  Result<void> commit(std::span<Change> changes, WallTime now);
  /// Something could not be written, and commit() is to be tried again, be it with nothing more.
  bool is_behind() const { return behind_; }

  /// Another epoch, of the log and of all positions that are kept in it.
  Result<std::uint64_t> renew_epoch(RandomSource& random);

  /// Deletes some of what is too old or too much. True: there is more to delete. `going` is told
  /// the oldest offset that will be kept, less one, while everything can still be read.
  Result<bool> let_go(const Retention& retention, WallTime now,
                      const std::function<void(std::uint64_t)>& going);

 private:
  explicit Writer(Database database) : database_(std::move(database)) {}
  Result<void> prepare();
  Result<void> write(Change& change, WallTime time, std::uint64_t& offset);
  Result<void> write_fact(const std::string& kind, const std::string& name,
                          const std::optional<std::string>& value);
  Result<void> write_image(const KeptImage& image);
  Result<void> write_unsaved();
  void owe(std::span<const Change> changes);

  Database database_;
  std::uint64_t epoch_ = 0;
  std::uint64_t last_offset_ = 0;
  std::uint64_t oldest_offset_ = 0;
  WallTime last_time_{};
  Statement add_event_, keep_fact_, forget_fact_, add_image_, drop_image_, try_;
  std::map<std::pair<std::string, std::string>, std::optional<std::string>> unsaved_facts_;
  std::map<std::string, KeptImage> unsaved_images_;
  bool behind_ = false;
};

}  // namespace encke::sqlite
