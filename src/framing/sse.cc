// sse.cc: Server-Sent Events (HTML Living Standard, section 9.2). The client library is the
// browser's own EventSource, which comes back by itself with Last-Event-ID.
#include <fmt/format.h>

#include <iterator>

#include "framing/event_json.h"

namespace encke {
namespace {

// A comment, which an EventSource keeps to itself; or an event, for a script that has to notice.
void beat(const FramingOptions& options, std::string& out) {
  out += options.audible ? "event: beat\ndata: {\"event\":\"beat\"}\n\n" : ":\n\n";
}

void open(std::chrono::milliseconds retry, const FramingOptions& options, std::string& out) {
  if (const std::size_t pad = options.pad.value_or(0); pad != 0) {
    out.append(":").append(pad, ' ').append("\n\n");
  }
  fmt::format_to(std::back_inserter(out), "retry: {}\n\n", retry.count());
  if (options.audible) beat(options, out);
}

void encode(const Event& event, std::string& out) {
  // What has no position (bye, nouser) must not move the client's Last-Event-ID, so it has no id.
  if (const auto cursor = event_cursor(event)) {
    fmt::format_to(std::back_inserter(out), "id: {}\n", to_string(*cursor));
  }
  if (event.kind == EventKind::kBye) {
    fmt::format_to(std::back_inserter(out), "retry: {}\n", event.retry.count());
  }
  fmt::format_to(std::back_inserter(out), "event: {}\ndata: {}\n\n", event_name(event.kind),
                 event_json(event));
}

void event(const Event& event, std::string& out) { out += event.encoded(kMemoSse, encode); }

void after_first(std::string& out) { out += ":\n\n"; }

void error(const ErrorText& error, const FramingOptions&, std::string& out) {
  fmt::format_to(std::back_inserter(out), "event: error\ndata: {}\n\n", error_json(error));
}

}  // namespace

const Framing kSseFraming = {.name = "sse",
                             .content_type = "text/event-stream",
                             .open = open,
                             .event = event,
                             .beat = beat,
                             .after_first = after_first,
                             .error = error};

}  // namespace encke
