#include "log/sqlite_archive.h"

#include <algorithm>

namespace encke::sqlite {
namespace {

// SQLite's integers have a sign.
std::uint64_t capped(std::uint64_t offset) {
  return std::min<std::uint64_t>(offset, static_cast<std::uint64_t>(INT64_MAX));
}

}  // namespace

Result<Archive> Archive::open(const std::string& path) {
  auto database = open_for_reading(path);
  if (!database) return tl::unexpected(database.error());
  Archive archive(std::move(*database));
  if (auto ok = archive.prepare(); !ok) return tl::unexpected(ok.error());
  return archive;
}

Result<void> Archive::prepare() {
  const auto epoch = read_epoch(database_);
  if (!epoch) return tl::unexpected(epoch.error());
  epoch_ = *epoch;
  const std::string columns = std::string("SELECT ") + kEventColumns + " FROM events ";
  return database_.prepare({
      {&room_back_,
       "SELECT offset FROM events WHERE room = ?1 AND kind = 0 AND offset > ?2 AND offset < ?3"
       " ORDER BY offset DESC LIMIT ?4"},
      {&pair_back_,
       "SELECT offset FROM events WHERE pair = ?1 AND offset > ?2 AND offset < ?3"
       " ORDER BY offset DESC LIMIT ?4"},
      {&room_on_,
       "SELECT offset FROM events WHERE room = ?1 AND offset > ?2 AND offset <= ?3"
       " ORDER BY offset LIMIT ?4"},
      {&sender_on_,
       "SELECT offset FROM events WHERE sender = ?1 AND pair IS NOT NULL"
       " AND offset > ?2 AND offset <= ?3 ORDER BY offset LIMIT ?4"},
      {&recipient_on_,
       "SELECT offset FROM events WHERE recipient = ?1 AND pair IS NOT NULL"
       " AND offset > ?2 AND offset <= ?3 ORDER BY offset LIMIT ?4"},
      {&event_, columns + "WHERE offset = ?1"},
      {&events_, columns + "WHERE offset > ?1 ORDER BY offset LIMIT ?2"},
      {&last_, columns + "ORDER BY offset DESC LIMIT ?1"},
      {&newest_keys_, columns + "ORDER BY offset DESC"},
      {&facts_, "SELECT kind, name, value FROM facts ORDER BY kind, name"},
      {&image_, "SELECT type, width, height, time, bytes FROM images WHERE name = ?1"},
  });
}

Result<void> Archive::collect(Statement& statement, std::vector<std::uint64_t>& offsets) {
  while (true) {
    const auto row = statement.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    offsets.push_back(statement.offset(0));
  }
  statement.reset();
  return {};
}

Result<std::vector<std::uint64_t>> Archive::history(const HistoryQuery& query) {
  std::vector<std::uint64_t> offsets;
  // A position of another epoch is of another life, and nothing here is older than that.
  if (query.before && query.before->epoch != epoch_) return offsets;
  Statement& statement = query.room.empty() ? pair_back_ : room_back_;
  const std::string key = query.room.empty() ? pair_of(query.user, query.with) : query.room;
  const std::uint64_t after = query.after.epoch == epoch_ ? query.after.offset : 0;
  statement.bind(1, std::string_view(key))
      .bind(2, capped(after))
      .bind(3, capped(query.before ? query.before->offset : INT64_MAX))
      .bind(4, capped(query.limit + 1));
  if (auto ok = collect(statement, offsets); !ok) return tl::unexpected(ok.error());
  return offsets;
}

Result<std::vector<std::uint64_t>> Archive::owed(const Owed& owed, std::uint64_t after,
                                                 std::uint64_t upto, std::size_t limit) {
  std::vector<std::uint64_t> offsets;
  const auto add = [&](Statement& statement, const std::string& key, std::uint64_t from,
                       std::uint64_t to) -> Result<void> {
    if (from >= to) return {};
    statement.bind(1, std::string_view(key))
        .bind(2, capped(from))
        .bind(3, capped(to))
        .bind(4, capped(limit));
    return collect(statement, offsets);
  };
  for (const Owed::Stay& stay : owed.stays) {
    const auto ok =
        add(room_on_, stay.room, std::max(after, stay.since), std::min(upto, stay.until));
    if (!ok) return tl::unexpected(ok.error());
  }
  const std::uint64_t born = owed.born.epoch == epoch_ ? owed.born.offset : 0;
  for (Statement* statement : {&sender_on_, &recipient_on_}) {
    const auto ok = add(*statement, owed.nickname, std::max(after, born), upto);
    if (!ok) return tl::unexpected(ok.error());
  }
  std::sort(offsets.begin(), offsets.end());
  // What one says to oneself is found twice.
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  if (offsets.size() > limit) offsets.resize(limit);
  return offsets;
}

Result<EventPtr> Archive::event(std::uint64_t offset) {
  event_.bind(1, offset);
  const auto row = event_.step();
  if (!row) return tl::unexpected(row.error());
  EventPtr event = *row ? read_event(event_, epoch_) : EventPtr();
  event_.reset();
  return event;
}

Result<std::vector<EventPtr>> Archive::collect_events(Statement& statement) {
  std::vector<EventPtr> events;
  while (true) {
    const auto row = statement.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    events.push_back(read_event(statement, epoch_));
  }
  statement.reset();
  return events;
}

Result<std::vector<EventPtr>> Archive::events(std::uint64_t after, std::size_t limit) {
  return collect_events(events_.bind(1, capped(after)).bind(2, capped(limit)));
}

Result<std::vector<EventPtr>> Archive::last(std::size_t count) {
  auto events = collect_events(last_.bind(1, capped(count)));
  if (events) std::reverse(events->begin(), events->end());
  return events;
}

Result<std::vector<EventPtr>> Archive::keyed(WallTime since) {
  std::vector<EventPtr> events;
  while (true) {
    const auto row = newest_keys_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row || newest_keys_.integer(1) < since.time_since_epoch().count()) break;
    if (!newest_keys_.is_null(9)) events.push_back(read_event(newest_keys_, epoch_));
  }
  newest_keys_.reset();
  std::reverse(events.begin(), events.end());
  return events;
}

Result<std::vector<Fact>> Archive::facts() {
  std::vector<Fact> facts;
  while (true) {
    const auto row = facts_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    facts.push_back({facts_.text(0), facts_.text(1), facts_.text(2)});
  }
  facts_.reset();
  return facts;
}

Result<std::optional<KeptImage>> Archive::image(const std::string& name) {
  image_.bind(1, std::string_view(name));
  const auto row = image_.step();
  if (!row) return tl::unexpected(row.error());
  std::optional<KeptImage> image;
  if (*row) {
    image = KeptImage{name,
                      image_.text(0),
                      static_cast<std::uint32_t>(image_.integer(1)),
                      static_cast<std::uint32_t>(image_.integer(2)),
                      WallTime(std::chrono::milliseconds(image_.integer(3))),
                      std::make_shared<const std::string>(image_.text(4))};
  }
  image_.reset();
  return image;
}

}  // namespace encke::sqlite
