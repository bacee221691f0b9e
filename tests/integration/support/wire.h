// wire.h: one TCP connection to the server, and the little of HTTP that a test needs to see:
// exactly what it sends, and exactly what comes back.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "integration/support/program.h"

namespace encke {

using Json = nlohmann::json;
using Fields = std::vector<std::pair<std::string, std::string>>;

struct Response {
  int status = 0;
  std::string version;  // HTTP/1.1
  Fields headers;
  std::string body;

  /// The first of that name, in any case; empty if there is none.
  std::string header(std::string_view name) const;
  bool has(std::string_view name) const;
  Json json() const;
  /// The stable code of the error; empty if it is none.
  std::string error() const;
};

/// One block of Server-Sent Events, up to its empty line.
struct SseBlock {
  std::string id;
  std::string event;
  std::string data;
  std::string retry;
  bool comment = false;
  Json json() const { return Json::parse(data); }
};

/// Every read and write has a generous deadline, after which it throws Trouble: a test that would
/// hang fails. Not for use by several threads at a time.
class Wire {
 public:
  /// `receive_buffer`: bytes that the kernel may hold for us; for a reader that is slow on purpose.
  explicit Wire(int port, int receive_buffer = 0);
  Wire(Wire&& other) noexcept;
  Wire& operator=(Wire&& other) noexcept;
  ~Wire();

  void send(std::string_view bytes);
  /// As much as the other end takes; false if it hung up in the middle.
  bool try_send(std::string_view bytes);
  /// No more is sent; reading goes on.
  void finish_sending();
  /// Gone, without a goodbye: the other end's next write is answered with a reset.
  void cut();

  /// A whole response, to a request of this method.
  Response read(std::string_view method = "GET");
  /// Its head, whatever follows.
  Response read_head();
  /// The next part of a stream whose head has been read; empty at its end.
  std::string read_part();
  /// The next block of a stream of Server-Sent Events; nothing at its end.
  std::optional<SseBlock> next_block();
  /// The next that is an event, whatever comments and the like come before.
  std::optional<SseBlock> next_event();
  /// Whatever has come, as soon as anything has; at most so many bytes. Empty at the end.
  std::string read_any(std::size_t most = static_cast<std::size_t>(-1));
  /// Everything until the other end closes, or resets, the connection.
  std::string read_to_end();
  /// That, and whether nothing more came.
  bool closed() { return read_to_end().empty(); }

 private:
  bool fill();
  std::string take(std::size_t size);
  std::string take_line();

  int fd_ = -1;
  std::string in_;      // what has arrived and was not taken
  std::string events_;  // what was read of a stream of events
  bool chunked_ = false;
  bool stream_over_ = false;
};

/// A whole request, with a Content-Length where there is a body.
std::string make_request(std::string_view method, std::string_view target,
                         const Fields& headers = {}, std::string_view body = {});

/// A request on a connection of its own.
Response fetch(int port, std::string_view method, std::string_view target,
               const Fields& headers = {}, std::string_view body = {});

}  // namespace encke
