// busy_hub.h: a hub under several threads, in random steps, and a book of who did what when.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/hub.h"
#include "support/counting_reader.h"
#include "support/fake_clock.h"
#include "support/fake_random.h"
#include "support/schedule.h"

namespace encke {

/// Each call has a tick before it and one behind it: what began behind another's end is surely the
/// later of the two; of what overlaps, nothing is known.
using Tick = std::uint64_t;
inline constexpr Tick kNever = ~Tick{0};

struct Call {
  Tick began = kNever, ended = kNever;
};

struct Said {
  std::string from, to, room;
  Call call;  // the first that began, and the first that was answered, of all with its key
  Position position;
  bool accepted() const { return call.ended != kNever; }
};

struct Stay {
  std::string room;  // none: where private messages come
  Call join, leave;
};

/// One user from login to the end. Only its thread touches it, until all are over.
struct Life {
  SessionPtr session;
  Ref<CountingReader> reader;
  bool stays_on = false;  // it reads, and so cannot expire
  TimePoint since;
  std::vector<Stay> stays;
  Position cursor;
  std::vector<EventPtr> got;
  bool closed = false;
  const std::string& nickname() const { return session->user->nickname; }
};
using LifePtr = std::shared_ptr<Life>;

/// Each thread has users of its own, who come and go, talk, and send each other out, while time
/// passes and some expire. When run() is over, all is settled and can be looked at.
class BusyHub {
 public:
  static constexpr std::size_t kThreads = 4, kUsersOfThread = 2, kUsers = kThreads * kUsersOfThread;
  static constexpr std::size_t kSteps = 120, kAdvances = 150;
  // Nobody watches the last one, which ends with whoever leaves it last.
  static inline const std::array<std::string, 4> kRooms = {kLobby, "den", "hall", "attic"};

  BusyHub(Schedule& s, MailboxLimits limits, const FakeClock& clock, EventLog& log, Store& store)
      : s_(s),
        options_(make_options(limits)),
        log_(log),
        random_(s.seed()),
        hub_(options_, clock, random_, log, store) {}

  ~BusyHub() {
    for (const LifePtr& life : lives_) {
      if (life->reader) life->session->user->mailbox->leave(*life->reader, {});
    }
  }

  void run(FakeClock& clock) {
    watcher_ = login("watcher", true);
    for (const std::string& room : {kRooms[1], kRooms[2]}) join(*watcher_, room);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([this, t, s = s_.branch("user")]() mutable { live(s, t); });
    }
    std::atomic<bool> over{false};
    std::thread housekeeper([&, s = s_.branch("housekeeper")]() mutable {
      for (std::size_t i = 0; !over; ++i) {
        s.pause();
        if (i < kAdvances) pass(clock, std::chrono::milliseconds(s.below(20'000)));
        hub_.run_due();
      }
    });
    for (auto& thread : threads) thread.join();
    over = true;
    housekeeper.join();
    // Whoever is absent goes; then that is told; and then those who were sent out are told why.
    for (const int seconds : {3600, 1, 1}) {
      pass(clock, std::chrono::seconds(seconds));
      hub_.run_due();
      std::promise<void> kept;
      hub_.when_kept([&](const auto&) { kept.set_value(); });
      kept.get_future().wait();
    }
  }

 protected:
  static HubOptions make_options(MailboxLimits limits) {
    HubOptions options;
    options.mailbox = limits;
    options.max_changes = 0;
    options.keep_send_keys = std::chrono::hours(10'000);
    return options;
  }
  static std::string nickname(std::size_t i) { return "user" + std::to_string(i); }
  Tick tick() { return ++ticks_; }

  void pass(FakeClock& clock, Duration time) {
    advances_.emplace_back(tick(), clock.now() + time);
    clock.advance(time);
  }

  // --- What the threads do

  void live(Schedule& s, std::size_t thread) {
    std::array<LifePtr, kUsersOfThread> mine;
    for (std::size_t i = 0; i < kSteps; ++i) {
      s.pause();
      const std::size_t which = s.below(mine.size());
      LifePtr& life = mine[which];
      if (life && life->closed) hub_.finish(life->session);
      if (life && !hub_.find_session(life->session->token.text())) life.reset();
      if (!life) {
        life = login(nickname(thread * kUsersOfThread + which), s.chance(70));
      } else if (!act(s, life)) {
        life.reset();
      }
    }
  }

  /// False if that was the end of it.
  bool act(Schedule& s, const LifePtr& life) {
    const std::size_t what = s.note("step", s.below(100));
    if (what < 45) say(s, life);
    if (what >= 45 && what < 55) repeat(s);
    if (what >= 55 && what < 70) join(*life, kRooms[s.below(kRooms.size())]);
    if (what >= 70 && what < 80) leave(*life, kRooms[s.below(kRooms.size())]);
    if (what >= 80 && what < 93) read(*life, 1 + s.below(8));
    if (what >= 93 && what < 96) send_out(s, nickname(s.below(kUsers)));
    if (what >= 96) logout(*life);
    return what < 96;
  }

  LifePtr login(const std::string& name, bool reads) {
    auto life = std::make_shared<Life>();
    life->since = hub_.clock().now();
    const Tick began = tick();
    const auto session = hub_.login(name, "");
    if (!session) return {};  // the last of that name is still on the way out
    life->session = *session;
    life->cursor = (*session)->cursor;
    for (const char* room : {"", kLobby}) life->stays.push_back({room, {began, tick()}, {}});
    {
      const std::lock_guard lock(mutex_);
      lives_.push_back(life);
    }
    if (!reads) return life;
    WakeList wakes;
    auto reader = make_ref<CountingReader>(0, (*session)->token.index());
    (*session)->user->mailbox->enter(*reader, hub_.clock().now(), wakes);
    life->reader = reader;
    life->stays_on = hub_.find_session((*session)->token.text()).has_value();
    return life;
  }

  void join(Life& life, const std::string& room) {
    const Tick began = tick();
    if (!hub_.join(life.session, room)) return;
    for (const Stay& stay : life.stays) {
      if (stay.room == room && stay.leave.began == kNever) return;  // had joined before
    }
    life.stays.push_back({room, {began, tick()}, {}});
  }

  void leave(Life& life, const std::string& room) {
    const Tick began = tick();
    if (hub_.leave(life.session, room)) end_stays(life, room, began);
  }

  void logout(Life& life) {
    const Tick began = tick();
    hub_.logout(life.session);
    for (const Stay& stay : life.stays) end_stays(life, stay.room, began);
  }

  void end_stays(Life& life, const std::string& room, Tick began) {
    const Tick ended = tick();
    for (Stay& stay : life.stays) {
      if (stay.room == room && stay.leave.began == kNever) stay.leave = {began, ended};
    }
  }

  void send_out(Schedule& s, const std::string& name) {
    const Tick began = tick();
    const auto why = s.chance(50) ? ErrorCode::kBanned : ErrorCode::kKicked;
    if (!hub_.send_out(name, "out", {why})) return;
    const std::lock_guard lock(mutex_);
    sent_out_.emplace(name, Call{began, tick()});
  }

  void say(Schedule& s, const LifePtr& life) {
    Say say;
    say.text = std::to_string(++texts_);
    if (s.chance(25)) {
      say.to = nickname(s.below(kUsers));
    } else {
      say.room = kRooms[s.below(kRooms.size())];
    }
    if (s.chance(50)) say.key = say.text;
    send(s, life->session, say);
    if (say.key.empty()) return;
    const std::lock_guard lock(mutex_);
    keyed_.emplace_back(life->session, say);
  }

  /// As a client that saw no answer; or, by another thread, while the answer is on its way.
  void repeat(Schedule& s) {
    std::unique_lock lock(mutex_);
    if (keyed_.empty()) return;
    const std::size_t newest = std::min<std::size_t>(keyed_.size(), 4);
    const auto again = keyed_[keyed_.size() - 1 - s.below(newest)];
    lock.unlock();
    send(s, again.first, again.second);
  }

  void send(Schedule& s, const SessionPtr& session, const Say& say) {
    {
      const std::lock_guard lock(mutex_);
      ++waiting_;
      Said& said = said_[say.text];
      if (said.call.began == kNever) {
        said = {session->user->nickname, say.to, say.room, {tick(), kNever}, {}};
      }
    }
    const auto answered = std::make_shared<std::promise<void>>();
    hub_.send(session, say, [this, answered, text = say.text](const auto& answer) {
      {
        const std::lock_guard lock(mutex_);
        --waiting_;
        Said& said = said_[text];
        if (answer) {
          EXPECT_EQ((*answer)->text, text) << s_;
          EXPECT_TRUE(!said.accepted() || said.position == (*answer)->position) << text << s_;
          if (!said.accepted()) said.call.ended = tick();
          said.position = (*answer)->position;
        } else {
          EXPECT_NE(answer.error().code, ErrorCode::kLogUnavailable) << s_;
        }
      }
      answered->set_value();
    });
    if (s.chance(30)) answered->get_future().wait();
  }

  /// As a client does: on from the cursor.
  bool read(Life& life, std::size_t limit) {
    if (life.closed) return false;
    Batch batch;
    life.session->user->mailbox->read(life.cursor, limit, batch);
    life.got.insert(life.got.end(), batch.events.begin(), batch.events.end());
    life.cursor = batch.next;
    life.closed = batch.closed;
    return !batch.events.empty();
  }

  Schedule& s_;
  const HubOptions options_;
  EventLog& log_;
  FakeRandom random_;
  Hub hub_;
  LifePtr watcher_;
  std::atomic<Tick> ticks_{0};
  std::atomic<int> texts_{0};
  std::vector<std::pair<Tick, TimePoint>> advances_;  // the housekeeper's
  std::mutex mutex_;                                  // for all that follows
  std::size_t waiting_ = 0;
  std::vector<LifePtr> lives_;
  std::map<std::string, Said> said_;  // by text
  std::vector<std::pair<SessionPtr, Say>> keyed_;
  std::multimap<std::string, Call> sent_out_;
};

}  // namespace encke
