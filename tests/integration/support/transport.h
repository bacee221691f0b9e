// transport.h: a client's side of every transport: what it asks for, and how it takes events out of
// the bytes that have come, however many those are. A new transport is a row here.
#pragma once

#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "integration/support/wire.h"

namespace encke {

struct Transport {
  const char* name;
  /// What is asked for, up to the cursor: `since=` is added to it.
  const char* target;
  bool stream;
  /// Whoever uses it can read no status.
  bool hides_status;
  /// Takes what is whole from the front of `body`: each event, error and beat as a JSON object.
  /// What is not whole stays.
  void (*take)(std::string& body, std::vector<Json>& out);
};

std::span<const Transport> all_transports();
std::ostream& operator<<(std::ostream& out, const Transport& transport);

/// A reader that uses transports: the little that a client has to know to lose and double nothing.
class TransportReader {
 public:
  explicit TransportReader(std::string cursor) : cursor_(std::move(cursor)) {}

  /// Asks for what follows the cursor. Whatever was half said before is forgotten. Of what comes,
  /// no more than `most` events are taken.
  std::string ask(const Transport& transport, const Fields& auth, std::string_view parameters = {},
                  std::size_t most = static_cast<std::size_t>(-1));
  /// More of the answer has come. Throws Trouble at a connection's end (no bytes) before that of
  /// the answer.
  void hear(std::string_view bytes);
  /// All of the answer has come.
  bool over() const { return over_; }

  /// All that have a place in the log, in the order in which they came.
  const std::vector<Json>& events() const { return events_; }
  std::vector<std::string> ids() const;
  /// How many of that kind have come, `beat` and such included.
  int count(const std::string& kind) const {
    const auto found = kinds_.find(kind);
    return found == kinds_.end() ? 0 : found->second;
  }
  const std::string& cursor() const { return cursor_; }
  const std::string& error() const { return error_; }
  int status() const { return status_; }

 private:
  void undo_chunks();
  void take(const Json& one);

  const Transport* transport_ = nullptr;
  std::vector<Json> events_;
  std::map<std::string, int> kinds_;
  std::string cursor_;
  std::string error_;
  std::size_t most_ = 0;
  // Of the answer that is being heard.
  std::string raw_;   // not yet decoded
  std::string body_;  // not yet taken
  int status_ = 0;
  bool chunked_ = false;
  std::size_t length_ = 0;
  bool over_ = false;
};

}  // namespace encke
