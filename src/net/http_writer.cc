#include "net/http_writer.h"

#include <fmt/format.h>

#include <iterator>

namespace encke {
namespace {

void write_headers(const Headers& headers, std::string& out) {
  for (const auto& [name, value] : headers) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
}

void write_number(std::size_t number, std::string& out) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

void write_connection(const ResponseTail& tail, std::string& out) {
  if (!tail.keep_alive) {
    out += "Connection: close\r\n";
  } else if (tail.minor == 0) {
    out += "Connection: keep-alive\r\n";
  }
}

}  // namespace

std::string_view status_reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "";  // RFC 9112, section 4: it may be empty
  }
}

Headers live_headers(bool stream) {
  Headers headers = {{"Cache-Control", "no-store, no-transform"},
                     {"X-Content-Type-Options", "nosniff"}};
  if (stream) headers.emplace_back("X-Accel-Buffering", "no");
  return headers;
}

void write_response(const Reply& reply, const ResponseTail& tail, std::string& out) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", reply.status,
                 status_reason(reply.status));
  write_headers(reply.headers, out);
  write_connection(tail, out);
  if (reply.status != 204) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", reply.body.size());
    if (!reply.content_type.empty()) {
      fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\n", reply.content_type);
    }
  }
  out += "\r\n";
  if (!tail.head_only && reply.status != 204) out += reply.body;
}

void write_answer(const Framing& framing, const Headers& headers, std::string_view body,
                  const ResponseTail& tail, std::string& out) {
  out += "HTTP/1.1 200 OK\r\n";
  out += kLiveHeaders;
  write_headers(headers, out);
  write_connection(tail, out);
  out += "Content-Type: ";
  out += framing.content_type;
  out += "\r\nContent-Length: ";
  write_number(body.size(), out);
  out += "\r\n\r\n";
  if (!tail.head_only) out += body;
}

void write_stream_head(const Framing& framing, const Headers& headers, const ResponseTail& tail,
                       std::string& out) {
  out += "HTTP/1.1 200 OK\r\n";
  out += kLiveHeaders;
  out += "X-Accel-Buffering: no\r\n";
  write_headers(headers, out);
  // A stream is the last thing on its connection: nothing tells when it will end.
  out += "Connection: close\r\n";
  if (tail.minor == 1) out += "Transfer-Encoding: chunked\r\n";
  out += "Content-Type: ";
  out += framing.content_type;
  out += "\r\n\r\n";
}

void write_stream_part(std::string_view data, int minor, std::string& out) {
  if (data.empty()) return;  // a chunk of no bytes would be the last
  if (minor == 0) {
    out += data;
    return;
  }
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", data.size());
  out += data;
  out += "\r\n";
}

}  // namespace encke
