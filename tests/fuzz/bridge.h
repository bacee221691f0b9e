// bridge.h: cpp-httplib between an admitted request and a service, without a socket.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "net/admission.h"
#include "net/httplib_bridge.h"

namespace encke::fuzz {

/// What became of one request: what cpp-httplib wrote, or an outcome that it left to be settled.
struct Answered {
  std::string written;
  std::optional<Outcome> outcome;
};

class Bridge final : private HttplibBridge {
 public:
  using HttplibBridge::HttplibBridge;

  Answered answer(const Request& request) {
    deferred_.reset();
    MemoryStream stream(to_httplib(request.head, request.body));
    run(request, stream);
    return {stream.take(), std::exchange(deferred_, std::nullopt)};
  }

 private:
  void settle(Outcome outcome, const Request&, httplib::Response&) override {
    deferred_ = std::move(outcome);
  }
  std::optional<Outcome> deferred_;
};

}  // namespace encke::fuzz
