// event_log_contract.h: what every EventLog does, whatever it keeps its events on
// (core/event_log.h).
//
// To put a log to it, write a Maker: default-constructible, with
//   std::unique_ptr<EventLog> make(const Clock&, RandomSource&);   // an empty log, each time
// and say INSTANTIATE_TYPED_TEST_SUITE_P(SqliteLog, EventLogContract, SqliteLogMaker). A log may
// commit on whatever thread it likes: the tests wait for `done` and never for time.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/event_log.h"
#include "support/events.h"
#include "support/fake_clock.h"
#include "support/fake_random.h"

namespace encke {

/// A log, all that its sink was given, and ways to append and wait.
template <class Maker>
class EventLogContract : public testing::Test {
 protected:
  using Result = tl::expected<EventPtr, Error>;

  /// Opens an empty log. `also` is what the sink does besides writing down what it is given.
  void open(EventLog::Sink also = {}) {
    log = maker.make(clock, random);
    log->start([this, also = std::move(also)](std::span<const EventPtr> events) {
      EXPECT_FALSE(in_sink.exchange(true)) << "one call at a time";
      EXPECT_FALSE(events.empty());
      {
        const std::lock_guard lock(mutex);
        sunk.insert(sunk.end(), events.begin(), events.end());
      }
      if (also) also(events);
      in_sink = false;
    });
  }

  /// Appends and waits for the commit.
  EventPtr commit(Ref<Event> event) {
    std::promise<Result> result;
    auto committed = result.get_future();
    log->append(std::move(event), [&](Result r) { result.set_value(std::move(r)); });
    const Result answer = committed.get();
    EXPECT_TRUE(answer.has_value());
    return answer ? *answer : EventPtr();
  }
  EventPtr say(const std::string& text, const std::string& room = "lobby") {
    return commit(message(room, "alice", text));
  }

  std::vector<EventPtr> seen() {
    const std::lock_guard lock(mutex);
    return sunk;
  }
  bool was_sunk(const EventPtr& event) {
    const std::lock_guard lock(mutex);
    return std::any_of(sunk.rbegin(), sunk.rend(), [&](const EventPtr& other) {
      return other->position == event->position;  // of the newest, so near the end
    });
  }

  History of_room(const std::string& room, std::size_t limit = 50,
                  std::optional<Position> before = {}) {
    return *log->history({.room = room, .before = before, .limit = limit});
  }
  History between(const std::string& user, const std::string& with, std::size_t limit = 50,
                  std::optional<Position> before = {}) {
    return *log->history({.user = user, .with = with, .before = before, .limit = limit});
  }

  Maker maker;
  FakeClock clock;
  FakeRandom random;
  std::mutex mutex;
  std::vector<EventPtr> sunk;
  std::atomic<bool> in_sink{false};
  std::unique_ptr<EventLog> log;  // last: it stops before the rest goes
};

TYPED_TEST_SUITE_P(EventLogContract);

// --- Order ---

TYPED_TEST_P(EventLogContract, BeginsEmpty) {
  this->open();
  EXPECT_NE(this->log->end().epoch, 0U);
  EXPECT_EQ(this->log->end().offset, 0U);
  EXPECT_TRUE(this->of_room("lobby").events.empty());
}

TYPED_TEST_P(EventLogContract, CountsPositionsFromOne) {
  this->open();
  const std::uint64_t epoch = this->log->end().epoch;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    const EventPtr event = this->say("hi");
    EXPECT_EQ(event->position, (Position{epoch, i}));
    EXPECT_EQ(this->log->end(), event->position);
  }
}

TYPED_TEST_P(EventLogContract, FillsInTheTime) {
  this->open();
  const EventPtr first = this->say("hi");
  EXPECT_EQ(first->time, FakeClock::kStart);
  this->clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(this->say("hi")->time, FakeClock::kStart + std::chrono::seconds(5));
}

TYPED_TEST_P(EventLogContract, NeverGivesAnEarlierTimeThanBefore) {
  this->open();
  const EventPtr first = this->say("hi");
  this->clock.set_wall(FakeClock::kStart - std::chrono::hours(1));
  EXPECT_GE(this->say("hi")->time, first->time)
      << "a wall clock may be set back, the log's may not";
}

TYPED_TEST_P(EventLogContract, KeepsEveryFieldOfAnEvent) {
  this->open();
  auto event = private_message("alice", "bob", "tab\there, line\nend, 世界, \"quotes\" \\ <b>");
  event->image = ImageRef{"/images/1.png", "image/png", 640, 480, 12345};
  this->commit(event);
  auto news = make_ref<Event>();
  news->kind = EventKind::kSystem;
  news->room = "lobby";
  news->size = 12;
  news->changes = {{"bob", true}, {"carol", false}};
  news->more_changes = 3;
  this->commit(news);

  const auto seen = this->seen();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0]->kind, EventKind::kPrivate);
  EXPECT_EQ(seen[0]->from, "alice");
  EXPECT_EQ(seen[0]->to, "bob");
  EXPECT_EQ(seen[0]->text, event->text);
  ASSERT_TRUE(seen[0]->image);
  EXPECT_EQ(seen[0]->image->url, "/images/1.png");
  EXPECT_EQ(seen[0]->image->type, "image/png");
  EXPECT_EQ(seen[0]->image->width, 640U);
  EXPECT_EQ(seen[0]->image->height, 480U);
  EXPECT_EQ(seen[0]->image->bytes, 12345U);
  EXPECT_EQ(line(*seen[1]), "lobby 12 +bob -carol and 3 more");

  const auto kept = this->between("alice", "bob").events;
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0]->position, seen[0]->position);
  EXPECT_EQ(kept[0]->time, seen[0]->time);
  EXPECT_EQ(line(*kept[0]), line(*seen[0]));
  ASSERT_TRUE(kept[0]->image);
  EXPECT_EQ(kept[0]->image->url, "/images/1.png");
}

TYPED_TEST_P(EventLogContract, GivesEveryEventToTheSinkAndThenToDone) {
  this->open();
  std::promise<bool> sunk_before_done;
  auto result = sunk_before_done.get_future();
  this->log->append(message("lobby", "alice", "hi"),
                    [&](auto answer) { sunk_before_done.set_value(this->was_sunk(*answer)); });
  EXPECT_TRUE(result.get());
}

TYPED_TEST_P(EventLogContract, TakesNoDoneForNobodyCares) {
  this->open();
  this->log->append(message("lobby", "alice", "1"), {});
  this->say("2");
  EXPECT_EQ(texts(this->seen()), (Lines{"1", "2"}));
}

TYPED_TEST_P(EventLogContract, PutsTheEventsOfManyThreadsIntoOneOrder) {
  constexpr int kThreads = 8;
  constexpr int kEach = 250;
  this->open();
  std::mutex done_mutex;
  std::condition_variable all;
  std::vector<std::vector<EventPtr>> done(kThreads);
  int count = 0;
  int done_before_sink = 0;
  int end_before_event = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const auto from = std::to_string(t);
        this->log->append(message("lobby", from, std::to_string(i)), [&, t](auto answer) {
          const bool in_sink_first = this->was_sunk(*answer);
          const bool end = this->log->end().offset >= (*answer)->position.offset;
          const std::lock_guard lock(done_mutex);
          done[t].push_back(*answer);
          done_before_sink += in_sink_first ? 0 : 1;
          end_before_event += end ? 0 : 1;
          if (++count == kThreads * kEach) all.notify_one();
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::unique_lock lock(done_mutex);
  all.wait(lock, [&] { return count == kThreads * kEach; });

  EXPECT_EQ(done_before_sink, 0);
  EXPECT_EQ(end_before_event, 0);
  const auto seen = this->seen();
  ASSERT_EQ(seen.size(), static_cast<std::size_t>(kThreads * kEach));
  const std::uint64_t epoch = this->log->end().epoch;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    ASSERT_EQ(seen[i]->position, (Position{epoch, i + 1})) << "no gap, in order";
  }
  std::vector<int> next(kThreads, 0);
  for (const EventPtr& event : seen) {
    ASSERT_EQ(event->text, std::to_string(next[std::stoi(event->from)]++))
        << "what one thread appends stays in its order";
  }
  std::set<std::uint64_t> answered;
  for (const auto& answers : done) {
    for (const EventPtr& event : answers) answered.insert(event->position.offset);
  }
  EXPECT_EQ(answered.size(), seen.size()) << "each is answered with its own position";
}

TYPED_TEST_P(EventLogContract, MayBeAppendedToFromWithinItsSink) {
  std::promise<void> last;
  auto finished = last.get_future();
  this->open([&](std::span<const EventPtr> events) {
    for (const EventPtr& event : events) {
      const int n = std::stoi(event->text);
      (void)this->log->end();
      if (n < 20) this->log->append(message("lobby", "echo", std::to_string(n + 1)), {});
      if (n == 20) last.set_value();
    }
  });
  this->log->append(message("lobby", "alice", "1"), {});
  finished.get();
  const auto seen = this->seen();
  ASSERT_EQ(seen.size(), 20U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i]->position.offset, i + 1);
}

TYPED_TEST_P(EventLogContract, MayBeAppendedToAndReadFromWithinDone) {
  this->open();
  std::promise<std::size_t> last;
  auto finished = last.get_future();
  std::function<void(int)> append = [&](int n) {
    this->log->append(message("lobby", "alice", std::to_string(n)), [&, n](auto answer) {
      EXPECT_EQ((*answer)->text, std::to_string(n));
      EXPECT_GE(this->log->end().offset, (*answer)->position.offset);
      if (n < 20) return append(n + 1);
      last.set_value(this->of_room("lobby").events.size());
    });
  };
  append(1);
  EXPECT_EQ(finished.get(), 20U) << "what is done is in the history";
  EXPECT_EQ(this->seen().size(), 20U);
}

TYPED_TEST_P(EventLogContract, TakesANewEpochEachTimeItStartsEmpty) {
  std::set<std::uint64_t> epochs;
  for (int i = 0; i < 5; ++i) {
    auto fresh = this->maker.make(this->clock, this->random);
    fresh->start([](auto) {});
    EXPECT_NE(fresh->end().epoch, 0U) << "0 is no epoch";
    epochs.insert(fresh->end().epoch);
  }
  EXPECT_EQ(epochs.size(), 5U);
}

// --- History ---

TYPED_TEST_P(EventLogContract, GivesTheHistoryOfARoomOldestFirst) {
  this->open();
  this->say("1");
  this->say("2", "kitchen");
  this->say("3");
  EXPECT_EQ(texts(this->of_room("lobby").events), (Lines{"1", "3"}));
  EXPECT_EQ(texts(this->of_room("kitchen").events), (Lines{"2"}));
  EXPECT_TRUE(this->of_room("nowhere").events.empty());
  EXPECT_FALSE(this->of_room("nowhere").more);
}

TYPED_TEST_P(EventLogContract, GivesTheHistoryOfTwoUsersInBothDirections) {
  this->open();
  this->commit(private_message("alice", "bob", "1"));
  this->commit(private_message("bob", "alice", "2"));
  this->commit(private_message("alice", "carol", "3"));
  this->commit(private_message("alice", "alice", "4"));
  this->say("5");
  EXPECT_EQ(texts(this->between("alice", "bob").events), (Lines{"1", "2"}));
  EXPECT_EQ(texts(this->between("bob", "alice").events), (Lines{"1", "2"}));
  EXPECT_EQ(texts(this->between("carol", "alice").events), (Lines{"3"}));
  EXPECT_EQ(texts(this->between("alice", "alice").events), (Lines{"4"}));
  EXPECT_TRUE(this->between("bob", "carol").events.empty());
  EXPECT_TRUE(this->between("bob", "bob").events.empty());
  EXPECT_TRUE(this->between("bob", "").events.empty());
}

TYPED_TEST_P(EventLogContract, TellsARoomFromAUserOfTheSameName) {
  this->open();
  this->say("in the room", "bob");
  this->commit(private_message("alice", "bob", "to the user"));
  EXPECT_EQ(texts(this->of_room("bob").events), (Lines{"in the room"}));
  EXPECT_EQ(texts(this->between("alice", "bob").events), (Lines{"to the user"}));
}

TYPED_TEST_P(EventLogContract, KeepsNoNewsInTheHistory) {
  this->open();
  auto news = make_ref<Event>();
  news->kind = EventKind::kSystem;
  news->room = "lobby";
  news->changes = {{"bob", true}};
  this->commit(news);
  this->say("hi");
  EXPECT_EQ(texts(this->of_room("lobby").events), (Lines{"hi"}));
}

TYPED_TEST_P(EventLogContract, GivesTheNewestUpToTheLimitAndSaysThatThereIsMore) {
  this->open();
  for (int i = 1; i <= 5; ++i) this->say(std::to_string(i));
  const History two = this->of_room("lobby", 2);
  EXPECT_EQ(texts(two.events), (Lines{"4", "5"}));
  EXPECT_TRUE(two.more);
  const History five = this->of_room("lobby", 5);
  EXPECT_EQ(five.events.size(), 5U);
  EXPECT_FALSE(five.more) << "just all of them";
  EXPECT_FALSE(this->of_room("lobby", 100).more);
}

TYPED_TEST_P(EventLogContract, PagesBackwardsThroughTheHistory) {
  this->open();
  for (int i = 1; i <= 5; ++i) {
    this->commit(private_message("alice", "bob", std::to_string(i)));
    this->say("between them");
  }
  const History last = this->between("bob", "alice", 2);
  EXPECT_EQ(texts(last.events), (Lines{"4", "5"}));
  const History middle = this->between("bob", "alice", 2, last.events[0]->position);
  EXPECT_EQ(texts(middle.events), (Lines{"2", "3"}));
  EXPECT_TRUE(middle.more);
  const History first = this->between("bob", "alice", 2, middle.events[0]->position);
  EXPECT_EQ(texts(first.events), (Lines{"1"}));
  EXPECT_FALSE(first.more);
  EXPECT_TRUE(this->between("bob", "alice", 2, first.events[0]->position).events.empty());
}

TYPED_TEST_P(EventLogContract, GivesWhatIsOlderThanAPositionOfAnotherConversation) {
  this->open();
  this->say("1");
  const EventPtr elsewhere = this->say("2", "kitchen");
  this->say("3");
  EXPECT_EQ(texts(this->of_room("lobby", 50, elsewhere->position).events), (Lines{"1"}));
}

TYPED_TEST_P(EventLogContract, GivesNothingOlderThanAPositionOfAnotherEpoch) {
  this->open();
  this->say("1");
  const Position foreign{this->log->end().epoch + 1, 100};
  EXPECT_TRUE(this->of_room("lobby", 50, foreign).events.empty());
}

TYPED_TEST_P(EventLogContract, MayBeReadWhileItIsAppendedTo) {
  this->open();
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    std::uint64_t end = 0;
    while (!stop) {
      EXPECT_GE(this->log->end().offset, end);
      end = this->log->end().offset;
      const auto events = this->of_room("lobby", 10).events;
      for (std::size_t i = 1; i < events.size(); ++i) {
        EXPECT_EQ(events[i]->position.offset, events[i - 1]->position.offset + 1);
      }
    }
  });
  for (int i = 0; i < 500; ++i) this->say("hi");
  stop = true;
  reader.join();
}

REGISTER_TYPED_TEST_SUITE_P(EventLogContract, BeginsEmpty, CountsPositionsFromOne, FillsInTheTime,
                            NeverGivesAnEarlierTimeThanBefore, KeepsEveryFieldOfAnEvent,
                            GivesEveryEventToTheSinkAndThenToDone, TakesNoDoneForNobodyCares,
                            PutsTheEventsOfManyThreadsIntoOneOrder,
                            MayBeAppendedToFromWithinItsSink, MayBeAppendedToAndReadFromWithinDone,
                            TakesANewEpochEachTimeItStartsEmpty, GivesTheHistoryOfARoomOldestFirst,
                            GivesTheHistoryOfTwoUsersInBothDirections,
                            TellsARoomFromAUserOfTheSameName, KeepsNoNewsInTheHistory,
                            GivesTheNewestUpToTheLimitAndSaysThatThereIsMore,
                            PagesBackwardsThroughTheHistory,
                            GivesWhatIsOlderThanAPositionOfAnotherConversation,
                            GivesNothingOlderThanAPositionOfAnotherEpoch,
                            MayBeReadWhileItIsAppendedTo);

}  // namespace encke
