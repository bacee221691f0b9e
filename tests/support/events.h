// events.h: events to put into things, and what came out of them as lines that read well in a test.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/event.h"
#include "core/mailbox.h"

namespace encke {

using Lines = std::vector<std::string>;

/// A message in the lobby that stands at `position`.
inline Ref<Event> message_at(Position position, std::string text = "hi", WallTime time = {}) {
  auto event = make_ref<Event>();
  event->position = position;
  event->time = time;
  event->room = "lobby";
  event->from = "alice";
  event->text = std::move(text);
  return event;
}

inline Ref<Event> message(std::string room, std::string from, std::string text) {
  auto event = make_ref<Event>();
  event->room = std::move(room);
  event->from = std::move(from);
  event->text = std::move(text);
  return event;
}

inline Ref<Event> private_message(std::string from, std::string to, std::string text) {
  auto event = make_ref<Event>();
  event->kind = EventKind::kPrivate;
  event->from = std::move(from);
  event->to = std::move(to);
  event->text = std::move(text);
  return event;
}

/// `lobby alice: hi`, `alice>bob: psst`, `lobby 2 +bob -carol`, `nouser`, `gap`, `bye`.
inline std::string line(const Event& event) {
  switch (event.kind) {
    case EventKind::kMessage:
      return event.room + ' ' + event.from + ": " + event.text;
    case EventKind::kPrivate:
      return event.from + '>' + event.to + ": " + event.text;
    case EventKind::kSystem: {
      std::string text = event.room + ' ' + std::to_string(event.size);
      for (const Change& change : event.changes) {
        text += (change.came ? " +" : " -") + change.nickname;
      }
      if (event.more_changes != 0) text += " and " + std::to_string(event.more_changes) + " more";
      return text;
    }
    case EventKind::kNouser:
      return "nouser";
    case EventKind::kGap:
      return "gap";
    case EventKind::kBye:
      return "bye";
  }
  return "?";
}

inline Lines lines(const std::vector<EventPtr>& events) {
  Lines all;
  for (const EventPtr& event : events) all.push_back(line(*event));
  return all;
}

/// The texts alone, for events that differ in nothing else.
inline Lines texts(const std::vector<EventPtr>& events) {
  Lines all;
  for (const EventPtr& event : events) {
    all.push_back(event->kind == EventKind::kGap ? "gap" : event->text);
  }
  return all;
}

}  // namespace encke
