// iframe.cc: a page that never ends, in a hidden iframe: the forever frame, and the same within
// IE's `htmlfile`. Each event is a script element, which runs as it arrives and calls the page
// around.
//
// A form that is sent into an iframe is answered by a page of the same kind, with one call (wrap).
// An iframe can read no status, so errors come with 200.
#include <fmt/format.h>

#include <iterator>

#include "framing/event_json.h"

namespace encke {
namespace {

constexpr std::size_t kPad = 1024;  // every WebKit up to today's holds a page's first bytes

// Calls a page of this origin only, which `parent.document` shows: a stranger's page that frames
// this one, or links to it, could else choose a function of any window it has to do with.
void head(const FramingOptions& options, std::string& out) {
  fmt::format_to(
      std::back_inserter(out),
      "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Encke</title></head><body>"
      "<script>function e(x){{if(parent!=self&&parent.document)parent.{}(x)}}</script>\n",
      options.callback.empty() ? "encke" : options.callback);
}

void call(std::string_view json, std::string& out) {
  out += "<script>e(";
  append_script_literal(json, out);
  out += ")</script>\n";
}

void close(Position, std::optional<std::chrono::milliseconds>, std::string& out) {
  out += "</body></html>\n";
}

void wrap(std::string_view json, const FramingOptions& options, std::string& out) {
  while (json.ends_with('\n')) json.remove_suffix(1);
  head(options, out);
  call(json, out);
  close({}, {}, out);
}

void beat(const FramingOptions&, std::string& out) { call(R"({"event":"beat"})", out); }

void open(std::chrono::milliseconds, const FramingOptions& options, std::string& out) {
  head(options, out);
  if (const std::size_t pad = options.pad.value_or(kPad); pad != 0) {
    out.append("<!--").append(pad, ' ').append("-->\n");
  }
  beat(options, out);
}

void encode(const Event& event, std::string& out) { call(event_json(event), out); }

// A long text of nothing but `<` is six times as long here, and a log keeps its events for a good
// while: what is shared by all readers is kept with the event, but not at any size.
constexpr std::size_t kMaxMemo = 4096;

void event(const Event& event, std::string& out) {
  if (event.text.size() > kMaxMemo) {
    encode(event, out);
  } else {
    out += event.encoded(kMemoIframe, encode);
  }
}

void error(const ErrorText& error, const FramingOptions& options, std::string& out) {
  wrap(error_json(error), options, out);
}

}  // namespace

const Framing kIframeFraming = {.name = "iframe",
                                .content_type = "text/html; charset=utf-8",
                                .wrap = wrap,
                                .open = open,
                                .event = event,
                                .beat = beat,
                                .close = close,
                                .error = error,
                                .hides_status = true};

}  // namespace encke
