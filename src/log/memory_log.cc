#include "log/memory_log.h"

#include <algorithm>
#include <utility>

namespace encke {

MemoryLog::MemoryLog(const Clock& clock, RandomSource& random, std::size_t keep,
                     std::size_t keep_bytes)
    : clock_(clock), keep_(keep), keep_bytes_(keep_bytes) {
  // Empty, so a new epoch: no cursor of an earlier life can be mistaken for one of this (D4).
  std::uint64_t epoch = 0;
  while (epoch == 0) {
    random.fill(std::as_writable_bytes(std::span(&epoch, 1)));
    epoch &= 0xFFFFFFFFFF;  // 40 bits: short in a shell, and two lives in a trillion share one
  }
  end_.epoch = epoch;
}

void MemoryLog::append(Ref<Event> event, Done done) {
  {
    MutexLock lock(mutex_);
    pending_.push_back({std::move(event), std::move(done)});
    if (committing_) return;
    committing_ = true;
  }
  std::vector<Pending> batch;
  std::vector<EventPtr> committed;
  while (true) {
    batch.clear();
    committed.clear();
    {
      MutexLock lock(mutex_);
      batch.swap(pending_);
      if (batch.empty()) {
        committing_ = false;
        return;
      }
      // A wall clock may be set back; the log's times may not.
      last_time_ = std::max(last_time_, clock_.wall_now());
      for (Pending& pending : batch) {
        ++end_.offset;
        pending.event->position = end_;
        pending.event->time = last_time_;
        committed.emplace_back(pending.event);
        keep(committed.back());
      }
    }
    sink_(committed);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch[i].done) batch[i].done(committed[i]);
    }
  }
}

Position MemoryLog::end() const {
  MutexLock lock(mutex_);
  return end_;
}

std::string MemoryLog::conversation(const Event& event) {
  if (event.kind == EventKind::kMessage) return "room\n" + event.room;
  return "two\n" + std::min(event.from, event.to) + '\n' + std::max(event.from, event.to);
}

void MemoryLog::keep(const EventPtr& event) {
  if (event->kind == EventKind::kSystem || keep_ == 0) return;
  kept_.push_back(event);
  conversations_[conversation(*event)].push_back(event);
  kept_bytes_ += event->text.size();
  while (kept_.size() > keep_ || (keep_bytes_ != 0 && kept_bytes_ > keep_bytes_)) {
    const auto oldest = conversations_.find(conversation(*kept_.front()));
    oldest->second.pop_front();
    if (oldest->second.empty()) conversations_.erase(oldest);
    kept_bytes_ -= kept_.front()->text.size();
    kept_.pop_front();
  }
}

tl::expected<History, Error> MemoryLog::history(const HistoryQuery& query) const {
  Event probe;
  probe.kind = query.room.empty() ? EventKind::kPrivate : EventKind::kMessage;
  probe.room = query.room;
  probe.from = query.user;
  probe.to = query.with;
  History history;
  MutexLock lock(mutex_);
  const auto found = conversations_.find(conversation(probe));
  if (found == conversations_.end()) return history;
  const auto& events = found->second;
  auto end = events.end();
  if (query.before) {
    // A position of another epoch is of another life, and nothing here is older than that.
    if (query.before->epoch != end_.epoch) return history;
    end = std::lower_bound(events.begin(), events.end(), query.before->offset,
                           [](const EventPtr& event, std::uint64_t offset) {
                             return event->position.offset < offset;
                           });
  }
  auto begin = events.begin();
  if (query.after.epoch == end_.epoch) {
    begin = std::upper_bound(begin, end, query.after.offset,
                             [](std::uint64_t offset, const EventPtr& event) {
                               return offset < event->position.offset;
                             });
  }
  const auto available = static_cast<std::size_t>(end - begin);
  const std::size_t count = std::min(query.limit, available);
  history.more = available > count;
  history.events.assign(end - static_cast<std::ptrdiff_t>(count), end);
  return history;
}

}  // namespace encke
