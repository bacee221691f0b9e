// parked_server.cc: `--hold=park`: cpp-httplib without its accept loop and without its threads.
//
// The listening socket is bound by cpp-httplib; connections are accepted by the acceptor, owned by
// the loops, and each request that is not a direct read goes through process_request() on its
// loop's thread. A handler whose answer must wait leaves its outcome behind, and what cpp-httplib
// then writes is thrown away (architecture.md, D1 and D2).
#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "net/connection.h"
#include "net/httplib_bridge.h"
#include "net/loop.h"
#include "net/server.h"

namespace encke {
namespace {

thread_local std::optional<Outcome> deferred;

class ParkedServer final : public NetServer, private HttplibBridge {
 public:
  ParkedServer(const NetOptions& options, Service& service, const Clock& clock,
               RandomSource& random)
      : HttplibBridge(options, service),
        clock_(clock),
        random_(random),
        counter_(options.max_connections, options.max_per_address, options.proxies),
        acceptor_(
            counter_, [this](ErrorCode code, const Address& peer) { return refusal(code, peer); },
            [&service](int error) { service.accept_failed(error); }) {}

  ~ParkedServer() override { stop_all(); }

  std::optional<std::string> start() override {
    auto tls = Tls::load(options_.tls);
    if (!tls) return std::move(tls.error());
    tls_ = std::move(*tls);
    if (auto error = bind_and_listen(port_)) return error;
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    const unsigned count = options_.loops == 0 ? cores : options_.loops;
    const LoopContext context{
        options_,
        service_,
        clock_,
        random_,
        [this](const Request& request, std::string& out) { return run_httplib(request, out); },
        draining_,
        tls_.get()};
    for (unsigned i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>(context));
    for (const auto& loop : loops_) loop->start();
    acceptor_.start(svr_sock_.load(), [this, next = std::size_t{0}](int fd, Place place) mutable {
      loops_[next++ % loops_.size()]->adopt(fd, std::move(place));
    });
    return std::nullopt;
  }

  int port() const override { return port_; }
  std::optional<std::string> reload() override { return tls_ ? tls_->reload() : std::nullopt; }

  void begin_drain() override {
    draining_ = true;
    acceptor_.stop();
    for (const auto& loop : loops_) loop->drain();
  }

  void stop() override {
    if (!draining_) begin_drain();
    counter_.wait_until_empty(clock_.now() + options_.drain_within);
    stop_all();
  }

  std::size_t connections() const override { return counter_.count(); }
  void add_counters(NetCounters& sum) const override {
    for (const auto& loop : loops_) loop->counters().add_to(sum);
    NetCounters::add(sum.refused, acceptor_.refused());
    NetCounters::add(sum.connections, counter_.count());
  }

 private:
  void stop_all() {
    acceptor_.stop();
    for (const auto& loop : loops_) loop->stop();
  }

  std::optional<Outcome> run_httplib(const Request& request, std::string& out) {
    deferred.reset();
    MemoryStream stream(to_httplib(request.head, request.body));
    run(request, stream);
    if (deferred) return std::exchange(deferred, std::nullopt);
    out += stream.take();
    return std::nullopt;
  }

  void settle(Outcome outcome, const Request&, httplib::Response&) override {
    deferred = std::move(outcome);
  }

  const Clock& clock_;
  RandomSource& random_;
  std::unique_ptr<Tls> tls_;
  int port_ = 0;
  std::atomic<bool> draining_{false};
  ConnectionCounter counter_;
  std::vector<std::unique_ptr<Loop>> loops_;
  Acceptor acceptor_;
};

}  // namespace

std::unique_ptr<NetServer> make_parked_server(const NetOptions& options, Service& service,
                                              const Clock& clock, RandomSource& random) {
  return std::make_unique<ParkedServer>(options, service, clock, random);
}

}  // namespace encke
