#include "log/sqlite_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace encke::sqlite {
namespace {

// So that letting go of a long past holds no send up for long.
constexpr std::uint64_t kEventsAtATime = 2000;
constexpr int kImagesAtATime = 10;

}  // namespace

Result<Writer> Writer::open(const std::string& path, RandomSource& random) {
  auto database = open_for_writing(path, random);
  if (!database) return tl::unexpected(database.error());
  Writer writer(std::move(*database));
  if (auto ok = writer.prepare(); !ok) return tl::unexpected(ok.error());
  return writer;
}

Result<void> Writer::prepare() {
  const auto epoch = read_epoch(database_);
  if (!epoch) return tl::unexpected(epoch.error());
  epoch_ = *epoch;
  auto ends = database_.prepare(
      "SELECT (SELECT min(offset) FROM events), max(offset),"
      " (SELECT time FROM events ORDER BY offset DESC LIMIT 1) FROM events");
  if (!ends) return tl::unexpected(ends.error());
  if (const auto row = ends->step(); !row) return tl::unexpected(row.error());
  last_offset_ = ends->offset(1);
  oldest_offset_ = last_offset_ == 0 ? 0 : ends->offset(0) - 1;
  last_time_ = WallTime(std::chrono::milliseconds(ends->integer(2)));
  return database_.prepare({
      {&add_event_, std::string("INSERT INTO events (") + kEventColumns +
                        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
      {&keep_fact_,
       "INSERT INTO facts VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value"},
      {&forget_fact_, "DELETE FROM facts WHERE kind = ?1 AND name = ?2"},
      {&add_image_, "INSERT INTO images VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"},
      {&drop_image_, "DELETE FROM images WHERE name = ?1"},
      {&try_,
       "INSERT INTO meta VALUES ('tries', '1')"
       " ON CONFLICT DO UPDATE SET value = CAST(value AS INTEGER) + 1"},
  });
}

Result<void> Writer::commit(std::span<Change> changes, WallTime now) {
  // A wall clock may be set back; the log's times may not.
  const WallTime time = std::max(now, last_time_);
  std::uint64_t offset = last_offset_;
  for (const Change& change : changes) {
    // Nothing waits for an image whose message was refused.
    if (const auto* drop = std::get_if<DropImage>(&change)) unsaved_images_.erase(drop->name);
  }
  const auto write_all = [&]() -> Result<void> {
    if (auto ok = database_.run("BEGIN IMMEDIATE"); !ok) return ok;
    if (auto ok = write_unsaved(); !ok) return ok;
    for (Change& change : changes) {
      if (auto ok = write(change, time, offset); !ok) return ok;
    }
    return database_.run("COMMIT");
  };
  if (auto ok = write_all(); !ok) {
    (void)database_.run("ROLLBACK");
    owe(changes);
    return ok;
  }
  unsaved_facts_.clear();
  unsaved_images_.clear();
  behind_ = false;
  if (offset != last_offset_) last_time_ = time;
  last_offset_ = offset;
  return {};
}

Result<void> Writer::write(Change& change, WallTime time, std::uint64_t& offset) {
  if (auto* append = std::get_if<Append>(&change)) {
    Event& event = *append->event;
    event.position = {epoch_, ++offset};
    event.time = time;
    EventRow row;
    bind_event(add_event_, event, row);
    return add_event_.run();
  }
  if (const auto* fact = std::get_if<KeepFact>(&change)) {
    return write_fact(fact->kind, fact->name, fact->value);
  }
  if (const auto* put = std::get_if<PutImage>(&change)) return write_image(put->image);
  if (const auto* drop = std::get_if<DropImage>(&change)) {
    return drop_image_.bind(1, std::string_view(drop->name)).run();
  }
  return {};
}

Result<void> Writer::write_fact(const std::string& kind, const std::string& name,
                                const std::optional<std::string>& value) {
  Statement& statement = value ? keep_fact_ : forget_fact_;
  statement.bind(1, std::string_view(kind)).bind(2, std::string_view(name));
  if (value) statement.bind(3, std::string_view(*value));
  return statement.run();
}

Result<void> Writer::write_image(const KeptImage& image) {
  return add_image_.bind(1, std::string_view(image.name))
      .bind(2, std::string_view(image.type))
      .bind(3, std::int64_t{image.width})
      .bind(4, std::int64_t{image.height})
      .bind(5, std::int64_t{image.time.time_since_epoch().count()})
      .bind(6, std::uint64_t{image.bytes->size()})
      .bind_blob(7, *image.bytes)
      .run();
}

// What was refused may stand in the write-ahead log all the same, whole but for its sync, and a
// server that were killed now would find it there. The next transaction is written over it: so
// there is one in any case, though nobody should say anything.
Result<void> Writer::write_unsaved() {
  if (!behind_) return {};
  if (auto ok = try_.run(); !ok) return ok;
  for (const auto& [key, value] : unsaved_facts_) {
    if (auto ok = write_fact(key.first, key.second, value); !ok) return ok;
  }
  for (const auto& [name, image] : unsaved_images_) {
    if (auto ok = write_image(image); !ok) return ok;
  }
  return {};
}

void Writer::owe(std::span<const Change> changes) {
  behind_ = true;
  for (const Change& change : changes) {
    if (const auto* fact = std::get_if<KeepFact>(&change)) {
      unsaved_facts_[{fact->kind, fact->name}] = fact->value;
    } else if (const auto* put = std::get_if<PutImage>(&change)) {
      unsaved_images_[put->image.name] = put->image;
    } else if (const auto* drop = std::get_if<DropImage>(&change)) {
      unsaved_images_.erase(drop->name);
    }
  }
}

Result<std::uint64_t> Writer::renew_epoch(RandomSource& random) {
  const std::uint64_t epoch = new_epoch(random);
  std::string all = "BEGIN IMMEDIATE;";
  all += fmt::format("UPDATE meta SET value = '{:x}-0' WHERE name = 'epoch';", epoch);
  for (const char* word : {"born", "cursor"}) {
    all += fmt::format("UPDATE facts SET value = replace(value, '{0} {1:x}-', '{0} {2:x}-');", word,
                       epoch_, epoch);
  }
  all += fmt::format("UPDATE events SET send_key = replace(send_key, '\n{:x}-', '\n{:x}-');",
                     epoch_, epoch);
  all += "COMMIT";
  if (auto ok = database_.run(all.c_str()); !ok) {
    (void)database_.run("ROLLBACK");
    return tl::unexpected(ok.error());
  }
  return epoch_ = epoch;
}

Result<bool> Writer::let_go(const Retention& retention, WallTime now,
                            const std::function<void(std::uint64_t)>& going) {
  const auto before = [&](std::chrono::milliseconds keep) {
    return std::to_string((now - keep).time_since_epoch().count());
  };
  // The newest event stays, whatever its age: it tells the next position after a restart.
  const auto oldest_events = [&](std::uint64_t count) {
    return fmt::format(
        "offset IN (SELECT offset FROM events WHERE offset < {} ORDER BY offset LIMIT {})",
        last_offset_, count);
  };
  // Of too much, a little at a time: how much of it is too much shows as one goes.
  const std::uint64_t some =
      std::clamp<std::uint64_t>((last_offset_ - oldest_offset_) / 16, 1, kEventsAtATime);
  struct Rule {
    bool is_on;
    std::string applies;
    std::string lets_go;
  };
  const Rule rules[] = {
      {retention.keep.count() != 0,
       fmt::format("SELECT time < {} FROM events ORDER BY offset LIMIT 1", before(retention.keep)),
       fmt::format("DELETE FROM events WHERE {} AND time < {}", oldest_events(kEventsAtATime),
                   before(retention.keep))},
      {retention.max_bytes != 0,
       fmt::format("SELECT (page_count - freelist_count) * page_size"
                   " - (SELECT coalesce(sum(size), 0) FROM images) > {}"
                   " FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
                   retention.max_bytes),
       fmt::format("DELETE FROM events WHERE {}", oldest_events(some))},
      {retention.keep_images.count() != 0,
       fmt::format("SELECT time < {} FROM images ORDER BY time LIMIT 1",
                   before(retention.keep_images)),
       fmt::format("DELETE FROM images WHERE rowid IN"
                   " (SELECT rowid FROM images WHERE time < {} ORDER BY time LIMIT {})",
                   before(retention.keep_images), kImagesAtATime)},
      {retention.max_image_bytes != 0,
       fmt::format("SELECT coalesce(sum(size), 0) > {} FROM images", retention.max_image_bytes),
       fmt::format("DELETE FROM images WHERE rowid IN"
                   " (SELECT rowid FROM images ORDER BY time LIMIT {})",
                   kImagesAtATime)},
  };
  std::string all;
  for (const Rule& rule : rules) {
    if (!rule.is_on) continue;
    const auto applies = database_.number(rule.applies);
    if (!applies) return tl::unexpected(applies.error());
    if (*applies != 0) all += rule.lets_go + ";";
  }
  if (all.empty()) return false;
  const auto changes = database_.number("SELECT total_changes()");
  const auto undo = [&](const Trouble& trouble) {
    (void)database_.run("ROLLBACK");
    behind_ = true;
    return tl::unexpected(trouble);
  };
  if (auto ok = database_.run(("BEGIN IMMEDIATE;" + all).c_str()); !ok) return undo(ok.error());
  const auto oldest = database_.number("SELECT min(offset) FROM events");
  if (!oldest) return undo(oldest.error());
  const auto offset = *oldest > 0 ? static_cast<std::uint64_t>(*oldest) - 1 : oldest_offset_;
  going(offset);
  if (auto ok = database_.run("COMMIT"); !ok) return undo(ok.error());
  oldest_offset_ = offset;
  const auto changes_now = database_.number("SELECT total_changes()");
  return changes && changes_now && *changes_now > *changes;
}

}  // namespace encke::sqlite
