// http_answer.h: reads one HTTP/1.1 answer as its bytes come in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bench {

/// An answer on a connection where nothing is pipelined. Its body is decoded: Content-Length,
/// chunked, or unframed until the connection closes, which is how some peers stream.
class HttpAnswer {
 public:
  /// True once the answer is whole. Never for a stream: take its lines as they come with
  /// take_lines().
  bool feed(std::string_view bytes);

  int status() const { return status_; }
  std::string_view body() const { return body_; }

  /// The header's value, or nothing. `name` as in "ETag", matched without regard to case.
  std::string_view header(std::string_view name) const;

  /// The whole lines of the body so far; they are removed from it.
  std::string take_lines();

  void reset();

 private:
  enum class State { kHead, kLength, kChunkSize, kChunk, kTrailer, kUntilClose, kWhole };

  void read_head(std::string_view& bytes);
  bool read_line(std::string_view& bytes);

  State state_ = State::kHead;
  int status_ = 0;
  std::size_t left_ = 0;
  std::string head_;
  std::string line_;
  std::string body_;
};

}  // namespace bench
