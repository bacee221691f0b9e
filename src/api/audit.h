// audit.h: who came, who was banned, and who was refused: a line each, for whoever looks later.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/address.h"
#include "core/clock.h"
#include "core/mutex.h"

namespace encke {

/// Appends lines of JSON to a file. Nothing that a client says can begin another line, or be taken
/// for a terminal's commands: all but plain ASCII is escaped. There is no place in a line for a
/// secret or a token.
///
/// The file is opened to append, so it may be cut where it stands (logrotate's `copytruncate`); and
/// it is looked for anew by its name when it was moved away, at most a second later.
///
/// Refusals are cheap to provoke: beyond kRefusals in a second they are counted, and the count is a
/// line of its own. Every method may be called from any thread; a line is written by its caller.
class Audit {
 public:
  static constexpr std::uint64_t kRefusals = 50;  // a second

  struct Line {
    std::string_view what;  ///< login, ban, refusal, …
    std::string_view nickname = {};
    Address address = {};
    std::string_view by = {};      ///< an operator
    std::string_view target = {};  ///< an address that was banned, a room
    std::string_view how = {};     ///< secret, jwt, …
    std::string_view path = {};    ///< of what was refused
    std::string_view reason = {};
  };

  explicit Audit(const Clock& clock) : clock_(clock) {}
  ~Audit();
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  /// `-`: the standard error output. Before anything else. Why not, if it cannot be opened.
  std::optional<std::string> open(const std::string& path);
  bool is_on() const { return on_; }

  void write(const Line& line);
  void write_refusal(const Line& line);
  /// What was only counted, if its second is over.
  void flush();

 private:
  static std::string text(const Line& line, WallTime now);
  void put(const std::string& line) REQUIRES(mutex_);
  /// False: nobody takes it now.
  bool write_line(const std::string& line) const REQUIRES(mutex_);
  void look_for_file(WallTime now) REQUIRES(mutex_);
  void tell_count(WallTime now) REQUIRES(mutex_);

  const Clock& clock_;
  std::string path_;
  bool on_ = false;
  Mutex mutex_;
  int fd_ GUARDED_BY(mutex_) = -1;
  std::int64_t looked_ GUARDED_BY(mutex_) = 0;  // second of the last look for the file
  std::int64_t second_ GUARDED_BY(mutex_) = 0;  // whose refusals are counted
  std::uint64_t refusals_ GUARDED_BY(mutex_) = 0;
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
};

}  // namespace encke
