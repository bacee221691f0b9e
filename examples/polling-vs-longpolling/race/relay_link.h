// relay_link.h: one connection through a lane's relay: a client here, the lane's server there.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "answer_buffer.h"
#include "event_loop.h"

namespace race {

/// What is wrong with the network of one lane at the moment.
struct Faults {
  bool delay = false;   // every byte of either direction is handed on 500 ms later
  bool buffer = false;  // an answer is handed on when it is whole: AnswerBuffer
};

/// Hands on what comes, in both directions, as `faults` say, until both ends have ended or one of
/// them breaks. Everything happens on the loop's thread.
class RelayLink : public std::enable_shared_from_this<RelayLink> {
 public:
  /// `faults` may change at any time. `server` is -1 if there is nobody to connect to: then the
  /// client's request is answered with a 503, as by any proxy whose server is being restarted.
  RelayLink(EventLoop& loop, const Faults& faults, int client, int server);
  ~RelayLink();
  RelayLink(const RelayLink&) = delete;
  RelayLink& operator=(const RelayLink&) = delete;

  /// `on_closed` is called once, when nothing is left to do.
  void start(std::function<void()> on_closed);
  /// Both ends see a reset, now.
  void cut();
  /// Buffering has ended: what it held back goes on.
  void release();

 private:
  /// What is still to be written, from when on; with no bytes, the end.
  struct Chunk {
    TimePoint due;
    std::string bytes;
  };
  struct Side final : EventLoop::Watcher {
    void on_ready(std::uint32_t events) override { link->on_ready(*this, events); }
    RelayLink* link = nullptr;
    int fd = -1;
    std::uint32_t interest = 0;
    bool read_ended = false;
    bool write_ended = false;
    std::deque<Chunk> out;
    std::size_t out_bytes = 0;
  };

  void on_ready(Side& side, std::uint32_t events);
  void read_from(Side& side);
  void hand_on(Side& to, std::string bytes);
  void hand_on_end(Side& to);
  void enqueue(Side& to, std::string bytes);
  void flush(Side& to);
  void refuse();
  void answer_503();
  void update_interest();
  void set_interest(Side& side, std::uint32_t events);
  void finish();

  EventLoop& loop_;
  const Faults& faults_;
  Side client_;
  Side server_;
  AnswerBuffer answers_;
  bool connected_ = false;
  bool refused_ = false;
  bool closed_ = false;
  std::function<void()> on_closed_;
};

}  // namespace race
