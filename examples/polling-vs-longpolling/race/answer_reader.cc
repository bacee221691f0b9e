#include "answer_reader.h"

#include <strings.h>

#include <algorithm>
#include <cstdlib>

namespace race {

std::size_t AnswerReader::feed(std::string_view bytes) {
  const std::size_t size = bytes.size();
  while (!bytes.empty() && !whole()) {
    switch (state_) {
      case State::kLength:
      case State::kChunk:
      case State::kUntilClose:
        take_body(bytes);
        break;
      default:  // a line at a time
        const auto end = bytes.find('\n');
        line_ += bytes.substr(0, end == std::string_view::npos ? end : end + 1);
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        if (line_.ends_with('\n')) read_line();
    }
  }
  return size - bytes.size();
}

void AnswerReader::take_body(std::string_view& bytes) {
  const auto part = bytes.substr(0, state_ == State::kUntilClose ? bytes.size() : left_);
  body_ += part;
  bytes.remove_prefix(part.size());
  if (state_ == State::kUntilClose) return;
  left_ -= part.size();
  if (left_ > 0) return;
  state_ = state_ == State::kLength ? State::kWhole : State::kChunkSize;
}

void AnswerReader::read_line() {
  while (!line_.empty() && (line_.back() == '\n' || line_.back() == '\r')) line_.pop_back();
  switch (state_) {
    case State::kHead:
      if (line_.empty()) {
        read_head();
      } else {
        head_ += line_ + '\n';
      }
      break;
    case State::kTrailer:
      if (line_.empty()) state_ = State::kWhole;
      break;
    default:
      if (line_.empty()) break;  // the line end behind a chunk
      left_ = std::strtoul(line_.c_str(), nullptr, 16);
      state_ = left_ > 0 ? State::kChunk : State::kTrailer;
  }
  line_.clear();
}

void AnswerReader::read_head() {
  status_ = head_.size() > 9 ? std::atoi(head_.c_str() + 9) : 0;  // behind "HTTP/1.1 "
  if (status_ >= 100 && status_ < 200) {  // "go on": the answer itself is still to come
    head_.clear();
    return;
  }
  const auto length = header("Content-Length");
  left_ = std::strtoul(std::string(length).c_str(), nullptr, 10);
  if (no_body_ || status_ == 204 || status_ == 304 || (!length.empty() && left_ == 0)) {
    state_ = State::kWhole;
  } else if (header("Transfer-Encoding") == "chunked") {
    state_ = State::kChunkSize;
  } else {
    state_ = length.empty() ? State::kUntilClose : State::kLength;
  }
}

void AnswerReader::end() {
  if (state_ == State::kUntilClose) state_ = State::kWhole;
}

std::string_view AnswerReader::header(std::string_view name) const {
  std::string_view rest = head_;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.size() <= name.size() || line[name.size()] != ':' ||
        strncasecmp(line.data(), name.data(), name.size()) != 0) {
      continue;
    }
    auto value = line.substr(name.size() + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
  }
  return {};
}

void AnswerReader::reset() {
  // The strings keep their room: the next answer is much like this one.
  state_ = State::kHead;
  status_ = 0;
  no_body_ = false;
  left_ = 0;
  head_.clear();
  line_.clear();
  body_.clear();
}

}  // namespace race
