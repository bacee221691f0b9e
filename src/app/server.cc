// server.cc: every part, put together.
#include "encke/server.h"

#include <algorithm>
#include <atomic>
#include <map>

#include "api/api.h"
#include "app/access_setup.h"
#include "app/housekeeper.h"
#include "app/net_setup.h"
#include "core/hub.h"
#include "core/journal.h"
#include "encke/version.h"
#include "images/image_store.h"
#include "log/memory_log.h"
#include "log/sqlite_log.h"
#include "net/server.h"

namespace encke {
namespace {

// Hashing secrets: threads, requests that wait for one, and the bytes of those.
constexpr std::size_t kHashers = 2;
constexpr std::size_t kMaxHashing = 64;
constexpr std::size_t kMaxHashingBytes = 64 * 1024 * 1024;

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
  options.secret_cost.log2_n = static_cast<unsigned>(o.secret_cost);
  options.remember_secret = o.remember_secret;
  return options;
}

ApiOptions api_options(const Options& o) {
  ApiOptions options;
  options.origins = o.origin;
  options.default_wait = o.default_wait;
  options.max_answer = o.max_output;
  options.max_wait = o.max_wait;
  options.stream_bytes = o.stream_bytes;
  options.stream_time = o.stream_time;
  options.access_log = o.access_log;
  options.trust_request_id = o.trust_request_id;
  options.hold = o.hold;
  options.secret_tries = {o.secret_tries, o.secret_tries_address, o.secret_tries_nickname};
  options.proxies = proxies(o);
  options.limits = {.requests_per_address = static_cast<double>(o.requests_per_address),
                    .logins_per_address = static_cast<double>(o.logins_per_address),
                    .sends_per_user = static_cast<double>(o.sends_per_user),
                    .sends_per_address = static_cast<double>(o.sends_per_address),
                    .image_bytes_per_address = static_cast<double>(o.image_bytes_per_address),
                    .burst = o.burst};
  return options;
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
  tl::expected<History, Error> history(const HistoryQuery& query) const override {
    return log_.history(query);
  }
  Position oldest() const override { return log_.oldest(); }
  tl::expected<void, Error> past(const Owed& owed, Position after, Position upto, std::size_t limit,
                                 std::vector<EventPtr>& out) const override {
    return log_.past(owed, after, upto, limit, out);
  }
  tl::expected<std::vector<EventPtr>, Error> keyed(
      std::chrono::milliseconds within) const override {
    return log_.keyed(within);
  }

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
        sqlite_log_(open_log()),
        log(sqlite_log_ ? static_cast<EventLog&>(*sqlite_log_) : memory_log_),
        store_(sqlite_log_ ? static_cast<Store&>(*sqlite_log_) : NoStore::instance()),
        hub(hub_options(options), clock_, random_, log, store_),
        images_({options.image_bytes, options.image_pixels, options.image_store,
                 std::chrono::duration_cast<std::chrono::seconds>(options.image_keep)},
                clock_, random_, store_),
        api_(api_options(options), hub, images_, files_, random_, journal, workers_),
        housekeeper_(
            clock_, [this] { return hub.next_due(); },
            [this] {
              hub.run_due();
              images_.drop_expired();
              api_.tidy();
            }) {}

  ~Impl() {
    if (sqlite_log_) sqlite_log_->stop();  // before the hub goes, which is its sink
  }

  std::optional<std::string> start() {
    if (net) return std::string("a server starts once");
    if (!log_error_.empty()) return log_error_;
    if (hub.restore_error()) return "the chat in " + options.data + " cannot be read";
    if (auto error = check_net_options(options)) return error;
    if (!options.public_dir.empty()) {
      if (auto error = files_.load(options.public_dir)) return error;
    }
    auto access = access_options(options);
    if (!access) return access.error();
    if (auto error = api_.configure(std::move(*access))) return error;
    net = make_net_server(options, net_options_, api_, clock_, random_);
    api_.set_net_counters([this](NetCounters& sum) { net->add_counters(sum); });
    hub.set_due_listener([this] { housekeeper_.nudge(); });
    housekeeper_.start();
    if (auto error = net->start()) {
      housekeeper_.stop();
      return error;
    }
    serving_ = true;
    journal.tell(LogLevel::kInfo, "started",
                 {{"version", kVersion},
                  {"host", options.host},
                  {"port", std::to_string(net->port())},
                  {"hold", options.hold}});
    if (options.tls_legacy) {
      journal.tell(LogLevel::kWarn, "tls_legacy",
                   {{"risk",
                     "whoever is on the way can break TLS 1.0 and 1.1, and read and change what "
                     "such a client sends"}});
    }
    return std::nullopt;
  }

  // What was made stays until the end: another thread may be about to say something.
  void stop() {
    if (!serving_.exchange(false)) return;
    journal.tell(LogLevel::kInfo, "stopping");
    api_.begin_drain();
    net->begin_drain();
    hub.drain();
    net->stop();
    workers_.stop();  // as late as that, since whoever is answered meanwhile may wait for them
    housekeeper_.stop();
    if (sqlite_log_) sqlite_log_->stop();
    journal.tell(LogLevel::kInfo, "stopped");
  }

  std::optional<std::string> reload() {
    auto error = net ? net->reload() : std::nullopt;
    if (error) {
      journal.tell(LogLevel::kError, "not_reloaded", {{"cause", *error}});
    } else {
      journal.tell(LogLevel::kInfo, "reloaded");
    }
    return error;
  }

  void listen_on(int listener) { net_options_.listener = listener; }

  void listen(LogHandler handler) {
    if (const auto least = log_level(options.log_level)) journal.listen(*least, std::move(handler));
  }

  std::optional<std::string> say(const std::string& nickname, const std::string& room,
                                 const std::string& text) {
    if (!serving_) return std::string("the server is not serving");
    auto session = program_session(nickname);
    if (!session) return error_text(session.error()).message;
    const std::string& name = room.empty() ? kLobby : room;
    if (auto joined = hub.join(*session, name, true); !joined)
      return error_text(joined.error()).message;
    auto answer = make_ref<Later>();
    hub.send(*session, {text, std::nullopt, "", name, "", true}, [answer](const auto& committed) {
      Reply reply;
      if (!committed) reply.body = error_text(committed.error()).message;
      answer->complete(std::move(reply));
    });
    const std::string error = std::get<Reply>(answer->wait()).body;
    return error.empty() ? std::nullopt : std::optional(error);
  }

  const Options options;
  Journal journal;

 private:
  // Null without a folder, or if that cannot be used: then start() says why.
  std::unique_ptr<SqliteLog> open_log() {
    if (options.data.empty()) return nullptr;
    auto opened = SqliteLog::open(
        {.folder = options.data,
         .retention = {options.log_age, options.log_bytes, options.image_keep,
                       options.image_store}},
        clock_, random_, [this](SqliteLog::Side side, bool works, const std::string& what) {
          const bool writing = side == SqliteLog::Side::kWriting;
          if (works) {
            journal.tell(LogLevel::kInfo, writing ? "log_works" : "log_readable");
          } else {
            journal.tell(LogLevel::kError, writing ? "log_unavailable" : "log_unreadable",
                         {{"cause", what}});
          }
        });
    if (opened) return std::move(*opened);
    log_error_ = opened.error();
    return nullptr;
  }

  // So that the program's nicknames are still its own after a restart.
  std::string program_secret() {
    constexpr const char* kKind = "meta";
    constexpr const char* kName = "program_secret";
    for (const Fact& fact : store_.facts(kKind)) {
      if (fact.name == kName) return fact.value;
    }
    std::string secret = Token::make(random_).text();
    store_.keep({kKind, kName, secret});
    return secret;
  }

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
  NetOptions net_options_;
  MemoryLog memory_log_;
  std::string log_error_;
  std::unique_ptr<SqliteLog> sqlite_log_;

 public:
  ListenedLog log;

 private:
  Store& store_;

 public:
  Hub hub;

 private:
  ImageStore images_;
  StaticFiles files_;
  Workers workers_{kHashers, kMaxHashing, kMaxHashingBytes};
  Api api_;
  Housekeeper housekeeper_;
  Mutex mutex_;
  std::map<std::string, SessionPtr> program_sessions_ GUARDED_BY(mutex_);
  std::atomic<bool> serving_{false};
  const std::string program_secret_ = program_secret();

 public:
  std::unique_ptr<NetServer> net;
};

Server::Server(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Server::~Server() { stop(); }

std::optional<std::string> Server::start() { return impl_->start(); }

int Server::port() const { return impl_->net ? impl_->net->port() : 0; }

std::optional<std::string> Server::reload() { return impl_->reload(); }

void Server::stop() { impl_->stop(); }

std::optional<std::string> Server::say(std::string_view nickname, std::string_view room,
                                       std::string_view text) {
  return impl_->say(std::string(nickname), std::string(room), std::string(text));
}

void Server::listen_on(int listener) { impl_->listen_on(listener); }

void Server::on_log(LogHandler handler) { impl_->listen(std::move(handler)); }

void Server::on_said(std::function<void(const Said&)> listener) {
  impl_->log.listen(std::move(listener));
}

}  // namespace encke
