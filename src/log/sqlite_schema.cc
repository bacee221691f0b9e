#include "log/sqlite_schema.h"

#include <algorithm>
#include <span>
#include <sstream>

namespace encke::sqlite {
namespace {

constexpr const char* kApplicationId = "1162757963";  // "ENCK"

// A message in a room costs one entry of an index, a private one three.
constexpr const char* kSchema = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
  offset INTEGER PRIMARY KEY,    -- from 1; with the epoch, the event's position
  time INTEGER NOT NULL,         -- milliseconds since 1970, UTC; never less than of the one before
  kind INTEGER NOT NULL,         -- 0 said in a room, 1 said to one user, 2 who came and went
  room TEXT,
  sender TEXT,
  recipient TEXT,
  text TEXT,
  image TEXT,                    -- URL, MIME type, width, height, bytes
  changes TEXT,                  -- users online, changes left out; then a line each: +came or -went
  send_key TEXT,                 -- nickname, position of its login, key: on three lines
  pair TEXT                      -- of kind 1: both nicknames, sorted, on two lines
);
CREATE INDEX events_room ON events (room, offset, kind) WHERE room IS NOT NULL;
CREATE INDEX events_pair ON events (pair, offset) WHERE pair IS NOT NULL;
CREATE INDEX events_sender ON events (sender, offset) WHERE pair IS NOT NULL;
CREATE INDEX events_recipient ON events (recipient, offset) WHERE pair IS NOT NULL;
CREATE TABLE facts (
  kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TABLE images (
  name TEXT PRIMARY KEY, type TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
  time INTEGER NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL
);
CREATE INDEX images_time ON images (time, size);
)sql";

Result<void> create(Database& database, RandomSource& random) {
  if (auto ok = database.run("BEGIN IMMEDIATE"); !ok) return ok;
  if (auto ok = database.run(kSchema); !ok) return ok;
  const std::string fill = "INSERT INTO meta VALUES ('epoch', '" +
                           to_string(Position{new_epoch(random), 0}) + "');" +
                           "PRAGMA application_id = " + kApplicationId +
                           "; PRAGMA user_version = " + std::to_string(kSchemaVersion) + "; COMMIT";
  return database.run(fill.c_str());
}

Result<void> check_version(const Database& database) {
  const auto id = database.word("PRAGMA application_id");
  if (!id) return tl::unexpected(id.error());
  if (*id != kApplicationId) {
    return tl::unexpected(Trouble{SQLITE_NOTADB, "the file is a database, but not one of Encke's"});
  }
  const auto version = database.number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version != kSchemaVersion) {
    return tl::unexpected(Trouble{SQLITE_NOTADB, "the file is of version " +
                                                     std::to_string(*version) + ", and this is " +
                                                     std::to_string(kSchemaVersion)});
  }
  return {};
}

void bind_or_null(Statement& statement, int index, const std::string& text) {
  text.empty() ? statement.bind_null(index) : statement.bind(index, std::string_view(text));
}

}  // namespace

Result<Database> open_for_writing(const std::string& path, RandomSource& random) {
  auto database = Database::open(path, Database::Mode::kCreate);
  if (!database) return database;
  if (auto ok = database->run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                              "PRAGMA journal_size_limit = 16777216; PRAGMA cell_size_check = ON;"
                              // The system keeps what is read, too; who waits for it is the disk.
                              "PRAGMA cache_size = -512");
      !ok) {
    return tl::unexpected(ok.error());
  }
  const auto tables = database->number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  const auto ok = *tables == 0 ? create(*database, random) : check_version(*database);
  if (!ok) return tl::unexpected(ok.error());
  return database;
}

Result<Database> open_for_reading(const std::string& path) {
  auto database = Database::open(path, Database::Mode::kRead);
  if (!database) return database;
  if (auto ok = check_version(*database); !ok) return tl::unexpected(ok.error());
  return database;
}

std::uint64_t new_epoch(RandomSource& random) {
  std::uint64_t epoch = 0;
  while (epoch == 0) {
    random.fill(std::as_writable_bytes(std::span(&epoch, 1)));
    epoch &= 0xFFFFFFFFFF;  // as short as a memory log's
  }
  return epoch;
}

Result<std::uint64_t> read_epoch(const Database& database) {
  const auto text = database.word("SELECT value FROM meta WHERE name = 'epoch'");
  if (!text) return tl::unexpected(text.error());
  const auto position = parse_position(*text);
  if (!position || position->epoch == 0) {
    return tl::unexpected(Trouble{SQLITE_CORRUPT, "the epoch is not there"});
  }
  return position->epoch;
}

std::string pair_of(const std::string& one, const std::string& other) {
  return std::min(one, other) + '\n' + std::max(one, other);
}

void bind_event(Statement& statement, const Event& event, EventRow& row) {
  statement.bind(1, event.position.offset)
      .bind(2, std::int64_t{event.time.time_since_epoch().count()})
      .bind(3, static_cast<std::int64_t>(event.kind));
  row = {};
  if (event.image) {
    const ImageRef& image = *event.image;
    std::ostringstream text;
    text << image.url << ' ' << image.type << ' ' << image.width << ' ' << image.height << ' '
         << image.bytes;
    row.image = text.str();
  }
  if (event.kind == EventKind::kSystem) {
    row.changes = std::to_string(event.size) + ' ' + std::to_string(event.more_changes);
    for (const Change& change : event.changes) {
      row.changes += (change.came ? "\n+" : "\n-") + change.nickname;
    }
  }
  if (event.kind == EventKind::kPrivate) row.pair = pair_of(event.from, event.to);
  bind_or_null(statement, 4, event.room);
  bind_or_null(statement, 5, event.from);
  bind_or_null(statement, 6, event.to);
  bind_or_null(statement, 7, event.text);
  bind_or_null(statement, 8, row.image);
  bind_or_null(statement, 9, row.changes);
  bind_or_null(statement, 10, event.send_key);
  bind_or_null(statement, 11, row.pair);
}

EventPtr read_event(const Statement& statement, std::uint64_t epoch) {
  auto event = make_ref<Event>();
  event->position = {epoch, statement.offset(0)};
  event->time = WallTime(std::chrono::milliseconds(statement.integer(1)));
  event->kind = static_cast<EventKind>(statement.integer(2));
  event->room = statement.text(3);
  event->from = statement.text(4);
  event->to = statement.text(5);
  event->text = statement.text(6);
  if (!statement.is_null(7)) {
    std::istringstream text(statement.text(7));
    ImageRef image;
    text >> image.url >> image.type >> image.width >> image.height >> image.bytes;
    event->image = std::move(image);
  }
  if (!statement.is_null(8)) {
    std::istringstream text(statement.text(8));
    std::string line;
    text >> event->size >> event->more_changes;
    std::getline(text, line);
    while (std::getline(text, line)) {
      if (!line.empty()) event->changes.push_back({line.substr(1), line[0] == '+'});
    }
  }
  event->send_key = statement.text(9);
  return event;
}

}  // namespace encke::sqlite
