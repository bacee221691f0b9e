#include "crowd.h"

#include <array>

#include "sockets.h"

namespace bench {
namespace {

constexpr std::size_t kOpeningAtOnce = 64;
constexpr std::size_t kClientsAnAddress = 2'000;
constexpr int kTextSize = 100;
constexpr auto kPatience = std::chrono::minutes(10);

}  // namespace

Crowd::Crowd(const Peer& peer, std::uint16_t port, int subscribers, int publishers,
             Receipts& receipts, int first_number)
    : peer_(peer),
      port_(port),
      subscribers_(subscribers),
      receipts_(receipts),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      clients_(static_cast<std::size_t>(subscribers) + publishers),
      buffer_(64 * 1024) {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    clients_[i].session.number = first_number + static_cast<int>(i);
    clients_[i].session.publisher = i >= static_cast<std::size_t>(subscribers);
  }
}

Crowd::~Crowd() {
  for (const Client& client : clients_) {
    if (client.fd >= 0) close_at_once(client.fd);
  }
  close(epoll_);
}

void Crowd::open(std::size_t clients) {
  const auto give_up = Clock::now() + kPatience;
  while (ready_ < clients) {
    if (Clock::now() > give_up) {
      errno = ETIMEDOUT;
      die("logging in");
    }
    // Where nothing is to be set up, a client is ready at once, and only the batch keeps to the
    // server's pace.
    for (std::size_t batch = 0; batch < kOpeningAtOnce; ++batch) {
      if (connected_ < clients && connected_ - ready_ < kOpeningAtOnce) connect(connected_++);
    }
    handle_events();
  }
}

void Crowd::connect(std::size_t index) {
  Client& client = clients_[index];
  client.fd = connect_to(port_, index / kClientsAnAddress);
  watch(epoll_, client.fd, index);
  proceed(index);
}

/// Sends what comes next: the rest of the setup, or the request that is held.
void Crowd::proceed(std::size_t index) {
  Client& client = clients_[index];
  client.answer.reset();
  if (const std::string setup = peer_.setup_request(client.session); !setup.empty()) {
    ask(client, setup);
    return;
  }
  if (!client.session.publisher) ask(client, peer_.listen_request(client.session));
  ready_ += !client.ready;
  client.ready = true;
}

void Crowd::ask(Client& client, const std::string& request) {
  if (send(client.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    die("send");
  }
}

void Crowd::publish(int publisher, int message) {
  Client& client = clients_[static_cast<std::size_t>(subscribers_ + publisher)];
  receipts_.published(message);
  ask(client, peer_.send_request(client.session, message_text(message, kTextSize)));
}

bool Crowd::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!done()) {
    if (Clock::now() > end) return false;
    handle_events();
  }
  return true;
}

void Crowd::handle_events() {
  std::array<epoll_event, 512> events;
  const int count = epoll_wait(epoll_, events.data(), events.size(), 1);
  for (int i = 0; i < count; ++i) read_from(events[static_cast<std::size_t>(i)].data.u64);
}

void Crowd::read_from(std::size_t index) {
  Client& client = clients_[index];
  const ssize_t size = recv(client.fd, buffer_.data(), buffer_.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) die("the server closed a connection");
  bytes_received_ += size;
  const bool whole = client.answer.feed({buffer_.data(), static_cast<std::size_t>(size)});
  if (client.answer.status() >= 400) {
    std::fprintf(stderr, "bench: answered %d %.*s\n", client.answer.status(),
                 static_cast<int>(client.answer.body().size()), client.answer.body().data());
    std::exit(1);
  }
  if (client.ready && !client.session.publisher && peer_.streams()) {
    receipts_.received(static_cast<int>(index), client.answer.take_lines());
    return;
  }
  if (!whole) return;
  if (!client.session.publisher) receipts_.received(static_cast<int>(index), client.answer.body());
  peer_.on_answer(client.session, client.answer);
  const bool published = client.ready && client.session.publisher;
  proceed(index);
  if (published && on_published_) on_published_(static_cast<int>(index) - subscribers_);
}

}  // namespace bench
