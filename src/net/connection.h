// connection.h: one socket of a loop, from its acceptance to its end.
//
// An idle or held connection is this object and, if held, its reader; buffers exist only while a
// request is partly here or a response is partly gone.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/reader.h"
#include "net/acceptor.h"
#include "net/admission.h"
#include "net/event_stream.h"
#include "net/http_writer.h"
#include "net/loop.h"
#include "net/request.h"
#include "net/socket.h"
#include "net/timer_wheel.h"

namespace encke {

/// The reader of a held request or stream. Its waker hands it to the loop that owns the socket.
class ParkedReader final : public Reader {
 public:
  ParkedReader(Loop& loop, Connection& owner, Hold held)
      : Reader(held.reader, held.session->token.index()),
        connection(&owner),
        hold(std::move(held)),
        loop_(loop) {}
  void wake() override { loop_.woken(*this); }

  // Used by the loop's thread alone; null once the connection is done with it.
  Connection* connection;
  Hold hold;                            // `since` moves on with a stream
  std::unique_ptr<EventStream> course;  // of a stream

  // The loop's list of woken readers. One may be armed, and woken, again while it is still in
  // there.
  std::atomic<bool> queued{false};
  ParkedReader* next_woken = nullptr;

 private:
  Loop& loop_;
};

class Connection final : public Timer {
 public:
  Connection(Loop& loop, int fd, Place place)
      : loop_(loop), socket_(fd), place_(std::move(place)) {}

  void start();
  void on_events(std::uint32_t events);
  void on_deadline(TimePoint now) override;
  void on_woken();
  void drain();
  /// The loop destroys it soon after.
  void close();

  std::size_t index = 0;  // among the loop's connections

 private:
  enum class State : std::uint8_t {
    kGreeting,  // a TLS handshake
    kIdle,      // between requests, or with one partly here
    kWorking,   // its outcome comes later
    kHeld,      // a poll
    kStreaming,
    kFlushing,   // the response is partly gone
    kLingering,  // all is said; what still comes is thrown away, so that the answer is not
    kClosed,
  };
  struct Arriving {
    Arriving(const NetOptions& options, const Service& service) : admission(options, service) {}
    std::string bytes;
    Admission admission;
    TimePoint since;  // of the first byte
    TimePoint last_byte;
  };
  struct Outgoing {
    std::string bytes;
    std::size_t sent = 0;
    TimePoint progress;
  };
  // Shared with a Later, which may outlive the connection.
  struct Working final : RefCounted {
    explicit Working(Connection& owner) : connection(&owner) {}
    Connection* connection;  // the loop's thread alone; null once it is gone
  };

  // Reading.
  void shake_hands();
  void read_some();
  void take(std::string_view bytes);
  std::string_view take_one(std::string_view bytes);
  void keep_arriving(std::string_view rest);
  void take_arriving();
  void serve(Admission& admission);
  void refuse(const Error& error, const RequestHead* head);

  // Answering.
  void settle(Outcome outcome);
  void reply(const Reply& reply);
  void wait_for(const LaterPtr& later);
  void settle_late(Outcome outcome);
  void hold(Hold hold);
  void answer_hold(const Hold& hold, Batch& batch);
  void delivered(TimePoint committed);
  void stream(Hold hold);
  void pump(TimePoint waited);
  void send_part(EventStream::Next next, std::string_view part, bool closed);
  void set_stream_deadline();
  void leave_mailbox();

  // Writing.
  void send(std::string_view bytes);
  void send_response(std::string_view head_and_more);
  ssize_t write_to_socket(std::string_view bytes);
  void flush();
  void response_done();
  void linger();
  void lose(int error);
  void set_deadline(Duration in);

  Loop& loop_;
  Socket socket_;
  State state_ = State::kIdle;
  ResponseTail tail_;  // of the request being answered
  bool peer_closed_ = false;
  bool unread_ = false;   // there may be bytes in the socket that were left there
  bool used_ = false;     // has had a request
  bool refused_ = false;  // linger when the answer is gone
  bool taking_ = false;   // take() is on the stack: whoever finishes a response need not call it
  bool listens_ = false;  // the request being answered is a poll's or a stream's
  std::uint32_t head_left_ = 0;  // bytes of the response's head that are not sent yet
  Place place_;
  std::unique_ptr<Arriving> arriving_;
  std::unique_ptr<Outgoing> outgoing_;
  Ref<ParkedReader> reader_;
  Ref<Working> working_;
};

}  // namespace encke
