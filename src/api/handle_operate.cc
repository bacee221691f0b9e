// handle_operate.cc: what operators and load balancers ask: /health, /ready, /metrics, /version;
// and the client's own files.
#include <fmt/format.h>

#include <iterator>

#include "api/api.h"
#include "encke/version.h"

namespace encke {
namespace {

/// One metric in Prometheus' text format, version 0.0.4.
class Metrics {
 public:
  template <class Number>
  Metrics& add(std::string_view type, std::string_view name, std::string_view help, Number value,
               std::string_view labels = {}) {
    if (name != last_) {
      fmt::format_to(std::back_inserter(text), "# HELP encke_{0} {1}\n# TYPE encke_{0} {2}\n", name,
                     help, type);
      last_ = name;
    }
    fmt::format_to(std::back_inserter(text), "encke_{}{} {}\n", name, labels, value);
    return *this;
  }
  std::string text;

 private:
  std::string_view last_;
};

}  // namespace

Outcome Api::health(Call& call) { return json_reply(call, R"({"status":"ok"})"); }

Outcome Api::ready(Call& call) { return json_reply(call, R"({"status":"ready"})"); }

Outcome Api::version(Call& call) {
  return json_reply(call, fmt::format(R"({{"name":"encke","version":"{}"}})", kVersion));
}

Outcome Api::metrics(Call& call) {
  NetCounters net;
  if (add_net_counters_) add_net_counters_(net);
  const Hub::Counters& hub = hub_.counters();
  const auto images = images_.usage();
  Metrics metrics;
  metrics.add("gauge", "users_online", "Users who are online.", hub.online.load())
      .add("gauge", "users_known", "Users who are online or may come back.", hub_.user_count())
      .add("gauge", "held", "Requests held, by transport.", net.polls_held.load(),
           "{transport=\"longpoll\"}")
      .add("gauge", "held", "", net.streams.load(), "{transport=\"stream\"}")
      .add("counter", "requests_total", "Requests admitted.", net.requests.load())
      .add("counter", "requests_refused_total", "Requests and connections refused at the door.",
           net.refused.load())
      .add("counter", "requests_timed_out_total", "Requests that arrived too slowly.",
           net.timed_out.load())
      .add("counter", "deliveries_total", "Events sent to readers.", net.events_out.load())
      .add("counter", "slow_readers_cut_total", "Connections cut because nothing was read.",
           net.slow_cut.load())
      .add("counter", "logins_total", "Logins.", hub.logins.load())
      .add("counter", "said_total", "Things said.", hub.messages.load(), "{kind=\"message\"}")
      .add("counter", "said_total", "", hub.privates.load(), "{kind=\"private\"}")
      .add("counter", "gone_total", "Users who were not heard of.", hub.gone.load())
      .add("counter", "resumed_total", "Users who came back in time.", hub.resumed.load())
      .add("counter", "evicted_total", "Users evicted.", hub.evicted_absent.load(),
           "{reason=\"absent\"}")
      .add("counter", "evicted_total", "", hub.evicted_silent.load(), "{reason=\"silent\"}")
      .add("gauge", "images", "Images kept.", images.images)
      .add("gauge", "image_bytes", "Bytes of the images kept.", images.bytes);
  Reply reply = json_reply(call, "");
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = std::move(metrics.text);
  return reply;
}

Outcome Api::page(Call& call) {
  auto reply = files_.get(call.request.head);
  if (!reply) return fail(call, {ErrorCode::kNotFound, ""});
  return std::move(*reply);
}

}  // namespace encke
