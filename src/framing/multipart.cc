// multipart.cc: a body of parts (RFC 2046, section 5.1), one for each event. As
// multipart/x-mixed-replace it is Netscape's server push, where each part takes the place of the
// one before; as multipart/mixed, the same for readers that want to keep them.
//
// A part is over when the next boundary has come. So each is followed by that at once, without the
// line's end, which stands before the next part: the last boundary is made of it with two dashes.
#include "framing/event_json.h"

namespace encke {
namespace {

constexpr std::string_view kBoundary = "--encke";

void part(std::string_view json, std::string& out) {
  out.append("\r\nContent-Type: application/json\r\n\r\n").append(json);
  out.append("\r\n").append(kBoundary);
}

void beat(const FramingOptions&, std::string& out) { part(R"({"event":"beat"})", out); }

void open(std::chrono::milliseconds, const FramingOptions& options, std::string& out) {
  // What stands before the first boundary is for nobody (section 5.1.1).
  if (const std::size_t pad = options.pad.value_or(0); pad != 0) {
    out.append(pad, ' ').append("\r\n");
  }
  out += kBoundary;
  beat(options, out);
}

void event(const Event& event, std::string& out) { part(event_json(event), out); }

void close(Position, std::optional<std::chrono::milliseconds>, std::string& out) {
  out += "--\r\n";
}

void error(const ErrorText& error, const FramingOptions&, std::string& out) {
  out += kBoundary;
  part(error_json(error), out);
  close({}, {}, out);
}

constexpr Framing multipart(std::string_view name, std::string_view content_type) {
  return {.name = name,
          .content_type = content_type,
          .open = open,
          .event = event,
          .beat = beat,
          .close = close,
          .error = error};
}

}  // namespace

const Framing kMultipartFraming =
    multipart("multipart", "multipart/x-mixed-replace; boundary=encke");
const Framing kMixedFraming = multipart("mixed", "multipart/mixed; boundary=encke");

}  // namespace encke
