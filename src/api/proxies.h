// proxies.h: who is behind the proxies that we know.
#pragma once

#include <vector>

#include "core/address.h"
#include "net/request.h"

namespace encke {

/// Anybody can write `X-Forwarded-For: 10.0.0.1`, so that header is believed only as far as it was
/// written by proxies that are named: each adds, at its end, whom it was asked by. Read from there,
/// the first address that is not a named proxy's is the client's; what stands before it is the
/// client's own say. Immutable; used from any thread.
class Proxies {
 public:
  explicit Proxies(std::vector<Network> named = {}) : named_(std::move(named)) {}

  /// Whom the request is from: the other end of the connection, unless that is a named proxy.
  Address client_of(const Request& request) const;
  /// It came by TLS, or a named proxy says that it was asked that way (`X-Forwarded-Proto`).
  bool is_secure(const Request& request) const;

 private:
  bool is_named(const Address& address) const;
  const std::vector<Network> named_;
};

}  // namespace encke
