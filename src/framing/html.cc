// html.cc: a page that never ends and needs no script: each event is a paragraph of it. Older than
// any other way to push, and what a text browser that shows a page while it loads can follow.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>

#include "framing/event_html.h"
#include "framing/event_json.h"

namespace encke {
namespace {

constexpr std::size_t kPad = 1024;  // as for an iframe
constexpr double kShownSide = 320;  // pixels

std::tm local(WallTime time) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm local{};
  localtime_r(&seconds, &local);
  return local;
}

void append_lines(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    append_html(text.substr(0, end), out);
    if (end == std::string_view::npos) return;
    out += "<br>&nbsp;| ";  // or a second line could pass for somebody else's first
    text.remove_prefix(end + 1);
  }
}

void append_image(const ImageRef& image, std::string& out) {
  const double longer = std::max({image.width, image.height, std::uint32_t{1}});
  const double scale = std::min(1.0, kShownSide / longer);
  const auto shown = [scale](std::uint32_t side) {
    return std::max(1, static_cast<int>(side * scale));
  };
  fmt::format_to(std::back_inserter(out),
                 "<br><a href=\"{0}\"><img src=\"{0}\" width=\"{1}\" height=\"{2}\" "
                 "alt=\"[{3} {4}x{5}]\"></a>",
                 image.url, shown(image.width), shown(image.height), image.type, image.width,
                 image.height);
}

void append_said(const Event& event, std::string& out) {
  out += "<b>";
  append_html(event.from, out);
  if (event.kind == EventKind::kPrivate) {
    out += "</b> -&gt; <b>";
    append_html(event.to, out);
  }
  out += "</b>: ";
  append_lines(event.text, out);
  if (event.image) append_image(*event.image, out);
}

void append_news(const Event& event, std::string& out) {
  out += "<i>";
  for (const Change& change : event.changes) {
    out += change.came ? "+ " : "- ";
    append_html(change.nickname, out);
    out += ' ';
  }
  if (event.more_changes != 0) {
    fmt::format_to(std::back_inserter(out), "... {} ", event.more_changes);
  }
  fmt::format_to(std::back_inserter(out), "({})</i>", event.size);
}

void event(const Event& event, std::string& out) {
  std::string line;
  append_event_line(event, line);
  if (!line.empty()) out.append("<p>").append(line).append("</p>\n");
}

void open(std::chrono::milliseconds, const FramingOptions& options, std::string& out) {
  out +=
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Encke</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<link rel=\"stylesheet\" href=\"/plain.css\"></head>\n"
      "<body><h1>Encke</h1>\n<p><a href=\"/plain\">/plain</a></p>\n";
  out.append("<!--").append(options.pad.value_or(kPad), ' ').append("-->\n");
}

void beat(const FramingOptions&, std::string& out) { out += "<!-- -->\n"; }

// Who can follow the page without a script can follow a link; a browser that does as `refresh` says
// goes on by itself.
void close(Position next, std::optional<std::chrono::milliseconds> retry, std::string& out) {
  const std::string url = "/plain/stream?since=" + to_string(next);
  fmt::format_to(std::back_inserter(out), "<p><a href=\"{}\">&gt;&gt;&gt;</a></p>\n", url);
  if (retry) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*retry).count();
    fmt::format_to(std::back_inserter(out),
                   "<meta http-equiv=\"refresh\" content=\"{}; url={}\">\n", seconds, url);
  }
  out += "</body></html>\n";
}

void error(const ErrorText& error, const FramingOptions& options, std::string& out) {
  open({}, options, out);
  out += "<p><b>";
  append_html(error.message, out);
  out += "</b></p>\n";
  if (!error.request.empty()) {
    out += "<p><small>";
    append_html(error.request, out);
    out += "</small></p>\n";
  }
  out += "</body></html>\n";
}

}  // namespace

void append_html(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

std::string local_day(WallTime time) { return fmt::format("{:%Y-%m-%d}", local(time)); }

std::string local_time(WallTime time) { return fmt::format("{:%H:%M}", local(time)); }

void append_event_line(const Event& event, std::string& out) {
  switch (event.kind) {
    case EventKind::kMessage:
    case EventKind::kPrivate:
      out += local_time(event.time) + ' ';
      return append_said(event, out);
    case EventKind::kSystem:
      out += local_time(event.time) + ' ';
      return append_news(event, out);
    case EventKind::kNouser:
      return append_html(event.text, out);
    case EventKind::kGap:
      out += "[...]";
      return;
    case EventKind::kBye:
      return;
  }
}

const Framing kHtmlFraming = {.name = "html",
                              .content_type = "text/html; charset=utf-8",
                              .open = open,
                              .event = event,
                              .beat = beat,
                              .close = close,
                              .error = error};

}  // namespace encke
