// admission.h: the door (architecture.md, D7). Only whole, bounded, unambiguous requests get past
// it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "net/chunked.h"
#include "net/counters.h"
#include "net/http_head.h"
#include "net/net_options.h"
#include "net/request.h"

namespace encke {

/// Looks at the bytes of one request as they arrive, without touching a socket or a clock: the
/// caller gathers bytes, keeps time, and does what the step says. Not thread-safe.
///
/// What cpp-httplib is then given is not those bytes but to_httplib(): the same request, said in
/// one way, without anything in it that the packaged version is known to stumble over.
class Admission {
 public:
  enum class Step {
    kMore,      ///< not whole yet
    kContinue,  ///< answer `100 Continue`, once, and go on as with kMore
    kReady,     ///< head(), body() and consumed() hold
    kRefused,   ///< error() holds; answer it and close
  };

  Admission(const NetOptions& limits, const Service& service)
      : limits_(limits), service_(service) {}

  /// `bytes`: all that has arrived of this request and may have arrived after it. What was looked
  /// at before is to be at the front again, unchanged.
  Step look(std::string_view bytes);

  const RequestHead& head() const { return head_; }
  /// Null unless the head has been read.
  const RequestHead* head_if_any() const { return has_head_ ? &head_ : nullptr; }
  std::string_view body() const { return chunked_ ? chunked_->body() : body_; }
  std::size_t consumed() const { return consumed_; }
  std::size_t head_size() const { return head_size_; }
  const Error& error() const { return error_; }

  /// Bytes of the body so far; nothing while the head is incomplete.
  std::optional<std::size_t> body_arrived() const { return body_arrived_; }

  void reset();

 private:
  Step look_at_body(std::string_view bytes);
  Step refuse(Error error);

  const NetOptions& limits_;
  const Service& service_;
  std::size_t scanned_ = 0;
  std::size_t head_size_ = 0;  // once the head is complete
  bool has_head_ = false;
  bool continued_ = false;
  std::size_t max_body_ = 0;
  BodyFraming framing_;
  std::optional<ChunkedDecoder> chunked_;
  std::size_t fed_ = 0;  // bytes of `bytes` that the decoder has had
  RequestHead head_;
  std::string_view body_;
  std::size_t consumed_ = 0;
  std::optional<std::size_t> body_arrived_;
  Error error_;
};

/// Counts a request that was let in, once.
void count_request(const Admission& admission, Traffic& traffic);

/// The request for cpp-httplib: request line, Content-Type and one Content-Length, Connection,
/// body.
std::string to_httplib(const RequestHead& head, std::string_view body);

/// Refuses a multipart body whose part headers could hold up cpp-httplib's regular expressions
/// (CVE-2026-29076): too long a line, too many lines or parts, or a `filename*`; or whose part
/// headers two readers could read differently, for a bare line end or another control character.
std::optional<Error> check_multipart(std::string_view content_type, std::string_view body);

}  // namespace encke
