// request.h: what goes between net and whoever answers requests: the whole interface, in one place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "core/address.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/mutex.h"
#include "core/session.h"
#include "framing/framing.h"

namespace encke {

struct HeaderField {
  std::string_view name;
  std::string_view value;
};

/// A request's head, as views of the bytes that admission has checked (RFC 9112).
struct RequestHead {
  std::string_view method;
  std::string_view path;   ///< of the target, as it was sent
  std::string_view query;  ///< what follows `?`, as it was sent
  int minor = 1;           ///< HTTP/1.minor
  bool keep_alive = true;
  std::vector<HeaderField> headers;

  /// The first of that name, in any case; empty if there is none.
  std::string_view header(std::string_view name) const;
  bool is_read() const { return method == "GET" || method == "HEAD"; }
};

/// One part of a multipart/form-data body (RFC 7578).
struct FormPart {
  std::string_view name;
  std::string_view filename;
  std::string_view content_type;
  std::string_view content;
};

/// An admitted request. Views live as long as the call that hands it over.
struct Request {
  const RequestHead& head;
  std::string_view body;
  std::vector<FormPart> parts;
  Address peer;         ///< the other end's
  bool secure = false;  ///< it came by TLS
};

using Headers = std::vector<std::pair<std::string, std::string>>;

/// An answer that is known.
struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  Headers headers;
  bool close = false;  ///< and that connection is done
};

/// How a stream goes; zero: not so.
struct StreamTerms {
  std::chrono::milliseconds retry{0};     ///< what it opens with
  std::chrono::milliseconds beat{0};      ///< the longest silence, if shorter than net's own
  std::size_t max_bytes = 0;              ///< ends itself when it has grown to that,
  std::chrono::milliseconds max_time{0};  ///< or, less up to a quarter, after that time
};

/// "Answer when this mailbox moves past this cursor, or at this deadline" (architecture.md, D2): a
/// poll, or a stream that goes on doing that. Which kind of waiting is in use, nobody above net
/// knows. There is one for each held connection: what few need is behind a pointer.
struct Hold {
  SessionPtr session;
  Position since;
  std::uint64_t reader = 0;  ///< the reader's name; 0: none
  const Framing* framing = nullptr;
  std::shared_ptr<const FramingOptions> framing_options;  ///< null: none
  std::shared_ptr<const StreamTerms> stream;              ///< null: a poll
  std::size_t limit = 100;                                ///< events in one answer, or part
  TimePoint deadline{};  ///< of a poll; one that has passed: answer now
  Headers headers;

  const FramingOptions& options() const;
};

class Later;
using LaterPtr = Ref<Later>;
using Outcome = std::variant<Reply, Hold, LaterPtr>;

/// An outcome that comes later, from any thread: that of a send, which waits for its commit, or of
/// whatever has to wait for a secret to be hashed.
class Later final : public RefCounted {
 public:
  /// Once.
  void complete(Outcome outcome);
  /// Once: whoever takes the outcome makes it then, so that of many which wait for the same commit
  /// only one is in memory at a time; if nobody takes it, it is not made. `make` must not throw.
  void complete_with(std::function<Outcome()> make);

  /// Blocks until complete() was called.
  Outcome wait();
  /// `ready` is called once, at once if the outcome is there already; take() gives it.
  void when_ready(std::function<void()> ready);
  Outcome take();

 private:
  Mutex mutex_;
  CondVar completed_;
  std::function<Outcome()> make_ GUARDED_BY(mutex_);  // none until it is complete
  std::function<void()> ready_ GUARDED_BY(mutex_);
};

/// A request that outlives the call which handed it over: its bytes, and views of those.
class OwnedRequest {
 public:
  explicit OwnedRequest(const Request& request);
  OwnedRequest(const OwnedRequest&) = delete;
  OwnedRequest& operator=(const OwnedRequest&) = delete;

  const Request& request() const { return request_; }
  std::size_t bytes() const { return bytes_.size(); }

 private:
  std::string_view keep(std::string_view view);

  std::string bytes_;  // never moves
  RequestHead head_;
  Request request_;
};

/// Answers requests. Every method may be called from any thread, none may block or throw.
class Service {
 public:
  virtual ~Service() = default;

  /// The longest body that this request may have. An error refuses it before its body is read.
  virtual tl::expected<std::size_t, Error> max_body(const RequestHead& head) const = 0;
  /// A request that needs nothing of cpp-httplib: no body, and answered by holding.
  virtual bool is_direct(const RequestHead& head) const = 0;
  /// The paths that are posted to.
  virtual std::vector<std::string> post_paths() const = 0;

  virtual Outcome handle(const Request& request) = 0;
  /// What `peer` is told of an error; `head` is null when there was none that could be read.
  virtual Reply refuse(const Error& error, const RequestHead* head, const Address& peer) const = 0;
  /// A connection could not be accepted, for this `errno`; it may come thousands of times a second.
  virtual void accept_failed(int /*error*/) {}
  /// A hold's mailbox was closed, and the reader was told.
  virtual void closed(const SessionPtr& session) = 0;
};

}  // namespace encke
