// event_json.h: an event as the JSON object that every framing but text carries.
#pragma once

#include <string>
#include <string_view>

#include "core/event.h"
#include "framing/framing.h"

namespace encke {

/// Which encoding is kept in which slot of Event::encoded().
enum MemoSlot : std::size_t { kMemoJson, kMemoSse, kMemoText, kMemoIframe };

/// `{"id":"P","time":ms,"event":"message",…}`, on one line; encoded once for each event.
std::string_view event_json(const Event& event);

/// `message`, `private`, `system`, `nouser`, `gap` or `bye`.
std::string_view event_name(EventKind kind);

/// The position a reader is at after this event, if the event moves it.
std::optional<Position> event_cursor(const Event& event);

/// `text`, which is UTF-8, as a JSON string, appended to `out`.
void append_json_string(std::string_view text, std::string& out);

/// JSON as an expression of a script that stands in a page: without `<`, which could end the
/// script, and without U+2028 and U+2029, which end a line in ECMAScript up to 2018 and not in
/// JSON.
void append_script_literal(std::string_view json, std::string& out);

/// What a stream of lines begins with: `pad` blanks, or as many as were asked for, and a first
/// beat.
void open_lines(std::size_t pad, const FramingOptions& options, std::string& out);

/// `{"error":{"code":"…","message":"…","request":"…","retry_after":seconds}}`
std::string error_json(const ErrorText& error);

}  // namespace encke
