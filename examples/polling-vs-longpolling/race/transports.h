// transports.h: the six ways to listen, as a browser would: what is asked, and what comes back.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace race {

struct Transport {
  enum class Kind { kPoll, kLongPoll, kStream };

  std::string_view name;
  Kind kind;
  std::string_view target;  // without the cursor
  std::string_view accept;
  std::string_view fetched_as;  // Sec-Fetch-Dest and Sec-Fetch-Mode, as a browser says them
};

/// In the article's order, and that of the lanes.
extern const std::array<Transport, 6> kTransports;

/// A reader's requests carry what a browser sends with them: the header bytes are a part of what
/// is compared.
std::string listen_request(const Transport& transport, int port, std::string_view token,
                           std::string_view cursor);
std::string login_request(int port, std::string_view nickname);
/// The last 1,000 messages, for who was logged in anew and may have missed some.
std::string history_request(int port, std::string_view token);

/// What a part of an answer says, whatever its framing: each of them has the event's JSON on a
/// line. Looked for, not parsed: the texts are the feeder's, and ten thousand readers share the
/// cores with what they measure.
struct Heard {
  struct Message {
    long number;
    double said_at;  // milliseconds since 1970
  };
  std::vector<Message> messages;
  std::string cursor;  // to go on from; empty: as before
  std::string error;   // its code
  int retry = 0;       // of a bye: milliseconds
};
Heard hear(const Transport& transport, std::string_view part);

/// What stands between `before` and the next quote; empty if it is not there.
std::string_view between_quotes(std::string_view text, std::string_view before);
/// Whichever of two cursors of one epoch is later.
std::string later(const std::string& one, const std::string& other);

}  // namespace race
