// text.cc: one event a line, for shells: id, time, event, from, to-or-room and text, with a tab
// between them, and with tab, newline and backslash inside of them escaped as \t, \n and \\.
#include <fmt/format.h>

#include "framing/event_json.h"

namespace encke {
namespace {

void escape(std::string_view field, std::string& out) {
  for (const char c : field) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
}

// What stands in the last field: the words said, and where the image is; who came (+) and went (-).
std::string last_field(const Event& event) {
  std::string text = event.text;
  switch (event.kind) {
    case EventKind::kSystem:
      for (const Change& change : event.changes) {
        if (!text.empty()) text += ',';
        text += (change.came ? '+' : '-') + change.nickname;
      }
      if (event.more_changes != 0) text += fmt::format(",{} more", event.more_changes);
      break;
    case EventKind::kGap:
      text = to_string(event.after);
      break;
    case EventKind::kBye:
      text = std::to_string(event.retry.count());
      break;
    default:
      if (event.image) text += (text.empty() ? "" : " ") + event.image->url;
  }
  return text;
}

void encode(const Event& event, std::string& out) {
  const auto cursor = event_cursor(event);
  if (cursor) out += to_string(*cursor);
  out += '\t';
  if (event.kind < EventKind::kNouser) out += std::to_string(event.time.time_since_epoch().count());
  out += '\t';
  out += event_name(event.kind);
  out += '\t';
  escape(event.from, out);
  out += '\t';
  escape(event.kind == EventKind::kPrivate ? event.to : event.room, out);
  out += '\t';
  escape(last_field(event), out);
  out += '\n';
}

void event_line(const Event& event, std::string& out) { out += event.encoded(kMemoText, encode); }

void answer(const Batch& batch, const FramingOptions&, std::string& out) {
  for (const EventPtr& event : batch.events) event_line(*event, out);
}

void open(std::chrono::milliseconds, const FramingOptions& options, std::string& out) {
  open_lines(0, options, out);
}

void beat(const FramingOptions&, std::string& out) { out += '\n'; }

void error(const ErrorText& error, const FramingOptions&, std::string& out) {
  out += "error\t";
  out += error.code;
  out += '\t';
  escape(error.message, out);
  out += '\n';
}

}  // namespace

const Framing kTextFraming = {.name = "text",
                              .content_type = "text/plain; charset=utf-8",
                              .answer = answer,
                              .open = open,
                              .event = event_line,
                              .beat = beat,
                              .error = error};

}  // namespace encke
