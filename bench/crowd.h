// crowd.h: thousands of subscribers and a few publishers on one epoll loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "http_answer.h"
#include "peer.h"
#include "receipts.h"

namespace bench {

/// Everybody on the client side of one server. One thread: things happen only inside open() and
/// run_until(). Any answer that is an error, and any connection that the server closes, ends the
/// program: what was measured would not be what the table says.
class Crowd {
 public:
  /// `first_number` keeps the names of two crowds apart.
  Crowd(const Peer& peer, std::uint16_t port, int subscribers, int publishers, Receipts& receipts,
        int first_number = 0);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// Connects and sets up the first `clients` of all, publishers last, and leaves the subscribers
  /// among them listening. At most a few dozen are in their setup at once, as in a busy hour and
  /// not as in an attack.
  void open(std::size_t clients);
  void open() { open(clients_.size()); }

  /// Bytes that came from the server so far.
  std::int64_t bytes_received() const { return bytes_received_; }

  void publish(int publisher, int message);
  /// Called with the publisher whose message was answered.
  void on_published(std::function<void(int)> callback) { on_published_ = std::move(callback); }

  /// Handles answers until `done`, at most for `limit`. True if it was done.
  bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit);

 private:
  struct Client {
    int fd = -1;
    bool ready = false;  // set up: listening or free to publish
    Session session;
    HttpAnswer answer;
  };

  void connect(std::size_t index);
  void proceed(std::size_t index);
  void read_from(std::size_t index);
  void ask(Client& client, const std::string& request);
  void handle_events();

  const Peer& peer_;
  const std::uint16_t port_;
  const int subscribers_;
  Receipts& receipts_;
  const int epoll_;
  std::vector<Client> clients_;  // the subscribers, then the publishers
  std::vector<char> buffer_;
  std::int64_t bytes_received_ = 0;
  std::size_t connected_ = 0;
  std::size_t ready_ = 0;
  std::function<void(int)> on_published_;
};

}  // namespace bench
