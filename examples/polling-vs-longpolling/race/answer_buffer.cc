#include "answer_buffer.h"

#include <utility>

namespace race {
namespace {

constexpr std::size_t kMostHeld = 64 * 1024;

}  // namespace

void AnswerBuffer::asked(std::string_view bytes) {
  if (!answer_.begun() && bytes.starts_with("HEAD ")) answer_.expect_no_body();
}

std::string AnswerBuffer::pass(std::string_view bytes, bool buffering) {
  std::string on;
  while (!bytes.empty()) {
    const std::size_t taken = answer_.feed(bytes);
    held_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    answer_.body().clear();
    if (answer_.whole()) {
      on += release();
      answer_.reset();
    }
  }
  if (!buffering || held_.size() >= kMostHeld) on += release();
  return on;
}

std::string AnswerBuffer::release() { return std::exchange(held_, {}); }

}  // namespace race
