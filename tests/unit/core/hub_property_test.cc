// The hub under several threads, in random steps: who gets what, and who does not.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "log/memory_log.h"
#include "log/sqlite_log.h"
#include "support/busy_hub.h"
#include "support/scratch.h"

namespace encke {
namespace {

class Chat : public BusyHub {
 public:
  using BusyHub::BusyHub;

  void check() {
    EXPECT_EQ(waiting_, 0U) << "never answered" << s_;
    for (const LifePtr& life : lives_) check(*life);
    check_news(*watcher_);
    check_log();
  }

 private:
  /// Until when it surely was there, if nobody sent it out and it did not expire before that.
  Tick sure_until(const Life& life, const Stay& stay) const {
    Tick until = stay.leave.began;
    const auto [first, last] = sent_out_.equal_range(life.nickname());
    for (auto out = first; out != last; ++out) {
      if (out->second.ended > life.stays[0].join.began) until = std::min(until, out->second.began);
    }
    for (const auto& [tick, now] : advances_) {
      if (!life.stays_on && now >= life.since + options_.resume_within) {
        until = std::min(until, tick);
      }
    }
    return until;
  }

  static bool is_for(const Said& said, const Life& life, const Stay& stay) {
    return said.room == stay.room &&
           (said.to.empty() || said.to == life.nickname() || said.from == life.nickname());
  }

  void check(Life& life) {
    while (read(life, 100'000)) {
    }
    Position last;
    std::set<std::string> got;
    for (const EventPtr& event : life.got) {
      EXPECT_NE(event->kind, EventKind::kGap) << s_;
      if (event->kind == EventKind::kNouser) {
        EXPECT_TRUE(life.closed && event == life.got.back() && ++told_out_ != 0) << s_;
        continue;
      }
      EXPECT_GT(event->position.offset, last.offset) << life.nickname() << s_;
      last = event->position;
      if (event->kind == EventKind::kSystem) continue;
      got.insert(event->text);
      const Said& said = said_[event->text];
      EXPECT_TRUE(said.accepted() && said.position == event->position) << event->text << s_;
      // One who is sent out hears on, whatever they do, until the news of it is told.
      EXPECT_TRUE(std::ranges::any_of(life.stays,
                                      [&](const Stay& stay) {
                                        return is_for(said, life, stay) &&
                                               (said.call.began < stay.leave.ended ||
                                                life.closed) &&
                                               said.call.ended > stay.join.began;
                                      }))
          << life.nickname() << " was not there: " << event->text << s_;
    }
    for (const Stay& stay : life.stays) {
      const Tick until = sure_until(life, stay);
      for (const auto& [text, said] : said_) {
        if (!said.accepted() || !is_for(said, life, stay)) continue;
        if (said.call.began < stay.join.ended || said.call.ended > until) continue;
        EXPECT_TRUE(got.contains(text)) << life.nickname() << " misses " << text << s_;
      }
    }
  }

  /// News make a list of who is there, at each moment as long as they say and in the end as true.
  void check_news(const Life& watcher) {
    std::map<std::string, std::set<std::string>> there;
    for (const EventPtr& event : watcher.got) {
      if (event->kind != EventKind::kSystem) continue;
      auto& room = there[event->room];
      for (const auto& [name, came] : event->changes) {
        EXPECT_TRUE(came ? room.insert(name).second : room.erase(name) == 1) << name << s_;
      }
      EXPECT_EQ(room.size(), event->size) << s_;
    }
    EXPECT_EQ(there.size(), 3U);
    for (const auto& [room, names] : there) {
      const auto users = hub_.users_of(room, "", 1'000)->users;
      EXPECT_EQ(names, std::set(users.begin(), users.end())) << room << s_;
    }
    EXPECT_EQ(told_out_, hub_.counters().sent_out) << s_;
  }

  void check_log() {
    std::set<std::string> kept;
    const auto look = [&](HistoryQuery query) {
      query.limit = 100'000;
      const auto history = log_.history(query);
      for (const EventPtr& event : history->events) {
        EXPECT_EQ(event->position, said_[event->text].position) << s_;
        kept.insert(event->text);
      }
    };
    for (const std::string& room : kRooms) look({.room = room});
    for (std::size_t i = 0; i < kUsers; ++i) {
      for (std::size_t j = 0; j <= i; ++j) look({.user = nickname(i), .with = nickname(j)});
    }
    for (const auto& [text, said] : said_) EXPECT_EQ(kept.contains(text), said.accepted()) << text;
  }

  std::uint64_t told_out_ = 0;
};

TEST(HubProperty, EverybodyGetsWhatIsTheirsInMemory) {
  for (const std::uint64_t seed : seeds()) {
    Schedule schedule(seed);
    const Watchdog watchdog(schedule);
    FakeClock clock;
    FakeRandom random(seed);
    MemoryLog log(clock, random, 100'000);
    MailboxLimits roomy{.max_events = 0, .max_age = std::chrono::milliseconds(0)};
    Chat chat(schedule, roomy, clock, log, NoStore::instance());
    chat.run(clock);
    chat.check();
  }
}

TEST(HubProperty, EverybodyGetsWhatIsTheirsWithMailboxesThatKeepNextToNothing) {
  for (const std::uint64_t seed : seeds()) {
    Schedule schedule(seed);
    const Watchdog watchdog(schedule);
    FakeClock clock;
    FakeRandom random(seed);
    Scratch scratch;
    auto log = SqliteLog::open({.folder = scratch.path("data"), .tail = 20}, clock, random, {});
    ASSERT_TRUE(log) << log.error();
    MailboxLimits tiny{.max_events = 3, .max_age = std::chrono::seconds(60)};
    Chat chat(schedule, tiny, clock, **log, **log);
    chat.run(clock);
    chat.check();
    (*log)->stop();
  }
}

}  // namespace
}  // namespace encke
