// framing.h: what events look like as bytes. One row in one table for each way.
//
// A framing is a handful of pure functions in a file of its own. When the bytes are sent (now, at
// the first event, as a stream) is not its business: net decides that (architecture.md, point 6).
// To add one: write its file, give it a row in framing.cc, and an instance of the contract test.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/event.h"
#include "core/mailbox.h"

namespace encke {

/// An error as a client is told of it: the fields of a row of the error table.
struct ErrorText {
  std::string_view code;
  std::string message;
  std::optional<std::chrono::seconds> retry_after;
  std::string request = {};  ///< which request it was, by its name in the journal; may be empty
};

/// What a client asks of a framing, beside the events.
struct FramingOptions {
  std::string callback = {};            ///< the function that is called with each answer or event
  std::optional<std::size_t> pad = {};  ///< bytes before all else; without it, what is needed
  /// Beats are there to be noticed by a script, and one comes at once: it tells a stream that a
  /// proxy holds back from one on which nothing is said.
  bool audible = false;
};

/// All functions append to `out`. A null function: the framing does not do that.
struct Framing {
  std::string_view name;  ///< in `format=` or `as=`
  std::string_view content_type;

  /// The whole answer to a poll.
  void (*answer)(const Batch& batch, const FramingOptions& options, std::string& out) = nullptr;
  /// Any JSON text as the whole answer, where that has to be wrapped up to be read.
  void (*wrap)(std::string_view json, const FramingOptions& options, std::string& out) = nullptr;

  /// What a stream begins with; the client is to wait for `retry` before it comes back.
  void (*open)(std::chrono::milliseconds retry, const FramingOptions& options,
               std::string& out) = nullptr;
  /// One event of a stream.
  void (*event)(const Event& event, std::string& out) = nullptr;
  /// What says that the stream is alive, and nothing else.
  void (*beat)(const FramingOptions& options, std::string& out) = nullptr;
  /// Sent right behind the first event of a stream: one antivirus holds each event until more
  /// comes.
  void (*after_first)(std::string& out) = nullptr;
  /// What a stream ends with. `next` is where a later one goes on, after `retry`; not by itself
  /// without one.
  void (*close)(Position next, std::optional<std::chrono::milliseconds> retry,
                std::string& out) = nullptr;

  /// An error as the whole answer.
  void (*error)(const ErrorText& error, const FramingOptions& options, std::string& out) = nullptr;
  /// Whoever reads this can read no status: a script or iframe element gets errors with 200.
  bool hides_status = false;
};

extern const Framing kJsonFraming;
extern const Framing kTextFraming;
extern const Framing kNdjsonFraming;
extern const Framing kSseFraming;
extern const Framing kJsonpFraming;
extern const Framing kIframeFraming;
extern const Framing kXhrFraming;
extern const Framing kMultipartFraming;
extern const Framing kMixedFraming;
extern const Framing kHtmlFraming;

/// The framing of a name that `format=` may have; null if there is none.
const Framing* find_format(std::string_view name);

/// The framing that an Accept header (RFC 9110, section 12.5.1) asks for among those of polls: the
/// first type in it that we have; null if it has none of ours.
const Framing* find_accepted(std::string_view accept);

/// The framing of a stream that `as=` names; null if there is none.
const Framing* find_stream(std::string_view name);

/// The names that there are, for errors and documentation.
std::string list_formats();
std::string list_streams();

/// A function of a page's, such as `Encke.cb.c12`; what may stand in a script without being one.
bool is_callback(std::string_view name);

}  // namespace encke
