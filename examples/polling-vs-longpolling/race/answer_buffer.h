// answer_buffer.h: what a buffering proxy does to the answers that pass through it.
#pragma once

#include <string>
#include <string_view>

#include "answer_reader.h"

namespace race {

/// Follows the answers of one connection. While it is told to buffer, it lets an answer go on only
/// when it is whole, or 64 KiB of it are there: a poll's short answer passes at once, and of a
/// stream nothing comes for a very long time. That is why streams need their padding and beats (to
/// notice), and why long polls get through where streams do not.
class AnswerBuffer {
 public:
  /// What the client asks, for the method: the answer to a HEAD ends with its head.
  void asked(std::string_view bytes);
  /// Takes bytes of the server's; gives those that go on now.
  std::string pass(std::string_view bytes, bool buffering);
  /// Gives all that is held back.
  std::string release();

 private:
  AnswerReader answer_;
  std::string held_;
};

}  // namespace race
