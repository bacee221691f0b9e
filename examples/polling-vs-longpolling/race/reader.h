// reader.h: one reader of a lane: it logs in, listens, and says what it has heard.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "answer_reader.h"
#include "delays.h"
#include "event_loop.h"
#include "transports.h"

namespace race {

/// One lane as its readers see it, and what they have heard since the counters were zeroed.
struct ReadLane {
  const Transport* transport;
  int port;
  std::chrono::milliseconds interval{2000};  // between two polls of one reader

  bool open = true;  // whether who has logged in listens at once, or waits for listen()
  long first = 1;    // messages before this one do not count
  std::int64_t delivered = 0;
  std::int64_t missed = 0;
  std::int64_t doubled = 0;
  std::int64_t reconnects = 0;  // connections after a reader's first
  Delays delays;
};

/// A browser's script, without the browser. Polls at its own phase of the interval, asks its next
/// long poll at once, stays on its stream; goes on from its cursor after whatever happens, and
/// waits a while at random before it connects again, so that a thousand that were cut together do
/// not come back together. All on the loop's thread.
class Reader final : public EventLoop::Watcher, public std::enable_shared_from_this<Reader> {
 public:
  Reader(EventLoop& loop, ReadLane& lane, int number);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void start_after(Clock::duration wait) { rest(Clock::now() + wait); }
  /// The poll interval has changed.
  void reschedule();
  /// From now on the message of this number must be the next.
  void expect(long number) { last_ = number - 1; }
  /// How many of the messages up to `said` it has not heard.
  long behind(long said) const { return said - last_; }
  /// How many it has heard by now of this message and those after it.
  long heard_from(long first) const { return last_ == kNone ? 0 : std::max(0L, last_ - first + 1); }
  bool logged_in() const { return !token_.empty(); }
  /// Whether it has asked to listen, or will when its time to poll comes.
  bool listens() const { return listens_; }
  /// It has waited for the lane to be open, and now it is.
  void listen();

  void on_ready(std::uint32_t events) override;

 private:
  static constexpr long kNone = -1;
  enum class Asks { kLogin, kHistory, kEvents };

  void go();
  void ask();
  void answered();
  void take(const Heard& heard);
  void take(const Heard::Message& message);
  void take_history(const Heard& heard);
  void listen_on(const Heard& heard);
  void rest(TimePoint until);
  void back_off();
  void lost();
  void hang_up();
  TimePoint next_poll() const;

  EventLoop& loop_;
  ReadLane& lane_;
  const int number_;

  int fd_ = -1;
  bool connected_ = false;
  bool was_connected_ = false;
  bool asking_ = false;
  bool listens_ = false;
  Asks asks_ = Asks::kLogin;
  AnswerReader answer_;
  int failures_ = 0;         // one after another
  std::uint64_t rests_ = 0;  // so that of several timers only the last counts
  int retry_ = 0;            // milliseconds to wait, as the server said goodbye
  std::string token_;
  std::string cursor_;
  long last_ = kNone;  // the last message's number
};

}  // namespace race
