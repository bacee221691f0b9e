// service_manager.h: systemd, if it is what started the program: sockets that it hands over, and
// what it wants to be told.
#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

namespace encke {

/// The listening socket that was handed over (sd_listen_fds(3)); none, if there was none. An error:
/// there are several, or it is not one that can be served on.
tl::expected<std::optional<int>, std::string> handed_over_socket();

/// Whether there is one that wants to be told.
bool has_service_manager();

/// Tells the service manager (sd_notify(3)), if there is one that wants to know.
void tell_ready(const std::string& status);
void tell_reloading();
void tell_stopping();

}  // namespace encke
