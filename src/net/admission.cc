#include "net/admission.h"

#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <iterator>

namespace encke {
namespace {

constexpr std::size_t kChunkOverhead = 64 * 1024;

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }

}  // namespace

Admission::Step Admission::look(std::string_view bytes) {
  if (head_size_ == 0) {
    // RFC 9112, section 2.2: an empty line or two before a request is a habit of old clients.
    std::size_t skip = 0;
    while (skip < 4 && bytes.substr(skip).starts_with("\r\n")) skip += 2;
    if (scanned_ < skip) scanned_ = skip;
    const auto end = find_head_end(bytes, scanned_);
    const std::size_t size = end.value_or(bytes.size());
    if (limits_.max_head != 0 && size > limits_.max_head) {
      return refuse({ErrorCode::kHeadTooLarge, ""});
    }
    if (!end) return Step::kMore;
    const auto framing = parse_head(bytes.substr(skip, *end - skip), limits_, head_);
    if (!framing) {
      has_head_ = !head_.path.empty();  // enough of one to know how to tell the error
      return refuse(framing.error());
    }
    has_head_ = true;
    framing_ = *framing;
    head_size_ = *end;
    const auto max_body = service_.max_body(head_);
    if (!max_body) return refuse(max_body.error());
    if (*max_body != 0 && framing_.length > *max_body) {
      return refuse({ErrorCode::kBodyTooLarge, fmt::format("at most {} bytes", *max_body)});
    }
    max_body_ = *max_body;
    if (framing_.chunked) chunked_.emplace(max_body_);
    fed_ = head_size_;
  }
  return look_at_body(bytes);
}

Admission::Step Admission::look_at_body(std::string_view bytes) {
  body_arrived_ = bytes.size() - head_size_;
  bool whole = false;
  if (chunked_) {
    // Chunks of one byte, each with an extension, would be a body of a hundred times its size. What
    // has arrived behind the body is another request's, and does not count.
    const std::size_t bound = 2 * max_body_ + kChunkOverhead;
    const auto fresh = bytes.substr(fed_);
    const auto used =
        chunked_->feed(max_body_ == 0 ? fresh : fresh.substr(0, bound + 1 - (fed_ - head_size_)));
    if (!used) return refuse(used.error());
    fed_ += *used;
    if (max_body_ != 0 && fed_ - head_size_ > bound) {
      return refuse({ErrorCode::kBodyTooLarge, "with what is between its chunks"});
    }
    body_arrived_ = chunked_->body().size();
    whole = chunked_->done();
    consumed_ = fed_;
  } else {
    whole = *body_arrived_ >= framing_.length;
    consumed_ = head_size_ + framing_.length;
  }
  if (!whole) {
    has_head_ = false;  // the bytes may move before the next look
    if (framing_.expects_continue && !continued_ && *body_arrived_ == 0) {
      continued_ = true;
      return Step::kContinue;
    }
    return Step::kMore;
  }
  if (!has_head_) {
    const auto start = bytes.find_first_not_of("\r\n");
    (void)parse_head(bytes.substr(start, head_size_ - start), limits_, head_);
    has_head_ = true;
  }
  if (!chunked_) body_ = bytes.substr(head_size_, framing_.length);
  // Some browsers keep the type of a form's body when they follow the redirect that answered it.
  if (!head_.is_read()) {
    if (auto error = check_multipart(head_.header("Content-Type"), body())) {
      return refuse(std::move(*error));
    }
  }
  return Step::kReady;
}

Admission::Step Admission::refuse(Error error) {
  error_ = std::move(error);
  return Step::kRefused;
}

void Admission::reset() {
  scanned_ = head_size_ = fed_ = consumed_ = 0;
  has_head_ = continued_ = false;
  framing_ = {};
  chunked_.reset();
  body_ = {};
  body_arrived_.reset();
}

void count_request(const Admission& admission, Traffic& traffic) {
  NetCounters::add(traffic.requests);
  NetCounters::add(traffic.head_in, admission.head_size());
  NetCounters::add(traffic.body_in, admission.consumed() - admission.head_size());
}

std::string to_httplib(const RequestHead& head, std::string_view body) {
  std::string out;
  out.reserve(256 + body.size());
  const auto content_type = head.header("Content-Type");
  // Without the query: api reads it from the head, and cpp-httplib has a bound of its own on it.
  fmt::format_to(std::back_inserter(out), "{} {} HTTP/1.{}\r\n", head.method, head.path,
                 head.minor);
  // A form is parsed by api: cpp-httplib stops at 8 KiB of it, and loses a body without field
  // names.
  const bool form = content_type.size() >= 33 &&
                    strncasecmp(content_type.data(), "application/x-www-form-urlencoded", 33) == 0;
  constexpr std::string_view kMultipart = "multipart/form-data";
  if (!head.is_read() && content_type.size() >= kMultipart.size() &&
      strncasecmp(content_type.data(), kMultipart.data(), kMultipart.size()) == 0) {
    // cpp-httplib knows it in lower case only.
    fmt::format_to(std::back_inserter(out), "Content-Type: {}{}\r\n", kMultipart,
                   content_type.substr(kMultipart.size()));
  } else if (!content_type.empty() && !form && !head.is_read()) {
    fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\n", content_type);
  }
  if (!head.is_read())
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", body.size());
  if (!head.keep_alive) {
    out += "Connection: close\r\n";
  } else if (head.minor == 0) {
    out += "Connection: Keep-Alive\r\n";
  }
  out += "\r\n";
  out += body;
  return out;
}

std::optional<Error> check_multipart(std::string_view content_type, std::string_view body) {
  constexpr std::string_view kType = "multipart/form-data";
  constexpr std::size_t kMaxParts = 32;
  constexpr std::size_t kMaxPartLines = 8;
  constexpr std::size_t kMaxPartLine = 512;
  const auto bad = [](const char* why) { return Error{ErrorCode::kBadRequest, why}; };
  if (content_type.size() < kType.size() ||
      strncasecmp(content_type.data(), kType.data(), kType.size()) != 0) {
    return std::nullopt;
  }
  const auto at = content_type.find("boundary=");
  if (at == std::string_view::npos) return bad("a multipart body without a boundary");
  auto boundary = content_type.substr(at + 9);
  boundary = boundary.substr(0, boundary.find(';'));
  if (boundary.size() >= 2 && boundary.front() == '"' && boundary.back() == '"') {
    boundary = boundary.substr(1, boundary.size() - 2);
  }
  if (boundary.empty() || boundary.size() > 70) return bad("the multipart boundary");
  const std::string delimiter = "--" + std::string(boundary);
  std::size_t parts = 0;
  for (auto start = body.find(delimiter); start != std::string_view::npos;
       start = body.find(delimiter, start + delimiter.size())) {
    auto head = body.substr(start + delimiter.size());
    if (head.starts_with("--")) {
      // Behind a false end, more parts would go unseen.
      if (head == "--" || head == "--\r\n") return std::nullopt;
      return bad("something behind the multipart body's end");
    }
    if (++parts > kMaxParts) return bad("too many parts");
    if (!head.starts_with("\r\n")) return bad("a part's boundary");
    head.remove_prefix(2);
    for (std::size_t lines = 0;; ++lines) {
      const auto end = head.substr(0, kMaxPartLine + 2).find("\r\n");
      if (end == std::string_view::npos) return bad("a part's header is too long");
      if (end == 0) break;
      if (lines == kMaxPartLines) return bad("a part has too many headers");
      std::string line(head.substr(0, end));
      std::transform(line.begin(), line.end(), line.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      });
      if (line.find("filename*") != std::string::npos) return bad("filename* in a form");
      if (std::any_of(line.begin(), line.end(), is_control)) {
        return bad("a control character in a part's header");
      }
      head.remove_prefix(end + 2);
    }
  }
  return bad("a multipart body without its end");
}

}  // namespace encke
