// answer_reader.h: reads one HTTP/1.1 answer as its bytes come in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace race {

/// Of one answer after the other on a connection: feed() stops at an answer's end, and reset()
/// begins the next. The body comes decoded: by its Content-Length, out of its chunks, or up to the
/// connection's end.
class AnswerReader {
 public:
  /// Takes bytes, at most up to the answer's end; says how many.
  std::size_t feed(std::string_view bytes);
  /// The connection has ended: with it ends an answer that does not say its length.
  void end();
  void reset();

  /// The answer to a HEAD has none, whatever its Content-Length.
  void expect_no_body() { no_body_ = true; }

  bool whole() const { return state_ == State::kWhole; }
  /// Whether its head is here.
  bool begun() const { return state_ != State::kHead; }
  int status() const { return status_; }
  /// The header's value, or nothing; `name` in any case.
  std::string_view header(std::string_view name) const;
  /// What has come of the body and was not taken out of here.
  std::string& body() { return body_; }

 private:
  enum class State { kHead, kLength, kChunkSize, kChunk, kTrailer, kUntilClose, kWhole };

  void read_head();
  void read_line();
  void take_body(std::string_view& bytes);

  State state_ = State::kHead;
  int status_ = 0;
  bool no_body_ = false;
  std::size_t left_ = 0;
  std::string head_;
  std::string line_;
  std::string body_;
};

}  // namespace race
