// http_writer.h: responses that are not cpp-httplib's to format, because their request's call into
// it has long returned: held polls, streams, and answers that waited for a commit.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/request.h"

namespace encke {

/// How the connection goes on after a response.
struct ResponseTail {
  int minor = 1;  ///< of the request
  bool keep_alive = true;
  bool head_only = false;  ///< it answers a HEAD
};

std::string_view status_reason(int status);

/// The whole response, appended to `out`.
void write_response(const Reply& reply, const ResponseTail& tail, std::string& out);

/// 200 with a poll's answer; the hot path of write_response().
void write_answer(const Framing& framing, const Headers& headers, std::string_view body,
                  const ResponseTail& tail, std::string& out);

/// The head of a stream: chunked for HTTP/1.1, up to the connection's end for HTTP/1.0.
void write_stream_head(const Framing& framing, const Headers& headers, const ResponseTail& tail,
                       std::string& out);

/// `data` as a part of a stream: as a chunk for HTTP/1.1.
void write_stream_part(std::string_view data, int minor, std::string& out);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// The headers of everything that tells of events: never cached, never transformed, never sniffed;
/// of a stream, never buffered either.
Headers live_headers(bool stream);
inline constexpr std::string_view kLiveHeaders =
    "Cache-Control: no-store, no-transform\r\nX-Content-Type-Options: nosniff\r\n";

}  // namespace encke
