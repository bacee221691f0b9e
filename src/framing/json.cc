// json.cc: a poll's answer as one JSON object, as docs/protocol.md has it:
// {"flag":true,"events":[E,…],"next":"P"}
#include "framing/event_json.h"

namespace encke {
namespace {

void answer(const Batch& batch, const FramingOptions&, std::string& out) {
  out += batch.events.empty() ? R"({"flag":false,"events":[)" : R"({"flag":true,"events":[)";
  bool first = true;
  for (const EventPtr& event : batch.events) {
    if (!first) out += ',';
    first = false;
    out += event_json(*event);
  }
  out += R"(],"next":")";
  out += to_string(batch.next);
  out += "\"}\n";
}

void error(const ErrorText& error, const FramingOptions&, std::string& out) {
  out += error_json(error);
  out += '\n';
}

}  // namespace

const Framing kJsonFraming = {
    .name = "json", .content_type = "application/json", .answer = answer, .error = error};

}  // namespace encke
