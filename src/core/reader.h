// reader.h: one poll or stream, as the mailbox it reads from sees it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ref.h"

namespace encke {

/// Why a reader is to finish although nothing came for it.
enum class Ending : std::uint8_t {
  kNone,
  kSuperseded,  ///< a newer poll of the same reader, or one reader too many: answer and be done
  kClosed,      ///< its session ended
  kDraining,    ///< the server goes away: say bye
};

/// Lives as long as its request is held or streamed. Its mailbox keeps it in a list from enter() to
/// leave(); the fields below belong to that mailbox's lock.
class Reader : public RefCounted {
 public:
  /// `name` tells the readers of one user apart: a newer one of the same name supersedes the older.
  /// 0 is no name, and supersedes nobody. `session` is what Mailbox::end_session() goes by.
  Reader(std::uint64_t name, std::uint64_t session) : name_(name), session_(session) {}

  /// Something follows the cursor it was armed with, or it is to end. Called once for each arming,
  /// from any thread, with no lock held; must not block.
  virtual void wake() = 0;

 private:
  friend class Mailbox;
  const std::uint64_t name_;
  const std::uint64_t session_;
  Reader* next_ = nullptr;    // older readers of the same mailbox
  std::uint64_t cursor_ = 0;  // wakes when an event after this comes
  bool armed_ = false;
  Ending ending_ = Ending::kNone;
};

using ReaderPtr = Ref<Reader>;

/// Readers to wake once the locks are released. Reused from one fan-out to the next.
class WakeList {
 public:
  WakeList() = default;
  WakeList(const WakeList&) = delete;
  WakeList& operator=(const WakeList&) = delete;
  ~WakeList() { run(); }
  void add(Reader& reader) { readers_.emplace_back(&reader); }
  void run() {
    for (auto& reader : readers_) reader->wake();
    readers_.clear();
  }

 private:
  std::vector<ReaderPtr> readers_;
};

}  // namespace encke
