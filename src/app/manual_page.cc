// manual_page.cc: encke(1), made of options.def as all else is.
#include <fmt/format.h>

#include <iterator>

#include "app/option_table.h"
#include "encke/version.h"

namespace encke {
namespace {

// Nothing in a text is to be taken for a request or an escape of troff's.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (out.empty() && (c == '.' || c == '\'')) {
      (out += "\\&") += c;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string manual_page() {
  const Options defaults;
  std::string page = fmt::format(
      ".TH ENCKE 1 \"\" \"encke {}\" \"User Commands\"\n"
      ".SH NAME\n"
      "encke \\- a chat server for clients that cannot speak WebSocket\n"
      ".SH SYNOPSIS\n"
      ".B encke\n"
      "[\\fIOPTION\\fR]...\n"
      ".br\n.B encke\n"
      "\\fBcheck\\fR|\\fBexport\\fR|\\fBrestored\\fR \\fB\\-\\-data\\fR \\fIFOLDER\\fR\n"
      ".SH DESCRIPTION\n"
      "Serves a chat over HTTP, by long polling and streams, until it is sent SIGINT or SIGTERM.\n"
      "Every option may be given as a flag, in the environment (\\fB\\-\\-max\\-text 8k\\fR:\n"
      "\\fBENCKE_MAX_TEXT=8k\\fR), or in a file (\\fBmax\\-text = 8k\\fR). A flag counts before "
      "the\n"
      "environment, and that before the file. Zero turns a limit, or a rule, off. A time is a "
      "number\n"
      "of seconds, or has ms, s, m or h behind it; bytes may have k or M.\n"
      ".SH OPTIONS\n"
      ".TP\n\\fB\\-\\-config\\fR \\fIFILE\\fR\n"
      "file of lines `name = value`\n"
      ".TP\n\\fB\\-\\-check\\-config\\fR\n"
      "read everything, say what is wrong or else what counts, and end\n"
      ".TP\n\\fB\\-\\-example\\-config\\fR\n"
      "print a file for \\-\\-config with every default, and end\n"
      ".TP\n\\fB\\-\\-help\\fR, \\fB\\-\\-version\\fR\n",
      kVersion);
  std::string_view group;
  for (const OptionRow& row : option_table()) {
    if (row.group != group)
      fmt::format_to(std::back_inserter(page), ".SS {}\n", escaped(row.group));
    group = row.group;
    const auto values = row.show(defaults);
    const std::string value = values.empty() ? "" : values.front();
    fmt::format_to(std::back_inserter(page), ".TP\n\\fB\\-\\-{}\\fR{}\n{}\n", escaped(row.name),
                   value.empty() ? "" : " (" + escaped(value) + ")", escaped(row.help));
  }
  page +=
      ".SH COMMANDS\n"
      ".TP\n\\fBcheck\\fR\nsays whether all is well with what is kept in FOLDER\n"
      ".TP\n\\fBexport\\fR\nprints all events that are kept there, a JSON object a line\n"
      ".TP\n\\fBrestored\\fR\nafter a backup was put back, and before the server starts: takes a "
      "new epoch\n"
      ".SH FILES\n"
      ".TP\n.I /etc/encke/encke.conf\nwhat the system's own encke is started with\n"
      ".TP\n.I /usr/share/encke/public\nthe page for browsers\n";
  return page;
}

}  // namespace encke
