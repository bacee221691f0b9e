// event.h: what happens in a chat, as everything else passes it on.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/position.h"
#include "core/ref.h"

namespace encke {

enum class EventKind : std::uint8_t {
  kMessage,  ///< said in a room
  kPrivate,  ///< said to one user; both of them get it
  kSystem,   ///< who came to and left a room, gathered
  kNouser,   ///< to one user: you were evicted; has no position
  kGap,      ///< to one reader: some of what you missed is gone; has no position
  kBye,      ///< to one reader: the server goes away; has no position
};

struct ImageRef {
  std::string url;   ///< path on this server: /images/ID.EXT
  std::string type;  ///< MIME type
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint64_t bytes = 0;
};

struct Change {
  std::string nickname;
  bool came = false;  ///< `flag` on the wire: true came, false went
};

/// One event. Filled in by one thread, then committed and shared by all, never changed again; only
/// the memo of its encodings grows, and that from any thread.
class Event final : public RefCounted {
 public:
  Event() = default;
  ~Event() override;

  Position position;
  WallTime time{};
  EventKind kind = EventKind::kMessage;
  std::string room;
  std::string from;
  std::string to;  ///< of kNouser: the name of the error that says why; empty: said nothing
  std::string text;
  std::optional<ImageRef> image;
  std::vector<Change> changes;         ///< kSystem: at most HubOptions::max_changes of them
  std::size_t more_changes = 0;        ///< kSystem: how many more there were; ask /users
  std::size_t size = 0;                ///< kSystem: users online in the room
  Position after;                      ///< kGap: the cursor that was asked for
  Position oldest;                     ///< kGap: reading after this gives everything that is kept
  std::chrono::milliseconds retry{0};  ///< kBye
  std::string send_key;  ///< what it was sent with, and by whom (SendKeys); told to nobody

  /// When the hub was given it, committed; TimePoint() before that, and for what was read from a
  /// disk or has no position.
  mutable std::atomic<TimePoint> committed{};

  /// The encoding number `slot` of this event, made by `encode` at the first call and shared by
  /// all readers after that (architecture.md, D3). Two threads may both encode; one result is kept.
  static constexpr std::size_t kMemoSlots = 4;
  using Encode = void (*)(const Event&, std::string& out);
  std::string_view encoded(std::size_t slot, Encode encode) const;

 private:
  mutable std::array<std::atomic<const std::string*>, kMemoSlots> memo_{};
};

using EventPtr = Ref<const Event>;

}  // namespace encke
