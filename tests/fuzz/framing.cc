// Framings: whatever was said by whoever in whichever room, each framing carries that and nothing
// else: no line, field, part, tag or script that somebody wrote.
#include "framing/framing.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "core/text.h"
#include "framing/event_json.h"
#include "fuzz.h"

namespace encke::fuzz {
namespace {

using Json = nlohmann::json;

std::string name_or(std::string_view name, const char* other) {
  return check_room(name) ? std::string(name) : other;
}

// Of the fields of an input, as core would let them in.
Ref<Event> make_event(Input& input) {
  auto event = make_ref<Event>();
  event->kind = static_cast<EventKind>(input.number() % 6);
  event->position = {0xABC, 1U + input.number()};
  event->time = WallTime(std::chrono::milliseconds(1732332000123));
  const bool has_image = input.number() % 2 == 1;
  event->from = name_or(input.field(), "alice");
  event->to = name_or(input.field(), "bob");
  event->room = name_or(input.field(), "lobby");
  if (event->kind == EventKind::kSystem) {
    while (!input.rest().empty() && event->changes.size() < 20) {
      event->changes.push_back({name_or(input.field(), "carol"), event->changes.size() % 2 == 0});
    }
    event->size = event->changes.size();
    return event;
  }
  if (has_image) event->image = ImageRef{"/images/ID.png", "image/png", 640, 2, 70};
  event->text = clean_text(input.rest(), 0).value_or(has_image ? "" : "hi");
  return event;
}

std::string render(const Framing& framing, const Event& event) {
  std::string out;
  framing.event(event, out);
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (auto at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  parts.push_back(text);
  return parts;
}

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  PROMISE(text.size() >= before.size() + after.size());
  PROMISE(text.starts_with(before) && text.ends_with(after));
  return text.substr(before.size(), text.size() - before.size() - after.size());
}

void check_json(const Event& event, const Json& json) {
  PROMISE(json.is_object() && json["event"] == event_name(event.kind));
  const bool said = event.kind <= EventKind::kPrivate;
  if (said) {
    PROMISE(json["from"] == event.from);
    PROMISE(json.value("text", "") == event.text);
    PROMISE(json.contains("image") == event.image.has_value());
  }
  if (event.kind == EventKind::kMessage) PROMISE(json["room"] == event.room);
  if (event.kind == EventKind::kPrivate) PROMISE(json["to"] == event.to);
  if (event.kind != EventKind::kSystem) return;
  PROMISE(json["changes"].size() == event.changes.size());
  for (std::size_t i = 0; i < event.changes.size(); ++i) {
    PROMISE(json["changes"][i]["nickname"] == event.changes[i].nickname);
    PROMISE(json["changes"][i]["flag"] == event.changes[i].came);
  }
}

// An answer of two events reads as both.
void check_answer(const EventPtr& event, const Json& json) {
  Batch batch;
  batch.events = {event, event};
  batch.next = {0xABC, 9};
  std::string out;
  kJsonFraming.answer(batch, {}, out);
  PROMISE(Json::parse(out) == Json({{"flag", true}, {"events", {json, json}}, {"next", "abc-9"}}));
}

void check_ndjson(const Event& event, const Json& json) {
  const std::string out = render(kNdjsonFraming, event);
  PROMISE(out.find('\n') == out.size() - 1 && out.find('\r') == std::string::npos);
  PROMISE(Json::parse(out) == json);
  PROMISE(render(kXhrFraming, event) == out);
}

// The event stream format of HTML, section 9.2.6: any of three line ends, and an empty line at the
// end.
void check_sse(const Event& event, const Json& json) {
  const std::string out = render(kSseFraming, event);
  PROMISE(out.find('\r') == std::string::npos);
  const auto lines = split(out, '\n');
  PROMISE(lines.size() >= 4 && lines.back().empty() && lines[lines.size() - 2].empty());
  std::string_view expected = event_cursor(event) ? "id" : "event";
  for (std::size_t i = 0; i + 2 < lines.size(); ++i) {
    const auto colon = lines[i].find(": ");
    PROMISE(colon != std::string_view::npos);
    const auto field = lines[i].substr(0, colon);
    const auto value = lines[i].substr(colon + 2);
    if (field == "retry") {
      PROMISE(event.kind == EventKind::kBye && i == 0);
      continue;
    }
    PROMISE(field == expected);
    if (field == "id") {
      PROMISE(value == to_string(*event_cursor(event)));
      expected = "event";
    } else if (field == "event") {
      PROMISE(value == event_name(event.kind));
      expected = "data";
    } else {
      PROMISE(Json::parse(value) == json);
      expected = "";
    }
  }
  PROMISE(expected.empty());
}

std::string unescape(std::string_view field) {
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\') {
      out += field[i];
      continue;
    }
    PROMISE(++i < field.size());
    PROMISE(field[i] == 't' || field[i] == 'n' || field[i] == '\\');
    out += field[i] == 't' ? '\t' : field[i] == 'n' ? '\n' : '\\';
  }
  return out;
}

void check_text(const Event& event) {
  const std::string out = render(kTextFraming, event);
  PROMISE(out.find('\n') == out.size() - 1);
  const auto fields = split(std::string_view(out).substr(0, out.size() - 1), '\t');
  PROMISE(fields.size() == 6);
  PROMISE(fields[2] == event_name(event.kind));
  PROMISE(unescape(fields[3]) == event.from);
  PROMISE(unescape(fields[4]) == (event.kind == EventKind::kPrivate ? event.to : event.room));
  if (event.kind <= EventKind::kPrivate) {
    const std::string image = event.image ? event.image->url : "";
    PROMISE(unescape(fields[5]) ==
            event.text + (event.text.empty() || image.empty() ? "" : " ") + image);
  } else if (event.kind == EventKind::kSystem && !event.changes.empty()) {
    PROMISE(split(unescape(fields[5]), ',').size() == event.changes.size());
  }
}

void check_multipart(const Event& event, const Json& json) {
  const std::string out = render(kMultipartFraming, event);
  const auto body = between(out, "\r\nContent-Type: application/json\r\n\r\n", "\r\n--encke");
  PROMISE(body.find_first_of("\r\n") == std::string_view::npos);
  PROMISE(Json::parse(body) == json);
  PROMISE(render(kMixedFraming, event) == out);
}

void check_iframe(const Event& event, const Json& json) {
  const std::string out = render(kIframeFraming, event);
  const auto literal = between(out, "<script>e(", ")</script>\n");
  PROMISE(literal.find('<') == std::string_view::npos);
  PROMISE(literal.find('\n') == std::string_view::npos);
  PROMISE(literal.find("\xE2\x80\xA8") == std::string_view::npos);
  PROMISE(literal.find("\xE2\x80\xA9") == std::string_view::npos);
  PROMISE(Json::parse(literal) == json);
}

// The tags alone, with their attributes.
std::string tags_of(std::string_view html) {
  std::string tags;
  bool inside = false;
  for (const char c : html) {
    PROMISE(c != '<' || !inside);
    PROMISE(c != '>' || inside);
    if (c == '<') inside = true;
    if (inside) tags += c;
    if (c == '>') inside = false;
  }
  PROMISE(!inside);
  return tags;
}

// With nothing in it that could be taken for markup.
Ref<Event> harmless(const Event& event) {
  auto copy = make_ref<Event>();
  copy->kind = event.kind;
  copy->position = event.position;
  copy->time = event.time;
  copy->from = copy->to = copy->room = "x";
  copy->image = event.image;
  copy->size = event.size;
  copy->text = event.text;
  for (char& c : copy->text) c = c == '\n' ? c : 'x';
  for (const Change& change : event.changes) copy->changes.push_back({"x", change.came});
  return copy;
}

void check_html(const Event& event) {
  const std::string out = render(kHtmlFraming, event);
  PROMISE(tags_of(out) == tags_of(render(kHtmlFraming, *harmless(event))));
}

}  // namespace
}  // namespace encke::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace encke;
  using namespace encke::fuzz;
  Input input(data, size);
  const EventPtr event = make_event(input);
  const auto json = nlohmann::json::parse(event_json(*event));
  check_json(*event, json);
  check_answer(event, json);
  check_ndjson(*event, json);
  check_sse(*event, json);
  check_text(*event);
  check_multipart(*event, json);
  check_iframe(*event, json);
  check_html(*event);
  return 0;
}
