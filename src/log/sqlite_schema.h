// sqlite_schema.h: what stands in encke.db, and how it is opened.
//
// One file for everything, so that a backup is one file: events by offset; facts by kind and name;
// images, with their bytes, in the same transaction as the event that shows them. Texts are plain,
// so that `sqlite3 encke.db` tells an operator what there is.
#pragma once

#include <cstdint>
#include <string>

#include "core/event.h"
#include "core/random.h"
#include "log/sqlite.h"

namespace encke::sqlite {

inline constexpr const char* kFileName = "encke.db";
inline constexpr int kSchemaVersion = 1;

/// Opens the file for writing, and makes it if there is none: with write-ahead logging, and a sync
/// to the disk before each commit returns (https://sqlite.org/wal.html,
/// https://sqlite.org/pragma.html). A new one takes a new epoch.
Result<Database> open_for_writing(const std::string& path, RandomSource& random);

/// For reading, beside whoever writes. An error if the file is not one of ours, or of a later
/// version.
Result<Database> open_for_reading(const std::string& path);

std::uint64_t new_epoch(RandomSource& random);
Result<std::uint64_t> read_epoch(const Database& database);

/// The columns of an event, in the order that bind_event() and read_event() know.
inline constexpr const char* kEventColumns =
    "offset, time, kind, room, sender, recipient, text, image, changes, send_key, pair";

/// The parts of a row that have to live as long as it is bound.
struct EventRow {
  std::string image;
  std::string changes;
  std::string pair;
};
void bind_event(Statement& statement, const Event& event, EventRow& row);
EventPtr read_event(const Statement& statement, std::uint64_t epoch);

/// What two users' messages to each other are found by, in either direction.
std::string pair_of(const std::string& one, const std::string& other);

}  // namespace encke::sqlite
