#include "net/httplib_bridge.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "net/admission.h"
#include "net/http_writer.h"
#include "net/tls.h"

namespace encke {
namespace {

// What run() was called with, for the handler that cpp-httplib calls further down this thread's
// stack.
thread_local const Request* current_request = nullptr;

}  // namespace

ssize_t RequestStream::read_some(char* data, std::size_t size) {
  const std::size_t count = std::min(size, request_.size() - read_);
  std::memcpy(data, request_.data() + read_, count);
  read_ += count;
  return static_cast<ssize_t>(count);
}

HttplibBridge::HttplibBridge(const NetOptions& options, Service& service)
    : options_(options), service_(service) {
  const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
    handle(request, response);
  };
  // Paths without an operator of regular expressions: matching one cannot recurse.
  for (const std::string& path : service_.post_paths()) Post(path, handler);
  // All that has no body is routed before cpp-httplib looks for one, and by the service's own
  // table.
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    if (request.method == "POST") return HandlerResponse::Unhandled;
    handle(request, response);
    return HandlerResponse::Handled;
  });
  // Whatever cpp-httplib itself refuses is told like all else; and no what() of any exception gets
  // out (CVE-2026-28434).
  set_error_handler([this](const httplib::Request&, httplib::Response& response) {
    if (!response.body.empty() || current_request == nullptr) return;
    const auto code = response.status == 404   ? ErrorCode::kNotFound
                      : response.status == 414 ? ErrorCode::kUriTooLong
                                               : ErrorCode::kBadRequest;
    fill(service_.refuse({code, ""}, &current_request->head, current_request->peer), response);
  });
  set_exception_handler(
      [this](const httplib::Request&, httplib::Response& response, auto&&... thrown) {
        Error error{ErrorCode::kInternal, ""};
        error.cause = seam::what(thrown...);
        fill(service_.refuse(error, &current_request->head, current_request->peer), response);
      });
  set_keep_alive_max_count(1'000'000);
  set_keep_alive_timeout(
      std::chrono::duration_cast<std::chrono::seconds>(options.keep_alive).count());
#ifdef __SANITIZE_THREAD__
  // cpp-httplib's table of methods is a static that its first request makes, under the compiler's
  // guard. In a packaged library the sanitizer does not see that guard, so two first requests at a
  // time look like a race: here is the first.
  MemoryStream first("NONE / HTTP/1.1\r\n\r\n");
  bool closed = false;
  (void)call_process_request(first, {}, true, closed, std::function<void(httplib::Request&)>());
#endif
}

std::optional<std::string> HttplibBridge::bind_and_listen(int& port) {
  if (options_.listener >= 0) return take_over(options_.listener, port);
  port = options_.port;
  // cpp-httplib would share the port with another server of the same kind, and each would get half.
  set_socket_options([](socket_t socket) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  if (options_.port == 0) {
    port = bind_to_any_port(options_.host.c_str());
  } else if (!bind_to_port(options_.host.c_str(), options_.port)) {
    port = -1;
  }
  if (port <= 0) {
    return "cannot listen on " + options_.host + ":" + std::to_string(options_.port) +
           ": is the address this machine's, and the port free?";
  }
  // As packaged, cpp-httplib asks for a backlog of 5: everybody coming back after a restart needs
  // more.
  if (::listen(svr_sock_, SOMAXCONN) != 0) return "cannot listen on port " + std::to_string(port);
  return std::nullopt;
}

std::optional<std::string> HttplibBridge::take_over(int listener, int& port) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return std::string("what was handed over is no socket");
  }
  port =
      ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(address).sin_port);
  svr_sock_ = listener;
  return std::nullopt;
}

// Asked for with TLS too: so it is counted, and told of.
std::string HttplibBridge::refusal(ErrorCode code, const Address& peer) const {
  const Reply reply = service_.refuse({code, ""}, nullptr, peer);
  if (!options_.tls.certificate.empty()) return std::string(kTlsUnavailable);
  std::string out;
  encke::write_response(reply, {1, false, false}, out);
  return out;
}

void HttplibBridge::run(const Request& request, RequestStream& stream) {
  current_request = &request;
  bool closed = false;
  (void)call_process_request(stream, {request.peer.text(), 0}, !request.head.keep_alive, closed,
                             std::function<void(httplib::Request&)>());
  current_request = nullptr;
}

void HttplibBridge::handle(const httplib::Request& parsed, httplib::Response& response) {
  Request request{current_request->head, current_request->body, seam::form_parts(parsed),
                  current_request->peer, current_request->secure};
  Outcome outcome = service_.handle(request);
  if (auto* reply = std::get_if<Reply>(&outcome)) {
    fill(std::move(*reply), response);
  } else {
    settle(std::move(outcome), request, response);
  }
}

void HttplibBridge::fill(Reply reply, httplib::Response& response) {
  response.status = reply.status;
  for (const auto& [name, value] : reply.headers) response.set_header(name.c_str(), value);
  response.body = std::move(reply.body);
  if (reply.close) {
    response.set_header("Connection", "close");
  } else if (current_request->head.minor == 0 && current_request->head.keep_alive) {
    response.set_header("Connection", "keep-alive");
  }
  if (!reply.content_type.empty() && reply.status != 204) {
    response.set_header("Content-Type", reply.content_type);
  }
}

}  // namespace encke
