// chunked.h: the chunked transfer coding (RFC 9112, section 7.1), decoded and bounded as it
// arrives.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "core/error.h"

namespace encke {

/// Takes bytes as they come. Sizes are plain hexadecimal without sign, space or more digits than
/// any body may need; line ends are CRLF; extensions and trailers are passed over within small
/// bounds.
class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(std::size_t max_body) : max_body_(max_body) {}

  /// How much of `bytes` was used up; less than all of it only when the body is done() .
  tl::expected<std::size_t, Error> feed(std::string_view bytes);
  bool done() const { return state_ == State::kDone; }
  const std::string& body() const { return body_; }

 private:
  enum class State { kSize, kData, kDataEnd, kTrailer, kDone };
  static constexpr std::size_t kMaxLine = 256;
  static constexpr std::size_t kMaxTrailer = 4096;

  tl::expected<void, Error> take_line();

  const std::size_t max_body_;  // 0: no bound
  State state_ = State::kSize;
  std::string line_;         // the part of a line that has arrived
  std::size_t left_ = 0;     // of the chunk
  std::size_t trailer_ = 0;  // bytes of trailers so far
  std::string body_;
};

}  // namespace encke
