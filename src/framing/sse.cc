// sse.cc: Server-Sent Events (HTML Living Standard, section 9.2). The client library is the
// browser's own EventSource, which comes back by itself with Last-Event-ID.
#include <fmt/format.h>

#include <iterator>

#include "framing/event_json.h"

namespace encke {
namespace {

void open(std::chrono::milliseconds retry, std::string& out) {
  fmt::format_to(std::back_inserter(out), "retry: {}\n\n", retry.count());
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

void comment(std::string& out) { out += ":\n\n"; }

}  // namespace

const Framing kSseFraming = {"sse",  "text/event-stream", nullptr, open, event, comment, comment,
                             nullptr};

}  // namespace encke
