// http_answer.h: what is behind an HttpAnswer: a Later until it is sent, or a mailbox of its own
// once it is a stream.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/mutex.h"
#include "core/random.h"
#include "core/session.h"
#include "encke/http.h"
#include "net/request.h"

namespace encke {

/// The answers of one server that are not over, and what they have in common. Lives as long as the
/// last of them, which may be longer than the server. Every method may be called from any thread.
class HttpAnswers {
 public:
  /// False once end_all() was called: no more is begun.
  bool add(const std::shared_ptr<HttpAnswer::State>& state);
  void remove(HttpAnswer::State& state);
  /// Ends every stream, and answers whoever still waits, and all that are added later, with
  /// `reply`.
  void end_all(const Reply& reply);

  /// A framing of that type whose events are bytes as they stand.
  const Framing& framing(std::string_view content_type);

  const SystemClock clock{};
  SystemRandom random;

 private:
  Mutex mutex_;
  bool ended_ GUARDED_BY(mutex_) = false;
  std::map<HttpAnswer::State*, std::weak_ptr<HttpAnswer::State>> states_ GUARDED_BY(mutex_);
  std::map<std::string, Framing, std::less<>> framings_ GUARDED_BY(mutex_);
};

/// Every method may be called from any thread.
class HttpAnswer::State {
 public:
  /// `dropped`: what is answered if nobody else ever does.
  State(std::shared_ptr<HttpAnswers> all, Reply dropped)
      : all_(std::move(all)), dropped_(std::move(dropped)) {}
  ~State();

  void send(Reply reply);
  void open(std::string_view content_type);
  bool write(std::string_view part);
  void end();

  /// What the handler has made of it by now: to be asked once, when the handler has returned.
  Outcome outcome(const RequestHead& head);

 private:
  enum class Phase { kUndecided, kSent, kStreaming, kOver };

  const std::shared_ptr<HttpAnswers> all_;
  const LaterPtr later_ = make_ref<Later>();
  Reply dropped_;
  Mutex mutex_;
  Phase phase_ GUARDED_BY(mutex_) = Phase::kUndecided;
  SessionPtr session_ GUARDED_BY(mutex_);  // of a stream
  const Framing* framing_ GUARDED_BY(mutex_) = nullptr;
  bool decided_ GUARDED_BY(mutex_) = false;  // outcome() was asked: it is too late to open
  std::uint64_t parts_ GUARDED_BY(mutex_) = 0;
};

}  // namespace encke
