// jsonp.cc: JSON as a script that calls a function of the page's, for pages of another origin and
// browsers without XMLHttpRequest. A script element can read no status, so errors come with 200.
//
// The comment in front keeps the first bytes of the answer out of the hands of whoever chose the
// function's name: some plug-ins ran whatever began as their files do (CVE-2014-4671).
#include "framing/event_json.h"

namespace encke {
namespace {

void wrap(std::string_view json, const FramingOptions& options, std::string& out) {
  while (json.ends_with('\n')) json.remove_suffix(1);
  out.append("/**/").append(options.callback) += '(';
  append_script_literal(json, out);
  out += ");\n";
}

void answer(const Batch& batch, const FramingOptions& options, std::string& out) {
  std::string json;
  kJsonFraming.answer(batch, options, json);
  wrap(json, options, out);
}

void error(const ErrorText& error, const FramingOptions& options, std::string& out) {
  wrap(error_json(error), options, out);
}

}  // namespace

const Framing kJsonpFraming = {.name = "jsonp",
                               .content_type = "text/javascript; charset=utf-8",
                               .answer = answer,
                               .wrap = wrap,
                               .error = error,
                               .hides_status = true};

}  // namespace encke
