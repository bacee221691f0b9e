// net_options.h: every bound that net keeps; zero turns one off.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "core/address.h"

namespace encke {

struct TlsOptions {
  std::string certificate;  // PEM, the server's own first, then up to the root; empty: no TLS
  std::string key;          // PEM, without a passphrase
  bool legacy = false;      // TLS 1.0 and 1.1, and the ciphers that went with them
};

struct NetOptions {
  std::string host = "127.0.0.1";
  int port = 8080;         // 0: any free one
  int listener = -1;       // a socket that listens already, to be taken over instead of these two
  unsigned loops = 0;      // park: epoll loops; 0: one a core
  unsigned threads = 256;  // thread: the pool, and so how many connections at a time

  TlsOptions tls;

  std::size_t max_head = 16 * 1024;  // bytes of request line and headers
  std::size_t max_headers = 100;
  std::size_t max_line = 8 * 1024;  // bytes of one line of the head
  std::chrono::milliseconds head_within = std::chrono::seconds(10);
  std::size_t body_rate = 1024;  // bytes a second that a body must arrive at, after head_within
  std::chrono::milliseconds keep_alive = std::chrono::seconds(75);

  std::size_t max_connections = 16'384;
  std::size_t max_per_address = 512;
  std::vector<Network> proxies = {};  // whose connections are everybody's
  std::chrono::milliseconds retry_after = std::chrono::seconds(5);  // in the 503 of these two

  std::size_t max_output = 256 * 1024;  // bytes that wait for one connection's reader
  std::chrono::milliseconds stall_after = std::chrono::seconds(90);
  std::chrono::milliseconds heartbeat = std::chrono::seconds(20);  // of a stream, jittered down
  std::chrono::milliseconds drain_within = std::chrono::seconds(4);

  /// Reads (/poll, /longpoll, /events) go from admission to their handler without a detour through
  /// cpp-httplib (docs/adr/0001-direct-reads.md). Off only to measure the difference.
  bool direct_reads = true;
};

}  // namespace encke
