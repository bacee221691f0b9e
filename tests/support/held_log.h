// held_log.h: a log whose commits a test can hold back, as a disk or a network would, or refuse.
#pragma once

#include <utility>
#include <vector>

#include "log/memory_log.h"

namespace encke {

/// A memory log until hold() or refuse() is called. Those two, and release(), are for one thread.
class HeldLog final : public EventLog {
 public:
  HeldLog(const Clock& clock, RandomSource& random, std::size_t keep) : log_(clock, random, keep) {}

  void hold() { mode_ = Mode::kHold; }
  void refuse() { mode_ = Mode::kRefuse; }
  /// Commits what was held, in order, and holds no more.
  void release() {
    mode_ = Mode::kCommit;
    for (auto& [event, done] : std::exchange(held_, {}))
      log_.append(std::move(event), std::move(done));
  }

  void start(Sink sink) override { log_.start(std::move(sink)); }
  void append(Ref<Event> event, Done done) override {
    switch (mode_) {
      case Mode::kCommit:
        return log_.append(std::move(event), std::move(done));
      case Mode::kHold:
        held_.emplace_back(std::move(event), std::move(done));
        return;
      case Mode::kRefuse:
        if (done) done(tl::unexpected(Error{ErrorCode::kLogUnavailable}));
    }
  }
  Position end() const override { return log_.end(); }
  tl::expected<History, Error> history(const HistoryQuery& query) const override {
    return log_.history(query);
  }

 private:
  enum class Mode { kCommit, kHold, kRefuse };
  MemoryLog log_;
  Mode mode_ = Mode::kCommit;
  std::vector<std::pair<Ref<Event>, Done>> held_;
};

}  // namespace encke
