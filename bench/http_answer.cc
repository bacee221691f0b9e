#include "http_answer.h"

#include <strings.h>

#include <algorithm>
#include <cstdlib>

namespace bench {

bool HttpAnswer::feed(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::kWhole) {
    switch (state_) {
      case State::kHead:
        read_head(bytes);
        break;
      case State::kUntilClose:
        body_.append(bytes);
        bytes = {};
        break;
      case State::kLength:
      case State::kChunk: {
        const std::size_t size = std::min(left_, bytes.size());
        body_.append(bytes.substr(0, size));
        bytes.remove_prefix(size);
        left_ -= size;
        if (left_ == 0) state_ = state_ == State::kLength ? State::kWhole : State::kChunkSize;
        break;
      }
      case State::kChunkSize:
        // The line end that closes a chunk reads as an empty line in front of the next size.
        if (read_line(bytes) && !line_.empty()) {
          left_ = std::strtoul(line_.c_str(), nullptr, 16);
          state_ = left_ == 0 ? State::kTrailer : State::kChunk;
          line_.clear();
        }
        break;
      case State::kTrailer:
        if (read_line(bytes)) {
          if (line_.empty()) state_ = State::kWhole;
          line_.clear();
        }
        break;
      case State::kWhole:
        break;
    }
  }
  return state_ == State::kWhole;
}

void HttpAnswer::read_head(std::string_view& bytes) {
  const std::size_t before = head_.size();
  head_.append(bytes);
  const std::size_t end = head_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
  if (end == std::string::npos) {
    bytes = {};
    return;
  }
  bytes.remove_prefix(end + 4 - before);
  head_.resize(end + 2);
  status_ = std::atoi(head_.c_str() + std::min<std::size_t>(head_.size(), 9));
  if (const auto length = header("Content-Length"); !length.empty()) {
    left_ = std::strtoul(length.data(), nullptr, 10);
    state_ = left_ == 0 ? State::kWhole : State::kLength;
  } else if (!header("Transfer-Encoding").empty()) {
    state_ = State::kChunkSize;
  } else {
    state_ = status_ == 304 || status_ == 204 ? State::kWhole : State::kUntilClose;
  }
}

bool HttpAnswer::read_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  line_.append(bytes.substr(0, end));
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  if (end == std::string_view::npos) return false;
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

std::string_view HttpAnswer::header(std::string_view name) const {
  for (std::size_t at = head_.find("\r\n"); at != std::string::npos; at = head_.find("\r\n", at)) {
    at += 2;
    if (head_.size() - at <= name.size() || head_[at + name.size()] != ':') continue;
    if (strncasecmp(head_.data() + at, name.data(), name.size()) != 0) continue;
    const std::size_t value = head_.find_first_not_of(' ', at + name.size() + 1);
    return std::string_view(head_).substr(value, head_.find("\r\n", value) - value);
  }
  return {};
}

std::string HttpAnswer::take_lines() {
  const std::size_t end = body_.rfind('\n') + 1;  // npos + 1 is 0: no whole line yet
  std::string lines = body_.substr(0, end);
  body_.erase(0, end);
  return lines;
}

void HttpAnswer::reset() {
  state_ = State::kHead;
  status_ = 0;
  left_ = 0;
  head_.clear();
  line_.clear();
  body_.clear();
}

}  // namespace bench
