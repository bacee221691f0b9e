// threaded_connection.h: one socket of `--hold=thread`: a thread that reads, answers, and reads
// again.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "net/admission.h"
#include "net/counters.h"
#include "net/httplib_bridge.h"
#include "net/net_options.h"
#include "net/request.h"
#include "net/socket.h"

namespace encke {

/// The response goes to the socket as it is made.
class SocketStream final : public RequestStream {
 public:
  SocketStream(std::string request, Socket& socket, const NetOptions& options,
               NetCounters& counters, bool listens)
      : RequestStream(std::move(request)),
        socket_(socket),
        options_(options),
        counters_(counters),
        traffic_(counters.traffic(listens)) {}
  bool failed() const { return failed_; }

 protected:
  ssize_t write_all(const char* data, std::size_t size) override;

 private:
  Socket& socket_;
  const NetOptions& options_;
  NetCounters& counters_;
  Traffic& traffic_;
  HeadMeter head_;
  bool failed_ = false;
};

/// Gathers requests from a socket that does not block, by waiting for it.
class RequestReader {
 public:
  enum class Result { kReady, kRefused, kClosed };

  RequestReader(Socket& socket, const NetOptions& options, const Service& service,
                const Clock& clock, NetCounters& counters)
      : socket_(socket),
        options_(options),
        clock_(clock),
        counters_(counters),
        admission_(options, service) {}

  /// Blocks until the socket is there to read from. False if it never will be: whoever spoke
  /// something other than TLS has been told.
  bool shake_hands();
  /// Blocks for the next request. `idle` is told when the connection has nothing going on, and when
  /// that is over.
  Result next(const std::function<void(bool)>& idle);
  const Admission& admission() const { return admission_; }
  const Error& error() const { return error_; }

  /// The other end has closed its side, as far as can be seen without reading.
  bool peer_gone() const;
  /// Says that no more is sent, and reads for a little while, so that what was sent arrives.
  void linger();

 private:
  bool read_more(TimePoint deadline);

  Socket& socket_;
  const NetOptions& options_;
  const Clock& clock_;
  NetCounters& counters_;
  Admission admission_;
  Error error_;
  std::string bytes_;
  bool used_ = false;
  bool timed_out_ = false;
};

/// poll() for one descriptor until a deadline. False if that passed.
bool wait_for(int fd, short events, TimePoint deadline, const Clock& clock);

}  // namespace encke
