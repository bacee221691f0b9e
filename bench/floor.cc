// floor.cc: the least that holding and delivering can cost: a server that only calls recv and send.
//
//   floor PORT
//
// GET /longpoll is held, GET /events becomes a stream, POST /send sends its body to everyone held
// or streaming, and anything else is answered 200. Nothing is parsed but the first bytes. What a
// real server costs above this is its own doing; what this costs is the kernel's.
//
// Two event loops, because the peers have two: nginx runs two workers, Encke two loops. With one,
// the floor would be spared the wakeups across cores that every peer pays for.
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sockets.h"

namespace bench {
namespace {

constexpr std::string_view kEmptyAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n";

/// One message as it goes on the wire, made once and shared by both loops.
struct Message {
  explicit Message(std::string_view text)
      : answer(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: "
            "no-store\r\nContent-Length: " +
            std::to_string(text.size()) + "\r\n\r\n" + std::string(text)),
        frame("data: " + std::string(text) + "\n\n") {}

  const std::string answer;
  const std::string frame;
};
using MessagePtr = std::shared_ptr<const Message>;

void send_all(int fd, std::string_view bytes) {
  // Loopback's send buffers hold far more than one message: a short write is not worth a queue
  // here.
  if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 && errno != EPIPE &&
      errno != ECONNRESET)
    die("send");
}

class Loop {
 public:
  Loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)), bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    watch(epoll_, bell_, static_cast<std::uint64_t>(bell_));
  }

  /// From any thread.
  void adopt(int fd) { watch(epoll_, fd, static_cast<std::uint64_t>(fd)); }

  /// From any thread.
  void post(MessagePtr message) {
    {
      const std::lock_guard lock(mutex_);
      posted_.push_back(std::move(message));
    }
    const std::uint64_t one = 1;
    if (write(bell_, &one, sizeof one) < 0) die("write");
  }

  void run(std::array<Loop, 2>& all, int listener) {
    std::array<epoll_event, 256> events;
    if (listener >= 0) adopt(listener);
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = static_cast<int>(events[i].data.u64);
        if (fd == bell_) {
          deliver();
        } else if (fd == listener) {
          accept_from(listener, all);
        } else {
          read_request(fd, all);
        }
      }
    }
  }

 private:
  void accept_from(int listener, std::array<Loop, 2>& all) {
    int fd;
    while ((fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      set_nodelay(fd);
      all[accepted_++ % all.size()].adopt(fd);
    }
  }

  void read_request(int fd, std::array<Loop, 2>& all) {
    std::array<char, 4096> buffer;
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      std::erase(held_, fd);
      std::erase(streams_, fd);
      close(fd);
      return;
    }
    const std::string_view request(buffer.data(), static_cast<std::size_t>(size));
    if (request.starts_with("GET /longpoll")) {
      held_.push_back(fd);
    } else if (request.starts_with("GET /events")) {
      send_all(fd, kStreamHead);
      streams_.push_back(fd);
    } else {
      if (request.starts_with("POST /send")) {
        const auto message =
            std::make_shared<const Message>(request.substr(request.find("\r\n\r\n") + 4));
        for (Loop& loop : all) loop.post(message);
      }
      send_all(fd, kEmptyAnswer);
    }
  }

  void deliver() {
    std::uint64_t rings;
    if (read(bell_, &rings, sizeof rings) < 0 && errno != EAGAIN) die("read");
    std::vector<MessagePtr> messages;
    {
      const std::lock_guard lock(mutex_);
      messages.swap(posted_);
    }
    for (const MessagePtr& message : messages) {
      for (const int fd : held_) send_all(fd, message->answer);
      held_.clear();
      for (const int fd : streams_) send_all(fd, message->frame);
    }
  }

  const int epoll_;
  const int bell_;
  std::size_t accepted_ = 0;
  std::vector<int> held_;
  std::vector<int> streams_;
  std::mutex mutex_;
  std::vector<MessagePtr> posted_;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: floor PORT\n");
    return 2;
  }
  bench::raise_file_limit();
  const int listener = bench::listen_on(static_cast<std::uint16_t>(std::atoi(argv[1])));
  std::array<bench::Loop, 2> loops;
  std::thread second([&] { loops[1].run(loops, -1); });
  loops[0].run(loops, listener);
}
