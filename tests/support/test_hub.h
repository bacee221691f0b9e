// test_hub.h: a whole chat without HTTP: a hub, with a log and a clock that obey the test.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/hub.h"
#include "support/counting_reader.h"
#include "support/events.h"
#include "support/fake_clock.h"
#include "support/fake_random.h"
#include "support/held_log.h"

namespace encke {

class TestHub {
 public:
  using Sent = tl::expected<EventPtr, Error>;

  explicit TestHub(const HubOptions& options = {}, Store& store = NoStore::instance())
      : log(clock, random, 1000), hub(cheap(options), clock, random, log, store) {}

  ~TestHub() {
    for (const auto& [session, reader] : entered_) leave(session, *reader);
  }

  /// Moves the clock, and stops at every moment at which the hub has something to do.
  void advance(Duration by) {
    const TimePoint end = clock.now() + by;
    for (auto due = hub.next_due(); due && *due <= end; due = hub.next_due()) {
      if (*due > clock.now()) clock.advance(*due - clock.now());
      hub.run_due();
    }
    clock.advance(end - clock.now());
  }

  /// Until the joins and leaves so far are told.
  void settle() { advance(hub.options().gather); }

  SessionPtr login(const std::string& nickname, const std::string& secret = "") {
    auto session = hub.login(nickname, secret);
    if (session) return *session;
    ADD_FAILURE() << nickname << " is refused: " << static_cast<int>(session.error().code);
    return {};
  }

  /// Fails the test if `done` does not run at once: on a memory log and one thread it does.
  Sent send(const SessionPtr& session, Say say) {
    std::optional<Sent> sent;
    hub.send(session, std::move(say), [&](const Sent& answer) { sent = answer; });
    if (sent) return *sent;
    ADD_FAILURE() << "not answered";
    return tl::unexpected(Error{});
  }
  Sent say(const SessionPtr& session, const std::string& text, const std::string& room = "") {
    return send(session, {.text = text, .room = room});
  }
  Sent tell(const SessionPtr& session, const std::string& to, const std::string& text) {
    return send(session, {.text = text, .to = to});
  }

  /// All that came for the user since this session's login.
  Batch read(const SessionPtr& session) {
    Batch batch;
    session->user->mailbox->read(session->cursor, 100'000, batch);
    return batch;
  }
  /// A poll that is held, or a stream, of this session, until the test ends or leave() is called.
  Ref<CountingReader> enter(const SessionPtr& session) {
    auto reader = make_ref<CountingReader>(0, session->token.index());
    WakeList wakes;
    hub.seen(session->user);
    session->user->mailbox->enter(*reader, clock.now(), wakes);
    entered_.emplace_back(session, reader);
    return reader;
  }
  void leave(const SessionPtr& session, Reader& reader) {
    session->user->mailbox->leave(reader, clock.now());
  }
  /// Why the reader is to end. Arms it if it is not.
  Ending ending(const SessionPtr& session, Reader& reader) {
    Batch batch;
    session->user->mailbox->read_or_arm(reader, hub.end(), 1000, batch);
    return batch.ending;
  }

  Lines heard(const SessionPtr& session) { return lines(read(session).events); }

  FakeClock clock;
  FakeRandom random;
  HeldLog log;
  Hub hub;

 private:
  // No test waits for scrypt.
  static HubOptions cheap(HubOptions options) {
    options.secret_cost.log2_n = 1;
    return options;
  }

  std::vector<std::pair<SessionPtr, ReaderPtr>>
      entered_;  // what a mailbox and its readers hold is a ring
};

/// What went wrong; kCount if nothing did.
template <class T>
ErrorCode error_of(const tl::expected<T, Error>& result) {
  return result ? ErrorCode::kCount : result.error().code;
}

inline void PrintTo(ErrorCode code, std::ostream* out) {
  *out << "ErrorCode " << static_cast<int>(code);
}

}  // namespace encke
