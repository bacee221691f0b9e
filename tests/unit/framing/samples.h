// samples.h: one event of each kind, as docs/protocol.md has them.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/event.h"
#include "core/mailbox.h"

namespace encke::samples {

inline Ref<Event> event(EventKind kind, std::uint64_t offset) {
  auto event = make_ref<Event>();
  event->kind = kind;
  event->position = {0xABC, offset};
  event->time = WallTime(std::chrono::milliseconds(1732332000123));
  return event;
}

inline Ref<Event> said(std::string text) {
  auto said = event(EventKind::kMessage, 7);
  said->room = "lobby";
  said->from = "alice";
  said->text = std::move(text);
  return said;
}

inline Ref<Event> image(std::string text = "") {
  auto image = said(std::move(text));
  image->image = ImageRef{"/images/ID.png", "image/png", 1, 2, 70};
  return image;
}

inline Ref<Event> private_one() {
  auto psst = event(EventKind::kPrivate, 8);
  psst->from = "alice";
  psst->to = "bob";
  psst->text = "psst";
  return psst;
}

inline Ref<Event> news() {
  auto news = event(EventKind::kSystem, 9);
  news->room = "lobby";
  news->size = 12;
  news->changes = {{"bob", true}, {"carol", false}};
  return news;
}

inline Ref<Event> nouser() {
  auto nouser = make_ref<Event>();
  nouser->kind = EventKind::kNouser;
  nouser->text = "you were evicted";
  return nouser;
}

inline Ref<Event> gap() {
  auto gap = make_ref<Event>();
  gap->kind = EventKind::kGap;
  gap->after = {0xABC, 3};
  gap->oldest = {0xABC, 6};
  return gap;
}

inline Ref<Event> bye() {
  auto bye = make_ref<Event>();
  bye->kind = EventKind::kBye;
  bye->retry = std::chrono::milliseconds(5000);
  return bye;
}

inline Batch batch(std::vector<EventPtr> events, std::uint64_t next) {
  Batch batch;
  batch.events = std::move(events);
  batch.next = {0xABC, next};
  return batch;
}

}  // namespace encke::samples
