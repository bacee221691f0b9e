#include "net/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/connection.h"

namespace encke {
namespace {

constexpr std::size_t kInputSize = 64 * 1024;

}  // namespace

Loop::Loop(const LoopContext& context)
    : input(kInputSize),
      admission(context.options, context.service),
      context_(context),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      now_(context.clock.now()),
      timers_(now_) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &event);
}

Loop::~Loop() {
  stop();
  close(event_);
  close(epoll_);
}

void Loop::start() {
  thread_ = std::thread([this] { run(); });
}

void Loop::stop() {
  if (!thread_.joinable()) return;
  post([this] { stopping_ = true; });
  thread_.join();
}

void Loop::adopt(int fd, Place place) {
  auto connection = std::make_unique<Connection>(*this, fd, std::move(place));
  post([this, raw = connection.release()] {
    if (stopping_) {
      delete raw;
      return;
    }
    raw->index = connections_.size();
    connections_.push_back(raw);
    raw->start();
  });
}

void Loop::post(std::function<void()> task) {
  {
    MutexLock lock(mutex_);
    tasks_.push_back(std::move(task));
    has_tasks_.store(true);
  }
  wake_thread();
}

void Loop::woken(ParkedReader& reader) {
  if (reader.queued.exchange(true)) return;  // it will look at its mailbox when its turn comes
  reader.add_ref();
  ParkedReader* head = woken_.load(std::memory_order_relaxed);
  do {
    reader.next_woken = head;
  } while (!woken_.compare_exchange_weak(head, &reader));
  wake_thread();
}

// A loop that is at work will look by itself before it sleeps; only a sleeping one needs the call.
void Loop::wake_thread() {
  if (!sleeping_.load() || !sleeping_.exchange(false)) return;
  const std::uint64_t one = 1;
  (void)!write(event_, &one, sizeof one);
}

void Loop::drain() {
  post([this] {
    const auto all = connections_;
    for (Connection* connection : all) connection->drain();
  });
}

void Loop::watch(int fd, Connection& connection) {
  // Edge-triggered and for everything: armed once, never changed.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &connection;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
}

void Loop::retire(Connection& connection) {
  const std::size_t index = connection.index;
  connections_[index] = connections_.back();
  connections_[index]->index = index;
  connections_.pop_back();
  retired_.emplace_back(&connection);
}

bool Loop::run_pending() {
  bool any = false;
  if (has_tasks_.load()) {
    std::vector<std::function<void()>> tasks;
    {
      MutexLock lock(mutex_);
      tasks.swap(tasks_);
      has_tasks_.store(false);
    }
    any = !tasks.empty();
    for (const auto& task : tasks) task();
  }
  // The list is newest first; readers are served in the order in which they were woken.
  ParkedReader* newest = woken_.exchange(nullptr);
  ParkedReader* oldest = nullptr;
  while (newest != nullptr) {
    ParkedReader* const next = std::exchange(newest->next_woken, oldest);
    oldest = std::exchange(newest, next);
  }
  while (oldest != nullptr) {
    any = true;
    ParkedReader* const next = oldest->next_woken;
    if (next != nullptr) __builtin_prefetch(next->connection);
    oldest->queued.store(false);
    if (oldest->connection != nullptr) oldest->connection->on_woken();
    oldest->release();
    oldest = next;
  }
  return any;
}

void Loop::run() {
  std::array<epoll_event, 256> events;
  while (!stopping_) {
    now_ = context_.clock.now();
    timers_.advance(now_);
    bool busy = run_pending();
    retired_.clear();
    int timeout = 0;
    if (!busy) {
      sleeping_.store(true);
      busy = woken_.load() != nullptr || has_tasks_.load();
      if (busy) {
        sleeping_.store(false);
      } else {
        timeout = -1;
        if (const auto next = timers_.next()) {
          const auto left =
              std::chrono::duration_cast<std::chrono::milliseconds>(*next - context_.clock.now());
          timeout = static_cast<int>(std::clamp<std::int64_t>(left.count() + 1, 0, 60'000));
        }
      }
    }
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
    sleeping_.store(false, std::memory_order_relaxed);
    now_ = context_.clock.now();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr == nullptr) {
        std::uint64_t ignored = 0;
        (void)!read(event_, &ignored, sizeof ignored);
      } else {
        static_cast<Connection*>(event.data.ptr)->on_events(event.events);
      }
    }
    retired_.clear();
  }
  while (!connections_.empty()) connections_.back()->close();
  retired_.clear();
  (void)run_pending();
}

}  // namespace encke
