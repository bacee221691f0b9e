#include "net/http_head.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace encke {
namespace {

tl::unexpected<Error> refuse(ErrorCode code, const char* why) {
  return tl::unexpected(Error{code, why});
}
tl::unexpected<Error> bad(const char* why) { return refuse(ErrorCode::kBadRequest, why); }

// tchar of RFC 9110, section 5.6.2, as a table: heads are scanned for every request.
constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<std::size_t>(c)] = true;
  return table;
}();

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return kTokenChars[static_cast<unsigned char>(c)];
  });
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// %0D, %0A or %00: somebody downstream may decode it, and a stored line end is a forged header
// (CVE-2026-45372).
bool hides_line_end(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const auto code = text.substr(at + 1, 2);
    if (code == "0d" || code == "0D" || code == "0a" || code == "0A" || code == "00") return true;
  }
  return false;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

tl::expected<void, Error> parse_request_line(std::string_view line, const NetOptions& limits,
                                             RequestHead& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return bad("the request line");
  head.method = line.substr(0, first);
  auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(head.method) || head.method.size() > 16) return bad("the method");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (version.starts_with("HTTP/") && version.size() <= 10) {
      return refuse(ErrorCode::kHttpVersion, "HTTP/1.1 and HTTP/1.0 are spoken here");
    }
    return bad("the request line");
  }
  head.minor = version.back() - '0';
  head.keep_alive = head.minor == 1;
  if (limits.max_line != 0 && target.size() > limits.max_line) {
    return refuse(ErrorCode::kUriTooLong, "");
  }
  for (const char c : target) {
    if (c <= ' ' || c == 0x7F || c == '#') return bad("a character in the target");
  }
  if (hides_line_end(target)) return bad("an encoded line end or NUL in the target");
  // RFC 9112, section 3.2.2: the absolute form is to be accepted, and its authority passed over,
  // which ends where a path or a query begins (RFC 3986, section 3.2).
  bool absolute = false;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto end = std::min(target.find_first_of("/?", scheme.size()), target.size());
    target.remove_prefix(end);
    absolute = true;
  }
  const auto mark = target.find('?');
  head.path = target.substr(0, mark);
  if (absolute && head.path.empty()) head.path = "/";
  if (!head.path.starts_with('/') && target != "*") return bad("the target");
  head.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  return {};
}

tl::expected<void, Error> parse_field(std::string_view line, HeaderField& field) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return bad("a header without a colon");
  field.name = line.substr(0, colon);
  field.value = trim(line.substr(colon + 1));
  if (!is_token(field.name)) return bad("a header's name");  // a folded line begins with a space
  for (const char c : field.value) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) {
      return bad("a control character in a header");
    }
  }
  if (hides_line_end(field.value)) return bad("an encoded line end or NUL in a header");
  return {};
}

// What the headers say of the body and the connection, each said once and without contradiction.
struct Framers {
  std::optional<std::size_t> length;
  bool chunked = false;
  bool expects_continue = false;
  int hosts = 0;
};

bool lists(std::string_view value, std::string_view item) {
  while (!value.empty()) {
    const auto comma = value.find(',');
    if (same(trim(value.substr(0, comma)), item)) return true;
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
  }
  return false;
}

tl::expected<void, Error> note_framer(const HeaderField& field, RequestHead& head,
                                      Framers& framers) {
  switch (field.name.size()) {
    case 4:
      if (same(field.name, "Host")) ++framers.hosts;
      break;
    case 6:
      if (same(field.name, "Expect")) {
        if (!same(field.value, "100-continue")) return refuse(ErrorCode::kExpectationFailed, "");
        framers.expects_continue = head.minor == 1;
      }
      break;
    case 10:
      if (same(field.name, "Connection")) {
        if (lists(field.value, "close")) head.keep_alive = false;
        if (head.minor == 0 && lists(field.value, "keep-alive")) head.keep_alive = true;
      }
      break;
    case 14:
      if (same(field.name, "Content-Length")) {
        std::size_t length = 0;
        const auto& text = field.value;
        const auto end = text.data() + text.size();
        const auto [at, error] = std::from_chars(text.data(), end, length);
        if (text.empty() || text.size() > 18 || error != std::errc() || at != end) {
          return bad("the Content-Length");
        }
        if (framers.length) return bad("more than one Content-Length");
        framers.length = length;
      }
      break;
    case 16:
      if (same(field.name, "Content-Encoding") && !same(field.value, "identity")) {
        // Never unpacked here: a small body could become a huge one (CVE-2026-22776).
        return refuse(ErrorCode::kUnsupportedMediaType, "a compressed body");
      }
      break;
    case 17:
      if (same(field.name, "Transfer-Encoding")) {
        if (framers.chunked) return bad("more than one Transfer-Encoding");
        if (head.minor == 0) return bad("a Transfer-Encoding in HTTP/1.0");
        if (!same(field.value, "chunked")) {
          return refuse(ErrorCode::kNotImplemented, "of the transfer encodings, chunked is known");
        }
        framers.chunked = true;
      }
      break;
    default:
      break;
  }
  return {};
}

}  // namespace

std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned) {
  for (auto at = bytes.find('\n', scanned); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    const auto rest = bytes.substr(at + 1);
    if (rest.starts_with("\r\n")) return at + 3;
    if (rest.starts_with('\n')) return at + 2;  // a bare line feed; parse_head() refuses it
    if (rest.empty() || rest == "\r") {
      scanned = at;
      return std::nullopt;
    }
  }
  scanned = bytes.size();
  return std::nullopt;
}

tl::expected<BodyFraming, Error> parse_head(std::string_view bytes, const NetOptions& limits,
                                            RequestHead& head) {
  head.method = head.path = head.query = {};
  head.headers.clear();
  Framers framers;
  bool first = true;
  while (true) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) return bad("the head's end");
    if (end == 0 || bytes[end - 1] != '\r') return bad("a line feed without a carriage return");
    const auto line = bytes.substr(0, end - 1);
    bytes.remove_prefix(end + 1);
    if (line.find('\r') != std::string_view::npos) {
      return bad("a carriage return without a line feed");
    }
    if (first) {
      if (auto ok = parse_request_line(line, limits, head); !ok) return tl::unexpected(ok.error());
      first = false;
      continue;
    }
    if (line.empty()) break;
    if (limits.max_line != 0 && line.size() > limits.max_line) {
      return refuse(ErrorCode::kHeadTooLarge, "a header line");
    }
    if (limits.max_headers != 0 && head.headers.size() == limits.max_headers) {
      return refuse(ErrorCode::kTooManyHeaders, "");
    }
    HeaderField field;
    if (auto ok = parse_field(line, field); !ok) return tl::unexpected(ok.error());
    if (auto ok = note_framer(field, head, framers); !ok) return tl::unexpected(ok.error());
    head.headers.push_back(field);
  }
  if (framers.hosts > 1 || (framers.hosts == 0 && head.minor == 1)) return bad("not one Host");
  if (framers.chunked && framers.length) return bad("both Content-Length and Transfer-Encoding");
  const bool may_have_body = head.method != "GET" && head.method != "HEAD" &&
                             head.method != "OPTIONS" && head.method != "DELETE";
  if (!may_have_body && (framers.chunked || framers.length.value_or(0) != 0)) {
    // Whoever passes over it would read it as the next request (CVE-2026-34441).
    return bad("a body on this method");
  }
  return BodyFraming{framers.chunked, framers.length.value_or(0), framers.expects_continue};
}

}  // namespace encke
