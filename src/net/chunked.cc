#include "net/chunked.h"

#include <algorithm>
#include <charconv>

namespace encke {
namespace {

tl::unexpected<Error> bad(const char* why) {
  return tl::unexpected(Error{ErrorCode::kBadRequest, why});
}

}  // namespace

tl::expected<std::size_t, Error> ChunkedDecoder::feed(std::string_view bytes) {
  const std::size_t all = bytes.size();
  while (!bytes.empty() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const auto part = bytes.substr(0, left_);
      body_ += part;
      left_ -= part.size();
      bytes.remove_prefix(part.size());
      if (left_ == 0) state_ = State::kDataEnd;
      continue;
    }
    const auto end = bytes.find('\n');
    const auto part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    line_ += part;
    bytes.remove_prefix(part.size());
    if (line_.size() > (state_ == State::kTrailer ? kMaxTrailer : kMaxLine)) {
      return bad("a line in the chunked body is too long");
    }
    if (end == std::string_view::npos) break;
    if (line_.size() < 2 || line_[line_.size() - 2] != '\r') {
      return bad("a bare line feed in the chunked body");
    }
    line_.resize(line_.size() - 2);
    if (line_.find('\r') != std::string::npos) {
      return bad("a bare carriage return in the chunked body");
    }
    if (auto ok = take_line(); !ok) return tl::unexpected(ok.error());
    line_.clear();
  }
  return all - bytes.size();
}

tl::expected<void, Error> ChunkedDecoder::take_line() {
  switch (state_) {
    case State::kSize: {
      const auto digits = std::string_view(line_).substr(0, line_.find(';'));
      std::size_t size = 0;
      const char* const end = digits.data() + digits.size();
      // from_chars takes neither sign nor space nor 0x (CVE-2026-45352 was a minus sign).
      const auto [at, error] = std::from_chars(digits.data(), end, size, 16);
      if (digits.empty() || digits.size() > 15 || error != std::errc() || at != end) {
        return bad("a chunk's size");
      }
      if (max_body_ != 0 && (size > max_body_ || body_.size() + size > max_body_)) {
        return tl::unexpected(
            Error{ErrorCode::kBodyTooLarge, "at most " + std::to_string(max_body_) + " bytes"});
      }
      left_ = size;
      state_ = size == 0 ? State::kTrailer : State::kData;
      return {};
    }
    case State::kDataEnd:
      if (!line_.empty()) return bad("a chunk is longer than its size");
      state_ = State::kSize;
      return {};
    case State::kTrailer:
      trailer_ += line_.size();
      if (trailer_ > kMaxTrailer) return bad("the trailers are too long");
      if (line_.empty()) state_ = State::kDone;
      return {};
    default:
      return {};
  }
}

}  // namespace encke
