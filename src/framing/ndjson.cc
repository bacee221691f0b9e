// ndjson.cc: one event's JSON object a line (https://github.com/ndjson/ndjson-spec). The cursor is
// the last line's id; nothing at all means that nothing came.
#include "framing/event_json.h"

namespace encke {
namespace {

void event_line(const Event& event, std::string& out) {
  out += event_json(event);
  out += '\n';
}

void answer(const Batch& batch, std::string& out) {
  for (const EventPtr& event : batch.events) event_line(*event, out);
}

void error(const ErrorText& error, std::string& out) {
  out += error_json(error);
  out += '\n';
}

}  // namespace

const Framing kNdjsonFraming = {
    "ndjson", "application/x-ndjson", answer, nullptr, nullptr, nullptr, nullptr, error};

}  // namespace encke
