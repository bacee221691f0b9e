// net_setup.h: from the options to what owns the sockets, for everything that serves.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "encke/log.h"
#include "encke/options.h"
#include "net/net_options.h"
#include "net/server.h"

namespace encke {

NetOptions net_options(const Options& options);

/// `--proxy`, without those that are none: check_net_options() tells of them.
std::vector<Network> proxies(const Options& options);

/// Why these options cannot be served with, if so: a sentence that begins with the name of the
/// option that it is about.
std::optional<std::string> check_net_options(const Options& options);

/// The level that a log is to begin at; nothing for `off`.
std::optional<LogLevel> log_level(const std::string& name);

/// The way to hold that the options name. Raises the process's limit of descriptors to what it may
/// have: every held connection is one.
std::unique_ptr<NetServer> make_net_server(const Options& options, const NetOptions& net_options,
                                           Service& service, const Clock& clock,
                                           RandomSource& random);

}  // namespace encke
