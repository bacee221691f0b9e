// threaded_server.cc: `--hold=thread`: the picture that everyone draws first. A pool of threads, a
// connection to each, and a held request's thread waits on its mailbox's condition variable.
//
// The pool, the parsing, the dispatch, the formatting and the chunked streams are cpp-httplib's;
// only the door is ours. As many connections as threads are let in: one more would wait without an
// answer until somebody leaves, so it is told 503 instead.
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <memory>
#include <utility>

#include "core/mutex.h"
#include "net/acceptor.h"
#include "net/event_stream.h"
#include "net/http_writer.h"
#include "net/httplib_bridge.h"
#include "net/server.h"
#include "net/threaded_connection.h"
#include "net/tls.h"

namespace encke {
namespace {

// How often a thread that holds looks whether anybody is still there.
constexpr std::chrono::seconds kLookAfterPeer{5};

// The reader of a thread: its mailbox's condition variable wakes it, so there is nothing to do
// here.
class BlockedReader final : public Reader {
 public:
  BlockedReader(std::uint64_t name, std::uint64_t session) : Reader(name, session) {}
  void wake() override {}
};

std::size_t fewer(std::size_t limit, std::size_t threads) {
  return limit == 0 ? threads : std::min(limit, threads);
}

// What the thread is serving, for settle(), which cpp-httplib calls further down the stack.
thread_local RequestReader* current_connection = nullptr;
thread_local bool close_after = false;

class ThreadedServer final : public NetServer, private HttplibBridge {
 public:
  ThreadedServer(const NetOptions& options, Service& service, const Clock& clock,
                 RandomSource& random)
      : HttplibBridge(options, service),
        clock_(clock),
        random_(random),
        counter_(fewer(options.max_connections, options.threads), options.max_per_address,
                 options.proxies),
        acceptor_(
            counter_, [this](ErrorCode code, const Address& peer) { return refusal(code, peer); },
            [&service](int error) { service.accept_failed(error); }) {}

  ~ThreadedServer() override { stop_all(); }

  std::optional<std::string> start() override {
    auto tls = Tls::load(options_.tls);
    if (!tls) return std::move(tls.error());
    tls_ = std::move(*tls);
    if (auto error = bind_and_listen(port_)) return error;
    pool_ = std::make_unique<httplib::ThreadPool>(options_.threads);
    acceptor_.start(svr_sock_.load(), [this](int fd, Place place) {
      // std::function copies what it holds, and a place cannot be.
      auto shared = std::make_shared<Place>(std::move(place));
      pool_->enqueue([this, fd, shared] {
        place_of_thread_ = shared.get();
        process_and_close_socket(fd);
      });
    });
    return std::nullopt;
  }

  int port() const override { return port_; }
  std::optional<std::string> reload() override { return tls_ ? tls_->reload() : std::nullopt; }

  void begin_drain() override {
    draining_ = true;
    acceptor_.stop();
    // Threads that wait for a next request find the connection at its end.
    MutexLock lock(mutex_);
    for (const auto& [fd, idle] : sockets_) {
      if (idle) shutdown(fd, SHUT_RD);
    }
  }

  void stop() override {
    if (!draining_) begin_drain();
    counter_.wait_until_empty(clock_.now() + options_.drain_within);
    stop_all();
  }

  std::size_t connections() const override { return counter_.count(); }
  void add_counters(NetCounters& sum) const override {
    counters_.add_to(sum);
    NetCounters::add(sum.refused, acceptor_.refused());
    NetCounters::add(sum.connections, counter_.count());
  }

 private:
  void stop_all() {
    draining_ = true;
    acceptor_.stop();
    svr_sock_ = -1;  // ends cpp-httplib's streams
    {
      MutexLock lock(mutex_);
      for (const auto& [fd, idle] : sockets_) shutdown(fd, SHUT_RDWR);
    }
    if (pool_) pool_->shutdown();
    pool_.reset();
  }

  // cpp-httplib's seam for what to do with a connection (D1), called on the pool's threads.
  bool process_and_close_socket(socket_t fd) override {
    Socket socket(fd);
    set_idle(fd, true);
    socket.secure_with(tls_.get());
    RequestReader reader(socket, options_, service_, clock_, counters_);
    current_connection = &reader;
    if (reader.shake_hands()) {
      while (serve_one(socket, reader, place_of_thread_->address())) {
      }
    }
    current_connection = nullptr;
    socket.say_goodbye();
    MutexLock lock(mutex_);  // before the descriptor is free to be somebody else's
    sockets_.erase(fd);
    return true;
  }

  // One with nothing going on is let go of at once when the server drains.
  void set_idle(int fd, bool idle) {
    MutexLock lock(mutex_);
    sockets_[fd] = idle;
    if (idle && draining_) shutdown(fd, SHUT_RD);
  }

  bool serve_one(Socket& socket, RequestReader& reader, const Address& peer) {
    const auto result = reader.next([&](bool idle) { set_idle(socket.fd(), idle); });
    const Admission& admission = reader.admission();
    if (result == RequestReader::Result::kClosed) return false;
    if (result == RequestReader::Result::kRefused) {
      NetCounters::add(counters_.refused);
      const RequestHead* head = admission.head_if_any();
      std::string response;
      encke::write_response(
          service_.refuse(reader.error(), head, peer),
          {head != nullptr ? head->minor : 1, false, head != nullptr && head->method == "HEAD"},
          response);
      SocketStream stream({}, socket, options_, counters_, false);
      static_cast<httplib::Stream&>(stream).write(response.data(), response.size());
      reader.linger();
      return false;
    }
    const RequestHead& head = admission.head();
    const bool listens = service_.is_direct(head);
    count_request(admission, counters_.traffic(listens));
    const Request request{head, admission.body(), {}, peer, socket.secure()};
    SocketStream stream(to_httplib(head, admission.body()), socket, options_, counters_, listens);
    close_after = !head.keep_alive;
    delivering_ = {};
    run(request, stream);
    delivered(delivering_);
    return !stream.failed() && !close_after;  // if it drains, for what has arrived already
  }

  void settle(Outcome outcome, const Request& request, httplib::Response& response) override {
    while (std::holds_alternative<LaterPtr>(outcome)) {
      const LaterPtr later = std::get<LaterPtr>(outcome);
      outcome = later->wait();
    }
    if (auto* reply = std::get_if<Reply>(&outcome)) return fill(std::move(*reply), response);
    Hold hold = std::get<Hold>(std::move(outcome));
    for (const auto& [name, value] : live_headers(hold.stream != nullptr))
      response.set_header(name.c_str(), value);
    for (const auto& [name, value] : hold.headers) response.set_header(name.c_str(), value);
    hold.stream ? stream(std::move(hold), request, response) : answer(hold, request, response);
  }

  // Enters the mailbox for as long as it lives.
  struct Reading {
    Reading(ThreadedServer& s, Hold h)
        : server(s),
          hold(std::move(h)),
          reader(make_ref<BlockedReader>(hold.reader, hold.session->token.index())) {
      NetCounters::add(server.counters_.held_by(transport_of(hold, true)));
      WakeList wakes;
      mailbox().enter(*reader, server.clock_.now(), wakes);
    }
    ~Reading() {
      auto& counters = server.counters_;
      NetCounters::sub(hold.stream ? counters.streams : counters.polls_held);
      NetCounters::sub(counters.held_by(transport_of(hold, true)));
      mailbox().leave(*reader, server.clock_.now());
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    Mailbox& mailbox() const { return *hold.session->user->mailbox; }

    // Blocks until there is something, or until `deadline`; false if nobody is there any more.
    bool wait(RequestReader* connection, TimePoint deadline, Batch& batch) {
      waited_for = {};
      while (true) {
        const TimePoint now = server.clock_.now();
        mailbox().wait(*reader, hold.since, hold.limit, std::min(deadline, now + kLookAfterPeer),
                       batch);
        end_late_reader(batch, *hold.session, server.draining_);
        if (!batch.nothing() || server.clock_.now() >= deadline) {
          waited_for = first_commit(batch, waits_since);
          return true;
        }
        if (connection->peer_gone()) return false;
      }
    }

    ThreadedServer& server;
    Hold hold;
    Ref<BlockedReader> reader;
    EventStream course;  // of a stream
    TimePoint waits_since = server.clock_.now();
    TimePoint waited_for;  // when that was committed, if it was not there already
    bool opened = false;
  };

  void answer(const Hold& hold, const Request& request, httplib::Response& response) {
    Batch batch;
    bool held = false;
    if (request.head.method == "HEAD" || hold.deadline <= clock_.now()) {
      hold.session->user->mailbox->read(hold.since, hold.limit, batch);
    } else {
      NetCounters::add(counters_.polls_held);
      Reading reading(*this, hold);
      if (!reading.wait(current_connection, hold.deadline, batch)) close_after = true;
      NetCounters::add(counters_.poll_answers);
      held = true;
      delivering_ = reading.waited_for;
    }
    shorten(batch, options_.max_output);
    if (batch.ending == Ending::kDraining) {
      batch.events.push_back(make_bye(jittered_retry(random_, options_.threads)));
      close_after = true;
      response.set_header("Connection", "close");
    }
    counters_.deliver(transport_of(hold, held), batch.events.size());
    if (batch.events.empty()) NetCounters::add(counters_.empty);
    std::string body;
    hold.framing->answer(batch, hold.options(), body);
    response.set_content(body, std::string(hold.framing->content_type));
    if (batch.closed) service_.closed(hold.session);
  }

  void stream(Hold hold, const Request& request, httplib::Response& response) {
    const bool chunked = request.head.minor == 1;
    close_after = true;
    if (request.head.keep_alive) response.set_header("Connection", "close");
    const std::string content_type(hold.framing->content_type);
    if (request.head.method == "HEAD") {
      response.set_header("Content-Type", content_type);
      return;
    }
    NetCounters::add(counters_.streams);
    auto reading = std::make_shared<Reading>(*this, std::move(hold));
    auto provider = [this, reading](std::size_t, httplib::DataSink& sink) {
      return write_some(*reading, sink);
    };
    if (chunked) {
      response.set_chunked_content_provider(content_type, provider);
    } else {
      response.set_content_provider(content_type, provider);
    }
  }

  // The next piece of a stream: what it opens with, then whatever comes, or a heartbeat.
  bool write_some(Reading& reading, httplib::DataSink& sink) {
    std::string part;
    if (!reading.opened) {
      reading.opened = true;
      reading.course.open(reading.hold, options_, random_, clock_.now(), part);
      return part.empty() || sink.write(part.data(), part.size());
    }
    Batch batch;
    if (!reading.wait(current_connection, reading.course.due(), batch)) return false;
    const TimePoint now = clock_.now();
    auto next = EventStream::Next::kWait;
    if (!batch.nothing()) {
      next =
          reading.course.take(batch, reading.hold, options_, random_, options_.threads, now, part);
      counters_.deliver(transport_of(reading.hold, true), reading.course.taken());
    } else if (now >= reading.course.due()) {
      next = reading.course.on_due(reading.hold, random_, now, part);
    }
    // Before it is told: whoever has been told and asks again finds the session over.
    const bool ends = next == EventStream::Next::kEnd;
    if (ends && batch.closed) service_.closed(reading.hold.session);
    if (!part.empty() && !sink.write(part.data(), part.size())) return false;
    delivered(reading.waited_for);
    reading.waits_since = clock_.now();  // how long it took to read this is its own doing
    if (ends) sink.done();
    return true;
  }

  // What somebody was waiting for has been given to the socket.
  void delivered(TimePoint committed) {
    if (committed != TimePoint()) counters_.delay.observe(clock_.now() - committed);
  }

  static thread_local Place* place_of_thread_;
  static thread_local TimePoint delivering_;  // of a poll's answer, which cpp-httplib writes

  const Clock& clock_;
  RandomSource& random_;
  std::unique_ptr<Tls> tls_;
  int port_ = 0;
  std::atomic<bool> draining_{false};
  mutable NetCounters counters_;
  ConnectionCounter counter_;
  std::unique_ptr<httplib::ThreadPool> pool_;
  Mutex mutex_;
  std::map<socket_t, bool> sockets_ GUARDED_BY(mutex_);  // and whether each is idle
  Acceptor acceptor_;
};

thread_local Place* ThreadedServer::place_of_thread_ = nullptr;
thread_local TimePoint ThreadedServer::delivering_;

}  // namespace

std::unique_ptr<NetServer> make_threaded_server(const NetOptions& options, Service& service,
                                                const Clock& clock, RandomSource& random) {
  return std::make_unique<ThreadedServer>(options, service, clock, random);
}

}  // namespace encke
