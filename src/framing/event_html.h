// event_html.h: an event as a line of HTML, for pages that need no script.
#pragma once

#include <string>
#include <string_view>

#include "core/event.h"

namespace encke {

/// `text` as it may stand in HTML, in a quoted attribute too.
void append_html(std::string_view text, std::string& out);

/// The day and the time of day where the server is, `2026-11-24` and `09:30`.
std::string local_day(WallTime time);
std::string local_time(WallTime time);

/// The line without an element around it; nothing for an event that there is nothing to say of. It
/// has no words but names and what was said, and so no language.
void append_event_line(const Event& event, std::string& out);

}  // namespace encke
