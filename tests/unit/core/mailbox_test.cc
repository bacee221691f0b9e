#include "core/mailbox.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <latch>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "support/counting_reader.h"
#include "support/events.h"
#include "support/fake_clock.h"

namespace encke {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kEpoch = 7;
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

Position at(std::uint64_t offset) { return {kEpoch, offset}; }

/// A mailbox on an empty log, and the wakes it asks for.
struct Box {
  explicit Box(MailboxLimits l = {}, Position floor = at(0))
      : limits(l), box(make_ref<Mailbox>(limits, floor, clock.now())) {}
  ~Box() {
    for (const auto& reader : entered) box->leave(*reader, clock.now());
  }

  /// Pushes the events from `first` to `last`, whose texts are their offsets.
  void fill(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i <= last; ++i) push(i);
  }
  void push(std::uint64_t offset) {
    box->push(message_at(at(offset), std::to_string(offset), clock.wall_now()), wakes);
    wakes.run();
  }
  Ref<CountingReader> enter(std::uint64_t name = 0, std::uint64_t session = 0) {
    auto reader = make_ref<CountingReader>(name, session);
    box->enter(*reader, clock.now(), wakes);
    wakes.run();
    entered.push_back(reader);
    return reader;
  }
  /// Arms a reader that has nothing to read.
  void arm(Reader& reader, Position cursor = at(0)) {
    const Batch batch = read_or_arm(reader, cursor);
    EXPECT_TRUE(batch.nothing());
  }
  Batch read(Position cursor, std::size_t limit = kAll) {
    Batch batch;
    box->read(cursor, limit, batch);
    return batch;
  }
  Batch read_or_arm(Reader& reader, Position cursor, std::size_t limit = kAll) {
    Batch batch;
    box->read_or_arm(reader, cursor, limit, batch);
    return batch;
  }
  Batch read_and_arm(Reader& reader, Position cursor, std::size_t limit = kAll) {
    Batch batch;
    box->read_and_arm(reader, cursor, limit, batch);
    return batch;
  }
  Ending ending(Reader& reader) { return read_or_arm(reader, at(1000)).ending; }
  void end_readers(Ending why) {
    box->end_readers(why, wakes);
    wakes.run();
  }
  void close() {
    auto last = make_ref<Event>();
    last->kind = EventKind::kNouser;
    last->text = "nouser";
    box->close(last, wakes);
    wakes.run();
  }

  MailboxLimits limits;  // before the mailbox, which refers to them
  FakeClock clock;
  WakeList wakes;
  MailboxPtr box;
  std::vector<ReaderPtr> entered;
};

// --- Reading ---

TEST(Mailbox, GivesWhatFollowsTheCursorInOrder) {
  Box b;
  b.fill(1, 3);
  EXPECT_EQ(texts(b.read(at(0)).events), (Lines{"1", "2", "3"}));
  EXPECT_EQ(texts(b.read(at(2)).events), (Lines{"3"}));
  EXPECT_EQ(texts(b.read(at(0)).events), (Lines{"1", "2", "3"})) << "reading removes nothing";
}

TEST(Mailbox, SaysWhereToGoOnReading) {
  Box b;
  EXPECT_EQ(b.read(at(0)).next, at(0)) << "nothing yet";
  b.fill(1, 5);
  EXPECT_EQ(b.read(at(0)).next, at(5));
  EXPECT_EQ(b.read(at(0), 2).next, at(2)) << "cut by the limit";
  EXPECT_EQ(b.read(at(3)).next, at(5));
  EXPECT_EQ(b.read(at(5)).next, at(5)) << "nothing more";
  EXPECT_TRUE(b.read(at(5)).nothing());
}

TEST(Mailbox, GivesEachEventOnceToAReaderThatFollowsNext) {
  Box b;
  b.fill(1, 10);
  Lines all;
  Position cursor = at(0);
  for (Batch batch = b.read(cursor, 3); !batch.nothing(); batch = b.read(cursor, 3)) {
    EXPECT_LE(batch.events.size(), 3U);
    for (const auto& text : texts(batch.events)) all.push_back(text);
    cursor = batch.next;
  }
  EXPECT_EQ(all, (Lines{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}));
}

TEST(Mailbox, ReadsAcrossPositionsThatWereForOthers) {
  Box b;
  for (const std::uint64_t offset : {3, 7, 20}) b.push(offset);
  EXPECT_EQ(texts(b.read(at(0)).events), (Lines{"3", "7", "20"}));
  EXPECT_EQ(texts(b.read(at(5)).events), (Lines{"7", "20"}));
  EXPECT_EQ(texts(b.read(at(7)).events), (Lines{"20"}));
  EXPECT_EQ(b.read(at(30)).next, at(30)) << "the log went on without this user";
}

TEST(Mailbox, OverwritesTheBatchItIsGiven) {
  Box b;
  b.fill(1, 2);
  Batch batch;
  b.box->read(at(0), kAll, batch);
  b.box->read(at(1), kAll, batch);
  EXPECT_EQ(texts(batch.events), (Lines{"2"}));
}

// --- Bounds and gaps ---

TEST(Mailbox, KeepsTheNewestEventsUpToTheLimit) {
  Box b({.max_events = 3});
  b.fill(1, 5);
  EXPECT_EQ(b.box->size(), 3U);
  EXPECT_EQ(texts(b.read(at(2)).events), (Lines{"3", "4", "5"}));
}

TEST(Mailbox, KeepsEverythingWhenALimitIsZero) {
  Box b({.max_events = 0, .max_age = milliseconds(0)});
  b.fill(1, 5000);
  b.clock.advance(std::chrono::hours(1000));
  b.box->expire(b.clock.wall_now());
  EXPECT_EQ(b.box->size(), 5000U);
}

TEST(Mailbox, LetsGoOfWhatIsOlderThanTheLimit) {
  Box b({.max_age = milliseconds(1000)});
  b.push(1);
  b.clock.advance(milliseconds(600));
  b.push(2);
  b.clock.advance(milliseconds(400));
  b.box->expire(b.clock.wall_now());
  EXPECT_EQ(texts(b.read(at(0)).events), (Lines{"1", "2"})) << "just as old as it may be";
  b.clock.advance(milliseconds(1));
  b.box->expire(b.clock.wall_now());
  EXPECT_EQ(texts(b.read(at(0)).events), (Lines{"gap", "2"}));
}

TEST(Mailbox, LetsGoOfWhatIsTooOldWhenSomethingComes) {
  Box b({.max_age = milliseconds(1000)});
  b.push(1);
  b.clock.advance(milliseconds(1001));
  b.push(2);
  EXPECT_EQ(texts(b.read(at(0)).events), (Lines{"gap", "2"}));
}

TEST(Mailbox, AnswersAnOldCursorWithAGap) {
  Box b({.max_events = 3});
  b.fill(1, 5);
  const Batch batch = b.read(at(1));
  EXPECT_EQ(texts(batch.events), (Lines{"gap", "3", "4", "5"}));
  EXPECT_EQ(batch.events[0]->after, at(1));
  EXPECT_EQ(batch.events[0]->oldest, at(2));
  EXPECT_EQ(batch.next, at(5));
  EXPECT_EQ(texts(b.read(batch.events[0]->oldest).events), (Lines{"3", "4", "5"}))
      << "reading after `oldest` gives everything that is kept";
}

TEST(Mailbox, AnswersNoGapToACursorThatMissedNothing) {
  Box b({.max_events = 3});
  b.fill(1, 5);
  EXPECT_EQ(texts(b.read(at(2)).events), (Lines{"3", "4", "5"})) << "2 was the last to be dropped";
}

TEST(Mailbox, AnswersAGapEvenIfNothingIsKept) {
  Box b({.max_age = milliseconds(1)});
  b.fill(1, 3);
  b.clock.advance(milliseconds(10));
  b.box->expire(b.clock.wall_now());
  const Batch batch = b.read(at(1));
  EXPECT_EQ(texts(batch.events), (Lines{"gap"}));
  EXPECT_EQ(batch.next, at(3));
  EXPECT_TRUE(b.read(batch.next).nothing()) << "a gap is told once";
}

TEST(Mailbox, AnswersACursorFromBeforeTheUserCameWithAGap) {
  Box b({}, at(100));
  EXPECT_EQ(texts(b.read(at(99)).events), (Lines{"gap"}));
  EXPECT_TRUE(b.read(at(100)).nothing());
}

TEST(Mailbox, AnswersACursorOfAnotherEpochWithAGapAndAllThereIs) {
  Box b;
  b.fill(1, 2);
  for (const Position foreign : {Position{kEpoch + 1, 1}, Position{kEpoch - 1, 5000}, Position{}}) {
    const Batch batch = b.read(foreign);
    EXPECT_EQ(texts(batch.events), (Lines{"gap", "1", "2"}));
    EXPECT_EQ(batch.events[0]->after, foreign);
    EXPECT_EQ(batch.next, at(2));
  }
}

TEST(Mailbox, SaysFromWhereEverythingIsKept) {
  Box b({.max_events = 3}, at(10));
  EXPECT_EQ(b.box->earliest(), at(10)) << "where the user came";
  b.fill(11, 15);
  EXPECT_EQ(b.box->earliest(), at(12));
  EXPECT_EQ(texts(b.read(b.box->earliest()).events), (Lines{"13", "14", "15"})) << "without a gap";
}

TEST(Mailbox, CountsTheEventsBehindAGapAgainstTheLimit) {
  Box b({.max_events = 3});
  b.fill(1, 5);
  const Batch batch = b.read(at(0), 2);
  EXPECT_EQ(texts(batch.events), (Lines{"gap", "3", "4"}));
  EXPECT_EQ(batch.next, at(4));
}

// --- Readers that leave a waker ---

TEST(Mailbox, WakesAnArmedReaderOnce) {
  Box b;
  const auto reader = b.enter();
  b.arm(*reader);
  b.fill(1, 3);
  EXPECT_EQ(reader->wakes, 1);
  EXPECT_EQ(texts(b.read_or_arm(*reader, at(0)).events), (Lines{"1", "2", "3"}));
  b.push(4);
  EXPECT_EQ(reader->wakes, 1) << "it was given something, and so was not armed again";
}

TEST(Mailbox, WakesNobodyWhoIsNotArmed) {
  Box b;
  const auto reader = b.enter();
  b.push(1);
  EXPECT_EQ(reader->wakes, 0);
}

TEST(Mailbox, DoesNotArmAReaderThatHasSomethingToRead) {
  Box b;
  b.push(1);
  const auto reader = b.enter();
  EXPECT_EQ(texts(b.read_or_arm(*reader, at(0)).events), (Lines{"1"}));
  b.push(2);
  EXPECT_EQ(reader->wakes, 0);
}

TEST(Mailbox, DoesNotWakeAReaderForWhatItsCursorHasPassed) {
  Box b;
  const auto reader = b.enter();
  b.arm(*reader, at(5));
  b.push(5);
  EXPECT_EQ(reader->wakes, 0);
  b.push(6);
  EXPECT_EQ(reader->wakes, 1);
}

TEST(Mailbox, WakesEveryReaderForTheSameEvent) {
  Box b;
  const auto one = b.enter();
  const auto two = b.enter();
  b.arm(*one);
  b.arm(*two);
  b.push(1);
  EXPECT_EQ(one->wakes, 1);
  EXPECT_EQ(two->wakes, 1);
}

TEST(Mailbox, ArmsAStreamThatHasReadEverything) {
  Box b;
  b.push(1);
  const auto stream = b.enter();
  EXPECT_EQ(texts(b.read_and_arm(*stream, at(0)).events), (Lines{"1"}));
  b.push(2);
  EXPECT_EQ(stream->wakes, 1);
  EXPECT_EQ(texts(b.read_and_arm(*stream, at(1)).events), (Lines{"2"}));
  b.fill(3, 4);
  EXPECT_EQ(stream->wakes, 2);
}

TEST(Mailbox, DoesNotArmAStreamThatHasMoreToReadAtOnce) {
  Box b;
  b.fill(1, 3);
  const auto stream = b.enter();
  EXPECT_EQ(b.read_and_arm(*stream, at(0), 2).next, at(2));
  b.push(4);
  EXPECT_EQ(stream->wakes, 0) << "it comes back by itself";
}

TEST(Mailbox, DoesNotWakeAReaderThatLeft) {
  Box b;
  const auto reader = b.enter();
  b.arm(*reader);
  b.box->leave(*reader, b.clock.now());
  b.push(1);
  EXPECT_EQ(reader->wakes, 0);
}

TEST(Mailbox, ForgetsReadersWhoeverLeavesFirstAndHoweverOften) {
  Box b;
  const auto one = b.enter();
  const auto two = b.enter();
  const auto three = b.enter();
  for (const auto& reader : {one, two, three}) b.arm(*reader);
  b.box->leave(*two, b.clock.now());
  b.box->leave(*two, b.clock.now());
  b.push(1);
  EXPECT_EQ(one->wakes, 1);
  EXPECT_EQ(two->wakes, 0);
  EXPECT_EQ(three->wakes, 1);
  b.box->leave(*one, b.clock.now());
  b.box->leave(*three, b.clock.now());
  EXPECT_FALSE(b.box->liveness().reading);
}

// --- Superseding ---

TEST(Mailbox, EndsAnOlderReaderOfTheSameName) {
  Box b;
  const auto older = b.enter(1);
  const auto other = b.enter(2);
  const auto nameless = b.enter(0);
  for (const auto& reader : {older, other, nameless}) b.arm(*reader);
  const auto newer = b.enter(1);
  EXPECT_EQ(older->wakes, 1);
  EXPECT_EQ(b.ending(*older), Ending::kSuperseded);
  for (const auto& reader : {other, nameless, newer}) {
    EXPECT_EQ(reader->wakes, 0);
    EXPECT_EQ(b.ending(*reader), Ending::kNone);
  }
}

TEST(Mailbox, NeverEndsAReaderForHavingNoNameEither) {
  Box b;
  const auto one = b.enter(0);
  const auto two = b.enter(0);
  EXPECT_EQ(b.ending(*one), Ending::kNone);
  EXPECT_EQ(b.ending(*two), Ending::kNone);
}

TEST(Mailbox, AnswersTheOldestReaderWhenThereAreTooMany) {
  Box b({.max_readers = 2});
  const auto one = b.enter();
  b.arm(*one);
  const auto two = b.enter();
  EXPECT_EQ(b.ending(*one), Ending::kNone);
  const auto three = b.enter();
  EXPECT_EQ(one->wakes, 1);
  EXPECT_EQ(b.ending(*one), Ending::kSuperseded);
  EXPECT_EQ(b.ending(*two), Ending::kNone);
  EXPECT_EQ(b.ending(*three), Ending::kNone);
}

TEST(Mailbox, CountsOnlyReadersThatGoOnAgainstTheLimit) {
  Box b({.max_readers = 2});
  const auto other = b.enter(2);
  const auto older = b.enter(1);
  const auto newer = b.enter(1);  // instead of the one before
  EXPECT_EQ(b.ending(*older), Ending::kSuperseded);
  EXPECT_EQ(b.ending(*other), Ending::kNone);
  const auto newest = b.enter(1);
  EXPECT_EQ(b.ending(*newer), Ending::kSuperseded);
  EXPECT_EQ(b.ending(*other), Ending::kNone);
  EXPECT_EQ(b.ending(*newest), Ending::kNone);
}

TEST(Mailbox, CountsNoReaderThatIsToEndAgainstTheLimit) {
  Box b({.max_readers = 2});
  const auto oldest = b.enter(1, 10);
  const auto ended = b.enter(2, 20);
  b.box->end_session(20, b.wakes);
  const auto newest = b.enter(3, 10);
  EXPECT_EQ(b.ending(*oldest), Ending::kNone) << "two go on";
  EXPECT_EQ(b.ending(*ended), Ending::kClosed);
  EXPECT_EQ(b.ending(*newest), Ending::kNone);
}

TEST(Mailbox, TakesAnyNumberOfReadersWhenTheLimitIsZero) {
  Box b({.max_readers = 0});
  const auto first = b.enter();
  for (int i = 0; i < 100; ++i) (void)b.enter();
  EXPECT_EQ(b.ending(*first), Ending::kNone);
}

TEST(Mailbox, GivesASupersededReaderWhatThereIsAsWell) {
  Box b;
  const auto older = b.enter(1);
  const auto newer = b.enter(1);
  b.push(1);
  const Batch batch = b.read_or_arm(*older, at(0));
  EXPECT_EQ(batch.ending, Ending::kSuperseded);
  EXPECT_EQ(texts(batch.events), (Lines{"1"}));
}

// --- Ending ---

TEST(Mailbox, EndsEveryReader) {
  Box b;
  const auto one = b.enter(1, 10);
  const auto two = b.enter(2, 20);
  b.arm(*one);
  b.arm(*two);
  b.end_readers(Ending::kDraining);
  EXPECT_EQ(one->wakes, 1);
  EXPECT_EQ(two->wakes, 1);
  EXPECT_EQ(b.ending(*one), Ending::kDraining);
  EXPECT_EQ(b.ending(*two), Ending::kDraining);
}

TEST(Mailbox, EndsAReaderThatEntersAfterTheEnd) {
  Box b;
  b.end_readers(Ending::kClosed);
  const auto late = b.enter();
  EXPECT_EQ(b.ending(*late), Ending::kClosed) << "or it would be held for nothing";
}

TEST(Mailbox, EndsTheReadersOfOneSession) {
  Box b;
  const auto mine = b.enter(1, 10);
  const auto also_mine = b.enter(2, 10);
  const auto other = b.enter(3, 20);
  for (const auto& reader : {mine, also_mine, other}) b.arm(*reader);
  b.box->end_session(10, b.wakes);
  b.wakes.run();
  EXPECT_EQ(mine->wakes, 1);
  EXPECT_EQ(also_mine->wakes, 1);
  EXPECT_EQ(other->wakes, 0);
  EXPECT_EQ(b.ending(*mine), Ending::kClosed);
  EXPECT_EQ(b.ending(*other), Ending::kNone);
}

TEST(Mailbox, KeepsTheFirstReasonToEnd) {
  Box b;
  const auto older = b.enter(1);
  const auto newer = b.enter(1);
  b.end_readers(Ending::kDraining);
  EXPECT_EQ(b.ending(*older), Ending::kSuperseded);
  EXPECT_EQ(b.ending(*newer), Ending::kDraining);
}

TEST(Mailbox, DoesNotArmAReaderThatIsToEnd) {
  Box b;
  const auto older = b.enter(1);
  const auto newer = b.enter(1);
  EXPECT_EQ(b.read_or_arm(*older, at(0)).ending, Ending::kSuperseded);
  EXPECT_EQ(b.read_and_arm(*older, at(0)).ending, Ending::kSuperseded);
  b.push(1);
  EXPECT_EQ(older->wakes, 0);
}

TEST(Mailbox, GivesTheLastEventWhenItIsClosed) {
  Box b;
  const auto reader = b.enter();
  b.arm(*reader);
  b.close();
  EXPECT_EQ(reader->wakes, 1);
  const Batch batch = b.read_or_arm(*reader, at(0));
  EXPECT_EQ(texts(batch.events), (Lines{"nouser"}));
  EXPECT_TRUE(batch.closed);
  EXPECT_EQ(batch.next, at(0)) << "what has no position moves no cursor";
}

TEST(Mailbox, GivesTheLastEventBehindAllTheOthers) {
  Box b;
  b.fill(1, 3);
  b.close();
  const Batch first = b.read(at(0), 2);
  EXPECT_EQ(texts(first.events), (Lines{"1", "2"}));
  EXPECT_FALSE(first.closed) << "there is more";
  const Batch second = b.read(first.next, 2);
  EXPECT_EQ(texts(second.events), (Lines{"3", "nouser"}));
  EXPECT_TRUE(second.closed);
  EXPECT_EQ(second.next, at(3));
}

TEST(Mailbox, GivesTheLastEventToWhoeverComesLate) {
  Box b;
  b.close();
  const auto late = b.enter();
  EXPECT_TRUE(b.read_or_arm(*late, at(0)).closed);
  EXPECT_TRUE(b.read_and_arm(*late, at(0)).closed);
}

TEST(Mailbox, TakesNothingMoreOnceItIsClosed) {
  Box b;
  b.push(1);
  b.close();
  b.push(2);
  EXPECT_EQ(texts(b.read(at(0)).events), (Lines{"1", "nouser"}));
}

// --- Readers that block ---

TEST(Mailbox, ReturnsAtOnceFromAWaitThatHasSomething) {
  Box b;
  b.push(1);
  const auto reader = b.enter();
  Batch batch;
  b.box->wait(*reader, at(0), kAll, TimePoint::max(), batch);
  EXPECT_EQ(texts(batch.events), (Lines{"1"}));
}

TEST(Mailbox, ReturnsAtOnceFromAWaitWhoseDeadlineHasPassed) {
  Box b;
  const auto reader = b.enter();
  Batch batch;
  b.box->wait(*reader, at(0), kAll, std::chrono::steady_clock::now() - milliseconds(1), batch);
  EXPECT_TRUE(batch.nothing());
  EXPECT_EQ(batch.next, at(0));
}

/// Waits on a thread while this one does `happen`. Both orders are right, and no test can tell
/// whether the wait had begun; so it is done many times.
template <class Happen>
void while_waiting(Happen happen, void (*expect)(const Batch&)) {
  for (int round = 0; round < 100; ++round) {
    Box b;
    const auto reader = b.enter(1, 10);
    std::latch started(1);
    Batch batch;
    std::thread waiter([&] {
      started.count_down();
      b.box->wait(*reader, at(0), kAll, TimePoint::max(), batch);
    });
    started.wait();
    if (round % 2 == 0) std::this_thread::yield();
    happen(b);
    waiter.join();
    expect(batch);
  }
}

TEST(Mailbox, WakesABlockedReaderWhenSomethingComes) {
  while_waiting([](Box& b) { b.push(1); },
                [](const Batch& batch) { EXPECT_EQ(texts(batch.events), (Lines{"1"})); });
}

TEST(Mailbox, WakesABlockedReaderThatIsSuperseded) {
  while_waiting([](Box& b) { (void)b.enter(1); },
                [](const Batch& batch) { EXPECT_EQ(batch.ending, Ending::kSuperseded); });
}

TEST(Mailbox, WakesABlockedReaderWhenItsSessionEnds) {
  while_waiting([](Box& b) { b.box->end_session(10, b.wakes); },
                [](const Batch& batch) { EXPECT_EQ(batch.ending, Ending::kClosed); });
}

TEST(Mailbox, WakesABlockedReaderWhenTheServerGoesAway) {
  while_waiting([](Box& b) { b.end_readers(Ending::kDraining); },
                [](const Batch& batch) { EXPECT_EQ(batch.ending, Ending::kDraining); });
}

TEST(Mailbox, WakesABlockedReaderWhenItIsClosed) {
  while_waiting([](Box& b) { b.close(); }, [](const Batch& batch) { EXPECT_TRUE(batch.closed); });
}

TEST(Mailbox, LosesNothingBetweenManyWritersAndReadersOfBothKinds) {
  // Positions have to grow, so one thread pushes; two block, and one polls, and all see everything.
  constexpr std::uint64_t kEvents = 2000;
  Box b({.max_events = 0});
  const auto follow = [&](auto read) {
    const auto reader = make_ref<CountingReader>();
    WakeList wakes;
    b.box->enter(*reader, b.clock.now(), wakes);
    Position cursor = at(0);
    std::uint64_t expected = 1;
    while (cursor.offset < kEvents) {
      Batch batch;
      read(*reader, cursor, batch);
      for (const EventPtr& event : batch.events) ASSERT_EQ(event->position.offset, expected++);
      cursor = batch.next;
    }
    b.box->leave(*reader, b.clock.now());
  };
  const auto block = [&](Reader& reader, Position cursor, Batch& batch) {
    b.box->wait(reader, cursor, 7, TimePoint::max(), batch);
  };
  std::thread one([&] { follow(block); });
  std::thread two([&] { follow(block); });
  std::thread poll([&] {
    follow([&](Reader& reader, Position cursor, Batch& batch) {
      b.box->read_or_arm(reader, cursor, 5, batch);
      if (batch.nothing()) std::this_thread::yield();
    });
  });
  WakeList wakes;
  for (std::uint64_t i = 1; i <= kEvents; ++i) {
    b.box->push(message_at(at(i)), wakes);
    wakes.run();
  }
  for (std::thread* thread : {&one, &two, &poll}) thread->join();
}

// --- Presence ---

TEST(Mailbox, RemembersWhenItsUserWasSeenAndSpoke) {
  Box b;
  const TimePoint start = b.clock.now();
  EXPECT_EQ(b.box->liveness().last_seen, start);
  EXPECT_EQ(b.box->liveness().last_spoke, start);

  b.box->seen(start + milliseconds(1));
  EXPECT_EQ(b.box->liveness().last_seen, start + milliseconds(1));
  EXPECT_EQ(b.box->liveness().last_spoke, start);

  b.box->spoke(start + milliseconds(2));
  EXPECT_EQ(b.box->liveness().last_seen, start + milliseconds(2));
  EXPECT_EQ(b.box->liveness().last_spoke, start + milliseconds(2));
}

TEST(Mailbox, CountsItsUserAsReadingFromEnteringToLeaving) {
  Box b;
  EXPECT_FALSE(b.box->liveness().reading);
  b.clock.advance(milliseconds(5));
  const auto reader = b.enter();
  EXPECT_TRUE(b.box->liveness().reading);
  EXPECT_EQ(b.box->liveness().last_seen, b.clock.now());
  b.clock.advance(milliseconds(5));
  b.box->leave(*reader, b.clock.now());
  EXPECT_FALSE(b.box->liveness().reading);
  EXPECT_EQ(b.box->liveness().last_seen, b.clock.now()) << "it was live until it left";
}

}  // namespace
}  // namespace encke
