// httplib_bridge.h: from an admitted request through cpp-httplib to the service, and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "net/httplib_seam.h"
#include "net/net_options.h"
#include "net/request.h"

namespace encke {

/// A Stream that reads the request from memory; what is written goes to write_all().
class RequestStream : public seam::StreamSeam<httplib::Stream> {
 public:
  explicit RequestStream(std::string request) : request_(std::move(request)) {}

 protected:
  ssize_t read_some(char* data, std::size_t size) override;

 private:
  const std::string request_;
  std::size_t read_ = 0;
};

/// Collects the response.
class MemoryStream final : public RequestStream {
 public:
  using RequestStream::RequestStream;
  std::string take() { return std::move(response_); }

 protected:
  ssize_t write_all(const char* data, std::size_t size) override {
    response_.append(data, size);
    return static_cast<ssize_t>(size);
  }

 private:
  std::string response_;
};

/// A `httplib::Server` whose handlers are the service's. cpp-httplib parses, dispatches, takes
/// multipart bodies apart and formats what can be answered at once; how an answer that must wait is
/// waited for is the derived server's: settle() blocks, or defers.
class HttplibBridge : public seam::ServerSeam<httplib::Server> {
 public:
  HttplibBridge(const NetOptions& options, Service& service);

 protected:
  /// Binds as the options say and listens, or takes over what listens already; `port` is then the
  /// real one. Why not, if it cannot.
  std::optional<std::string> bind_and_listen(int& port);

  /// All that is said to a connection that is over a bound: a response, or with TLS an alert.
  std::string refusal(ErrorCode code, const Address& peer) const;

  /// Runs one request through process_request(). Many threads may do so at a time.
  void run(const Request& request, RequestStream& stream);

  /// Turns a Hold or a Later into a response here and now, or keeps it for later and lets
  /// cpp-httplib write a response that nobody reads. Called from within run().
  virtual void settle(Outcome outcome, const Request& request, httplib::Response& response) = 0;

  static void fill(Reply reply, httplib::Response& response);

  const NetOptions& options_;
  Service& service_;

 private:
  std::optional<std::string> take_over(int listener, int& port);
  void handle(const httplib::Request& parsed, httplib::Response& response);
};

}  // namespace encke
