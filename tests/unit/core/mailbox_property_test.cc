// A mailbox beside a model of one, a plain list of events, in random steps.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "core/mailbox.h"
#include "support/counting_reader.h"
#include "support/events.h"
#include "support/past_log.h"
#include "support/schedule.h"

namespace encke {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kEpoch = 7;

Position at(std::uint64_t offset) { return {kEpoch, offset}; }

/// What a reader should be like.
struct ModelReader {
  Ref<CountingReader> real;
  std::uint64_t name = 0;
  std::uint64_t session = 0;
  bool armed = false;
  std::uint64_t cursor = 0;
  Ending ending = Ending::kNone;
  int wakes = 0;

  void wake() {
    wakes += armed ? 1 : 0;
    armed = false;
  }
  void end(Ending why) {
    if (ending != Ending::kNone) return;
    ending = why;
    wake();
  }
};

/// The mailbox, and everything that was ever pushed into it.
class Model {
 public:
  Model(Schedule& schedule, bool has_past) : s_(schedule), has_past_(has_past), log_(kEpoch) {
    limits_.max_events = s_.below(4) == 0 ? 0 : 1 + s_.below(12);
    limits_.max_age = milliseconds(s_.below(3) == 0 ? 0 : 50);
    limits_.max_readers = s_.below(5);
    box_ = make_ref<Mailbox>(limits_, at(0), TimePoint{});
    if (has_past_) box_->recall_from(log_, Owed{"bob", at(0), {}});
  }
  ~Model() {
    for (auto& reader : readers_) box_->leave(*reader.real, {});
  }

  void step() {
    switch (s_.below(10)) {
      case 0:
      case 1:
      case 2:
        return push();
      case 3:
        now_ += milliseconds(s_.note("expire after ms", s_.below(40)));
        box_->expire(now_);
        return drop();
      case 4:
        return enter();
      case 5:
        return leave();
      case 6:
        return end();
      case 7:
        // The log lets go of its past, of which the mailbox is told nothing.
        return log_.let_go(s_.note("log lets go to", s_.below(end_ + 1)));
      default:
        return read();
    }
  }

  void close() {
    s_.note("close", 0);
    auto last = make_ref<Event>();
    last->kind = EventKind::kNouser;
    box_->close(last, wakes_);
    wakes_.run();
    closed_ = true;
    for (auto& reader : readers_) reader.wake();
  }

  void compare() {
    ASSERT_EQ(box_->floor(), at(floor_)) << s_;
    ASSERT_EQ(box_->earliest(), at(earliest())) << s_;
    ASSERT_EQ(box_->liveness().reading, !readers_.empty()) << s_;
    for (const auto& reader : readers_) {
      ASSERT_EQ(reader.real->wakes, reader.wakes) << s_ << " reader " << reader.name;
    }
  }

 private:
  void push() {
    end_ += 1 + s_.below(3);  // what lies between is for others
    s_.note("push", end_);
    const auto event = message_at(at(end_), std::to_string(end_), now_);
    log_.add(event);
    box_->push(event, wakes_);
    wakes_.run();
    if (closed_) return;  // nothing comes any more
    events_.push_back(event);
    drop();
    for (auto& reader : readers_) {
      if (end_ > reader.cursor) reader.wake();
    }
  }

  /// What count and age drop; the floor is the last of that.
  void drop() {
    const auto is_old = [&](const EventPtr& event) {
      return limits_.max_age.count() != 0 && event->time + limits_.max_age < now_;
    };
    const auto kept = [&] {
      return std::count_if(events_.begin(), events_.end(),
                           [&](const EventPtr& event) { return event->position.offset > floor_; });
    };
    for (const EventPtr& event : events_) {
      if (event->position.offset <= floor_) continue;
      const bool too_many =
          limits_.max_events != 0 && static_cast<std::size_t>(kept()) > limits_.max_events;
      if (!is_old(event) && !too_many) break;
      floor_ = event->position.offset;
    }
  }

  void enter() {
    ModelReader reader;
    reader.name = s_.note("enter", s_.below(3));
    reader.session = s_.below(3);
    reader.real = make_ref<CountingReader>(reader.name, reader.session);
    reader.ending = ended_;
    box_->enter(*reader.real, {}, wakes_);
    wakes_.run();
    std::size_t living = 1;
    for (auto other = readers_.rbegin(); other != readers_.rend(); ++other) {
      if (other->ending != Ending::kNone) continue;
      const bool same = reader.name != 0 && other->name == reader.name;
      if (same || (limits_.max_readers != 0 && living == limits_.max_readers)) {
        other->end(Ending::kSuperseded);
      } else {
        ++living;
      }
    }
    readers_.push_back(reader);
  }

  void leave() {
    if (readers_.empty()) return;
    const auto which = static_cast<std::ptrdiff_t>(s_.note("leave", s_.below(readers_.size())));
    box_->leave(*readers_[static_cast<std::size_t>(which)].real, {});
    readers_.erase(readers_.begin() + which);
  }

  void end() {
    if (s_.chance(90)) {
      const std::uint64_t session = s_.note("end session", s_.below(3));
      box_->end_session(session, wakes_);
      for (auto& reader : readers_) {
        if (reader.session == session) reader.end(Ending::kClosed);
      }
    } else if (s_.chance(10)) {
      s_.note("end all", 0);
      ended_ = Ending::kDraining;
      box_->end_readers(ended_, wakes_);
      for (auto& reader : readers_) reader.end(ended_);
    }
    wakes_.run();
  }

  /// In one of the four ways.
  void read() {
    Position cursor = at(s_.note("read after", s_.below(end_ + 2)));
    if (s_.chance(5)) cursor.epoch = kEpoch + 1;
    const std::size_t limit =
        s_.chance(50) ? std::numeric_limits<std::size_t>::max() : 1 + s_.below(5);
    Batch batch;
    ModelReader* reader = nullptr;
    std::size_t way = 0;
    if (!readers_.empty()) {
      way = s_.below(4);
      reader = &readers_[s_.below(readers_.size())];
    }
    const bool was_armed = reader != nullptr && reader->armed;
    if (way == 0) box_->read(cursor, limit, batch);
    if (way == 1) box_->read_or_arm(*reader->real, cursor, limit, batch);
    if (way == 2) box_->read_and_arm(*reader->real, cursor, limit, batch);
    if (way == 3) box_->wait(*reader->real, cursor, limit, TimePoint{}, batch);
    check(cursor, limit, batch);
    if (way == 0) return;
    ASSERT_EQ(batch.ending, reader->ending) << s_;
    if (way == 3) return;
    const bool more = floor_ < last() && batch.next.offset < last();
    const bool arms =
        way == 1 ? batch.nothing() : !more && batch.ending == Ending::kNone && !batch.closed;
    reader->armed = arms || (way == 1 && was_armed);
    if (arms || way == 2) reader->cursor = batch.next.offset;
  }

  /// The ring may have what the log has let go of.
  std::uint64_t earliest() const {
    return has_past_ ? std::min(log_.oldest().offset, floor_) : floor_;
  }
  std::uint64_t last() const { return events_.empty() ? 0 : events_.back()->position.offset; }

  void check(Position cursor, std::size_t limit, const Batch& batch) {
    Lines expected;
    Position next = cursor;
    const bool behind = cursor.epoch == kEpoch && cursor.offset < floor_;
    const bool foreign = cursor.epoch != kEpoch;
    const std::uint64_t from = foreign ? floor_ : earliest();
    std::size_t room = limit;
    if (foreign || (behind && cursor.offset < from)) {
      expected.emplace_back("gap");
      next = at(from);
      // Of the log's past a gap is one of those asked for; of the ring's it comes besides.
      if (has_past_ && !foreign) --room;
      EXPECT_EQ(batch.events.empty() ? at(0) : batch.events[0]->oldest, at(from)) << s_;
    }
    std::size_t left = 0;
    const std::uint64_t start = next.offset;
    for (const EventPtr& event : events_) {
      if (event->position.offset <= start) continue;
      if (room == 0) {
        ++left;
        continue;
      }
      --room;
      expected.push_back(event->text);
      next = event->position;
    }
    if (has_past_ && room > 0 && next.epoch == kEpoch && next.offset < floor_) next = at(floor_);
    if (batch.closed) expected.emplace_back("");
    EXPECT_EQ(texts(batch.events), expected) << s_;
    EXPECT_EQ(batch.next, next) << s_;
    EXPECT_TRUE(!batch.closed || (closed_ && left == 0)) << s_;
    EXPECT_TRUE(batch.closed || !closed_ || left != 0 || room == 0) << s_;
  }

  Schedule& s_;
  const bool has_past_;
  MailboxLimits limits_;
  PastLog log_;
  MailboxPtr box_;
  WakeList wakes_;
  WallTime now_{milliseconds(1000)};
  std::uint64_t end_ = 0;
  std::uint64_t floor_ = 0;
  bool closed_ = false;
  Ending ended_ = Ending::kNone;
  std::vector<EventPtr> events_;
  std::vector<ModelReader> readers_;  // oldest first
};

void run(bool has_past) {
  for (const std::uint64_t seed : seeds()) {
    Schedule schedule(seed);
    for (int life = 0; life < 20; ++life) {
      Model model(schedule, has_past);
      for (int i = 0; i < 200; ++i) {
        if (i == 180) model.close();
        model.step();
        model.compare();
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

TEST(MailboxProperty, IsLikeAListWithoutAPast) { run(false); }
TEST(MailboxProperty, IsLikeAListWithALogBehindIt) { run(true); }

}  // namespace
}  // namespace encke
