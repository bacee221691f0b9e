// sqlite_log_fixture.h: a log on a disk of its own, that can be closed and opened again.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "log/sqlite_log.h"
#include "support/events.h"
#include "support/fake_clock.h"
#include "support/fake_random.h"
#include "support/scratch.h"

namespace encke {

using Retention = sqlite::Retention;

class SqliteLogTest : public testing::Test {
 protected:
  SqliteLogTest() { open(); }

  void open(const Retention& retention = {}) {
    log.reset();
    auto opened =
        SqliteLog::open({.folder = scratch.path("data"), .retention = retention, .tail = 3}, clock,
                        random, [this](SqliteLog::Side, bool works, const std::string&) {
                          if (told) told(works);
                        });
    ASSERT_TRUE(opened) << opened.error();
    log = std::move(*opened);
    log->start([this](std::span<const EventPtr> events) {
      if (in_sink) in_sink(events.size());
    });
  }

  std::future<EventPtr> append(Ref<Event> event) {
    auto result = std::make_shared<std::promise<EventPtr>>();
    log->append(std::move(event),
                [result](auto answer) { result->set_value(answer ? *answer : EventPtr()); });
    return result->get_future();
  }
  EventPtr commit(Ref<Event> event) { return append(std::move(event)).get(); }
  EventPtr say(const std::string& text, const std::string& room = "lobby") {
    return commit(message(room, "alice", text));
  }
  EventPtr tell(const std::string& from, const std::string& to, const std::string& text) {
    return commit(private_message(from, to, text));
  }
  bool is_synced() {
    std::promise<bool> result;
    log->sync([&](auto ok) { result.set_value(ok.has_value()); });
    return result.get_future().get();
  }
  void sync() { ASSERT_TRUE(is_synced()); }
  std::string file() { return scratch.path("data/encke.db"); }
  /// What the disk would do to the log is done to one of its tables.
  void alter(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  void refuse(const std::string& table) {
    alter("CREATE TRIGGER refuse BEFORE INSERT ON " + table +
          " BEGIN SELECT raise(ABORT, 'the disk refuses'); END");
  }
  void accept() { alter("DROP TRIGGER refuse"); }
  void keep_image(const std::string& name) {
    log->keep_image(
        {name, "image/png", 1, 1, clock.wall_now(), std::make_shared<const std::string>("bytes")});
  }

  Lines history(const std::string& room) {
    return texts(log->history({.room = room, .limit = 50})->events);
  }
  Lines past(const Owed& owed, std::uint64_t after, std::uint64_t upto, std::size_t limit = 100) {
    std::vector<EventPtr> events;
    const std::uint64_t epoch = log->end().epoch;
    EXPECT_TRUE(log->past(owed, {epoch, after}, {epoch, upto}, limit, events));
    return texts(events);
  }
  Owed bob(std::vector<Owed::Stay> stays = {}) {
    return {"bob", {log->end().epoch, 0}, std::move(stays)};
  }

  Scratch scratch;
  FakeClock clock;
  FakeRandom random;
  std::function<void(std::size_t)> in_sink;
  std::function<void(bool)> told;
  std::unique_ptr<SqliteLog> log;
};

}  // namespace encke
