// ndjson.cc: one event's JSON object a line (https://github.com/ndjson/ndjson-spec). The cursor is
// the last line's id; nothing at all means that nothing came. An empty line is a beat.
//
// xhr is the same for a script that reads along while it grows: as text, which every XMLHttpRequest
// hands over, and behind a prelude, without which Chromium holds the first 2 KiB of text/plain.
#include "framing/event_json.h"

namespace encke {
namespace {

constexpr std::size_t kXhrPrelude = 2048;

void event_line(const Event& event, std::string& out) {
  out += event_json(event);
  out += '\n';
}

void answer(const Batch& batch, const FramingOptions&, std::string& out) {
  for (const EventPtr& event : batch.events) event_line(*event, out);
}

void beat(const FramingOptions&, std::string& out) { out += '\n'; }

void open(std::chrono::milliseconds, const FramingOptions& options, std::string& out) {
  open_lines(0, options, out);
}

void open_xhr(std::chrono::milliseconds, const FramingOptions& options, std::string& out) {
  open_lines(kXhrPrelude, options, out);
}

void error(const ErrorText& error, const FramingOptions&, std::string& out) {
  out += error_json(error);
  out += '\n';
}

}  // namespace

const Framing kNdjsonFraming = {.name = "ndjson",
                                .content_type = "application/x-ndjson",
                                .answer = answer,
                                .open = open,
                                .event = event_line,
                                .beat = beat,
                                .error = error};

const Framing kXhrFraming = {.name = "xhr",
                             .content_type = "text/plain; charset=utf-8",
                             .open = open_xhr,
                             .event = event_line,
                             .beat = beat,
                             .error = error};

}  // namespace encke
