#include "transports.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

namespace race {
namespace {

using Kind = Transport::Kind;

// Firefox's, as it asks a page's own server.
constexpr std::string_view kBrowser =
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Connection: keep-alive\r\n"
    "Sec-Fetch-Site: same-origin\r\n";
constexpr std::string_view kScripted = "Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\n";

std::string get(int port, std::string_view target, std::string_view token, std::string_view accept,
                std::string_view fetched_as) {
  return fmt::format(
      "GET {0} HTTP/1.1\r\nHost: localhost:{1}\r\nAccept: {2}\r\n{3}{4}"
      "Referer: http://localhost:{1}/lane.html\r\nCookie: encke={5}\r\n\r\n",
      target, port, accept, kBrowser, fetched_as, token);
}

long offset_of(std::string_view cursor) {
  return std::atol(std::string(cursor.substr(cursor.find('-') + 1)).c_str());
}

/// "12@1795501893461.250"
bool read_message(std::string_view text, Heard::Message& message) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, message.number);
  if (error != std::errc() || at == end || *at != '@') return false;
  const auto [rest, error_behind] = std::from_chars(at + 1, end, message.said_at);
  return error_behind == std::errc() && rest == end;
}

}  // namespace

const std::array<Transport, 6> kTransports = {{
    {"poll", Kind::kPoll, "/poll", "*/*", kScripted},
    {"longpoll", Kind::kLongPoll, "/longpoll", "*/*", kScripted},
    {"iframe", Kind::kStream, "/stream?as=iframe",
     "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
     "Sec-Fetch-Dest: iframe\r\nSec-Fetch-Mode: navigate\r\nUpgrade-Insecure-Requests: 1\r\n"},
    {"xhr", Kind::kStream, "/stream?as=xhr", "*/*", kScripted},
    {"jsonp", Kind::kLongPoll, "/longpoll?callback=heard", "*/*",
     "Sec-Fetch-Dest: script\r\nSec-Fetch-Mode: no-cors\r\n"},
    {"sse", Kind::kStream, "/events", "text/event-stream", kScripted},
}};

std::string listen_request(const Transport& transport, int port, std::string_view token,
                           std::string_view cursor) {
  const char joint = transport.target.find('?') == std::string_view::npos ? '?' : '&';
  return get(port, fmt::format("{}{}since={}", transport.target, joint, cursor), token,
             transport.accept, transport.fetched_as);
}

std::string login_request(int port, std::string_view nickname) {
  const std::string body = fmt::format("nickname={}&secret=race", nickname);
  return fmt::format(
      "POST /login HTTP/1.1\r\nHost: localhost:{}\r\n{}"
      "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{}",
      port, kBrowser, body.size(), body);
}

std::string history_request(int port, std::string_view token) {
  return get(port, "/history?room=lobby&limit=1000", token, "*/*", kScripted);
}

Heard hear(const Transport& transport, std::string_view part) {
  static constexpr std::string_view kText = R"("text":")";
  Heard heard;
  for (auto at = part.find(kText); at != std::string_view::npos; at = part.find(kText, at + 1)) {
    Heard::Message message;
    if (read_message(between_quotes(part.substr(at), kText), message)) {
      heard.messages.push_back(message);
    }
  }
  if (transport.kind == Kind::kStream) {
    // The last "id" there is; before the first event there may be a gap.
    const auto last = part.rfind(R"("id":")");
    if (last != std::string_view::npos) {
      heard.cursor = between_quotes(part.substr(last), R"("id":")");
    }
  } else {
    heard.cursor = between_quotes(part, R"("next":")");
  }
  heard.error = between_quotes(part, R"("error":{"code":")");
  const auto bye = part.find(R"("event":"bye","retry":)");
  if (bye != std::string_view::npos) heard.retry = std::atoi(part.data() + bye + 22);
  return heard;
}

std::string_view between_quotes(std::string_view text, std::string_view before) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + before.size());
  return text.substr(0, text.find('"'));
}

std::string later(const std::string& one, const std::string& other) {
  return offset_of(one) < offset_of(other) ? other : one;
}

}  // namespace race
