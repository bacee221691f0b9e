// sockets.h: the few socket calls of the race. IPv4 loopback only; nothing here blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace race {

/// Lets this process open as many files as it is allowed to, and says how many those are.
std::size_t raise_file_limit();

/// Listens on a free port of 127.0.0.1; -1 if that cannot be had.
int listen_on_any_port();
int port_of(int fd);

/// The next connection that waits, or -1.
int accept_from(int listener);

/// Begins to connect; -1 if there is no descriptor to be had. The socket becomes writable once it
/// is connected, or has failed. `source` picks the client's own address in 127.0.0.0/24: with some
/// thousands from one address to one port, the kernel's search for a free port costs more than the
/// connection.
int connect_to(int port, std::size_t source = 0);
/// Whether that connection came about.
bool is_connected(int fd);

/// Closes with a reset: the other end learns that something broke, and no port lingers.
void close_with_reset(int fd);

}  // namespace race
