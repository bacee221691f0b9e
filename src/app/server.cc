// server.cc: every part, put together.
#include "encke/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "api/api.h"
#include "app/housekeeper.h"
#include "core/hub.h"
#include "images/image_store.h"
#include "log/memory_log.h"
#include "net/server.h"

namespace encke {
namespace {

HubOptions hub_options(const Options& o) {
  HubOptions options;
  options.mailbox = {o.mailbox_events, o.mailbox_age, o.max_readers};
  options.max_text = o.max_text;
  options.max_users = o.max_users;
  options.max_rooms = o.max_rooms;
  options.max_rooms_of_user = o.max_rooms_of_user;
  options.max_sessions_of_user = o.max_sessions;
  options.gone_after = o.gone_after;
  options.resume_within = o.resume_within;
  options.silent_after = o.silent_after;
  options.silent_check = o.silent_check;
  options.gather = o.gather;
  options.keep_send_keys = o.send_keys;
  options.max_send_keys = o.max_send_keys;
  return options;
}

NetOptions net_options(const Options& o) {
  NetOptions options;
  options.host = o.host;
  options.port = static_cast<int>(o.port);
  options.loops = static_cast<unsigned>(o.loops);
  options.threads = static_cast<unsigned>(o.threads);
  options.max_head = o.max_head;
  options.max_line = o.max_line;
  options.max_headers = o.max_headers;
  options.head_within = o.head_within;
  options.body_rate = o.body_rate;
  options.keep_alive = o.keep_alive;
  options.max_connections = o.max_connections;
  options.max_per_address = o.max_per_address;
  options.max_output = o.max_output;
  options.stall_after = o.stall_after;
  options.heartbeat = o.heartbeat;
  options.drain_within = o.drain_within;
  options.direct_reads = o.direct_reads != 0;
  return options;
}

// Every held connection is a descriptor.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

Said to_said(const Event& event) {
  Said said;
  said.id = to_string(event.position);
  said.room = event.room;
  said.from = event.from;
  said.to = event.to;
  said.text = event.text;
  if (event.image) said.image_url = event.image->url;
  said.time = event.time.time_since_epoch();
  return said;
}

// A log that tells a listener of what is said, once it is committed and delivered.
class ListenedLog final : public EventLog {
 public:
  explicit ListenedLog(EventLog& log) : log_(log) {}
  void listen(std::function<void(const Said&)> listener) { listener_ = std::move(listener); }

  void start(Sink sink) override {
    log_.start([this, sink = std::move(sink)](std::span<const EventPtr> events) {
      sink(events);
      if (!listener_) return;
      for (const EventPtr& event : events) {
        if (event->kind != EventKind::kSystem) listener_(to_said(*event));
      }
    });
  }
  void append(Ref<Event> event, Done done) override {
    log_.append(std::move(event), std::move(done));
  }
  Position end() const override { return log_.end(); }
  History history(const HistoryQuery& query) const override { return log_.history(query); }

 private:
  EventLog& log_;
  std::function<void(const Said&)> listener_;
};

}  // namespace

class Server::Impl {
 public:
  explicit Impl(Options o)
      : options(std::move(o)),
        net_options_(net_options(options)),
        memory_log_(clock_, random_, options.history, options.history_bytes),
        log(memory_log_),
        hub(hub_options(options), clock_, random_, log),
        images_({options.image_bytes, options.image_pixels, options.image_store,
                 std::chrono::duration_cast<std::chrono::seconds>(options.image_keep)},
                clock_, random_),
        api_({options.origin, options.default_wait, options.max_output, options.max_wait,
              options.stream_bytes, options.stream_time},
             hub, images_, files_, random_),
        housekeeper_(
            clock_, [this] { return hub.next_due(); },
            [this] {
              hub.run_due();
              images_.drop_expired();
            }) {}

  std::optional<std::string> start() {
    if (net) return std::string("a server starts once");
    if (options.hold != "park" && options.hold != "thread") {
      return "hold is park or thread, not " + options.hold;
    }
    if (options.port > 65535) return std::string("port is at most 65535");
    if (options.hold == "thread" && options.threads == 0) {
      return std::string("threads is at least 1: nobody else would answer");
    }
    if (!options.public_dir.empty()) {
      if (auto error = files_.load(options.public_dir)) return error;
    }
    raise_descriptor_limit();
    const bool park = options.hold == "park";
    net = park ? make_parked_server(net_options_, api_, clock_, random_)
               : make_threaded_server(net_options_, api_, clock_, random_);
    api_.set_net_counters([this](NetCounters& sum) { net->add_counters(sum); });
    hub.set_due_listener([this] { housekeeper_.nudge(); });
    housekeeper_.start();
    if (auto error = net->start()) {
      housekeeper_.stop();
      return error;
    }
    serving_ = true;
    return std::nullopt;
  }

  // What was made stays until the end: another thread may be about to say something.
  void stop() {
    if (!serving_.exchange(false)) return;
    api_.begin_drain();
    net->begin_drain();
    hub.drain();
    net->stop();
    housekeeper_.stop();
  }

  std::optional<std::string> say(const std::string& nickname, const std::string& room,
                                 const std::string& text) {
    if (!serving_) return std::string("the server is not serving");
    auto session = program_session(nickname);
    if (!session) return error_text(session.error()).message;
    const std::string& name = room.empty() ? kLobby : room;
    if (auto joined = hub.join(*session, name); !joined) return error_text(joined.error()).message;
    auto answer = make_ref<Later>();
    hub.send(*session, {text, std::nullopt, "", name, ""}, [answer](const auto& committed) {
      Reply reply;
      if (!committed) reply.body = error_text(committed.error()).message;
      answer->complete(std::move(reply));
    });
    const std::string error = answer->wait().body;
    return error.empty() ? std::nullopt : std::optional(error);
  }

  const Options options;

 private:
  // The program's own nicknames; a session that ended, for nobody polls it, is taken anew.
  tl::expected<SessionPtr, Error> program_session(const std::string& nickname) {
    MutexLock lock(mutex_);
    auto& known = program_sessions_[nickname];
    if (known && !known->ended.load()) return known;
    auto fresh = hub.login(nickname, program_secret_);
    if (fresh) known = *fresh;
    return fresh;
  }

  SystemClock clock_;
  SystemRandom random_;
  const NetOptions net_options_;
  MemoryLog memory_log_;

 public:
  ListenedLog log;
  Hub hub;

 private:
  ImageStore images_;
  StaticFiles files_;
  Api api_;
  Housekeeper housekeeper_;
  Mutex mutex_;
  std::map<std::string, SessionPtr> program_sessions_ GUARDED_BY(mutex_);
  std::atomic<bool> serving_{false};
  const std::string program_secret_ = Token::make(random_).text();

 public:
  std::unique_ptr<NetServer> net;
};

Server::Server(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Server::~Server() { stop(); }

std::optional<std::string> Server::start() { return impl_->start(); }

int Server::port() const { return impl_->net ? impl_->net->port() : 0; }

void Server::stop() { impl_->stop(); }

std::optional<std::string> Server::say(std::string_view nickname, std::string_view room,
                                       std::string_view text) {
  return impl_->say(std::string(nickname), std::string(room), std::string(text));
}

void Server::on_said(std::function<void(const Said&)> listener) {
  impl_->log.listen(std::move(listener));
}

}  // namespace encke
