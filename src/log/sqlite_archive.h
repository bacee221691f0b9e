// sqlite_archive.h: what is asked of encke.db, on a connection of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event_log.h"
#include "core/store.h"
#include "log/sqlite_schema.h"

namespace encke::sqlite {

/// Sees what is committed when it asks. For one thread at a time. Events are found by their offsets
/// first, which stand in the indexes, so that what is in memory need not be read.
class Archive {
 public:
  static Result<Archive> open(const std::string& path);

  std::uint64_t epoch() const { return epoch_; }

  /// From here on, nothing is seen of what is committed later.
  Result<void> freeze() { return database_.run("BEGIN"); }

  /// Newest first, one more than the limit if there are older ones.
  Result<std::vector<std::uint64_t>> history(const HistoryQuery& query);
  /// Oldest first.
  Result<std::vector<std::uint64_t>> owed(const Owed& owed, std::uint64_t after, std::uint64_t upto,
                                          std::size_t limit);
  /// Null if it is not there.
  Result<EventPtr> event(std::uint64_t offset);
  /// Oldest first.
  Result<std::vector<EventPtr>> events(std::uint64_t after, std::size_t limit);
  /// The newest, oldest of them first.
  Result<std::vector<EventPtr>> last(std::size_t count);
  Result<std::vector<EventPtr>> keyed(WallTime since);
  /// By kind and name.
  Result<std::vector<Fact>> facts();
  Result<std::optional<KeptImage>> image(const std::string& name);

  const Database& database() const { return database_; }

 private:
  explicit Archive(Database database) : database_(std::move(database)) {}
  Result<void> prepare();
  Result<std::vector<EventPtr>> collect_events(Statement& statement);
  Result<void> collect(Statement& statement, std::vector<std::uint64_t>& offsets);

  Database database_;
  std::uint64_t epoch_ = 0;
  Statement room_back_, pair_back_, room_on_, sender_on_, recipient_on_;
  Statement event_, events_, last_, newest_keys_, facts_, image_;
};

}  // namespace encke::sqlite
