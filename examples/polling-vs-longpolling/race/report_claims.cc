#include "report_claims.h"

#include <fmt/format.h>

namespace race {
namespace {

std::string_view verdict(bool holds) { return holds ? "true" : "not in this race"; }

std::string cost(const HeatResult& result) {
  return fmt::format("{} held: {} threads, {:.1f} MiB, {:.0f} µs of CPU a message", result.readers,
                     result.figures.threads, result.memory_mib(), result.cpu_us_a_message());
}

std::string heads_and_bodies(const HeatResult& result) {
  return fmt::format("{:.0f} and {:.0f}", result.heads_a_message(), result.bodies_a_message());
}

double part(std::int64_t of, std::int64_t all) {
  return static_cast<double>(of) / static_cast<double>(std::max<std::int64_t>(all, 1));
}

}  // namespace

std::vector<Claim> check_claims(const ReportFigures& figures) {
  const HeatResult& poll = figures.lane("poll");
  const HeatResult& longpoll = figures.lane("longpoll");
  const HeatResult& sse = figures.lane("sse");
  const HeatResult& threads = figures.most_held("thread");
  const HeatResult& parked = figures.most_held("park");
  const ServerCounts& polls = poll.figures.counts;
  const ServerCounts& longpolls = longpoll.figures.counts;
  const ServerCounts& streams = sse.figures.counts;
  const double empty = part(polls.empty, polls.requests);
  const double heads_a_poll = part(polls.head_in + polls.head_out, polls.requests);

  return {
      {"poll_empty", "Most polls find nothing",
       fmt::format("{} of {} polls were empty: {:.0f} %", polls.empty, polls.requests, empty * 100),
       verdict(empty > 0.5)},
      {"fewer_requests", "Long polling saves requests",
       fmt::format("{} long polls where polling took {}", longpolls.requests, polls.requests),
       verdict(longpolls.requests < polls.requests)},
      {"thread_cost", "Long polling costs the server: with a thread each", cost(threads),
       verdict(threads.figures.threads > threads.readers)},
      {"park_cost", "The same, where held requests are parked", cost(parked),
       parked.figures.threads < parked.readers ? "not any more" : "true"},
      {"keep_alive", "Keep-alive does not help: each request has its headers again",
       fmt::format("{} polls over {} connections, {:.0f} bytes of heads with each", polls.requests,
                   poll.readers + poll.tally.reconnects, heads_a_poll),
       verdict(polls.requests > poll.readers + poll.tally.reconnects && heads_a_poll > 0)},
      {"headers", "Headers outweigh what they carry",
       fmt::format("bytes of heads and of bodies a message: polling {}, long polling {}",
                   heads_and_bodies(poll), heads_and_bodies(longpoll)),
       verdict(poll.heads_a_message() > poll.bodies_a_message() &&
               longpoll.heads_a_message() > longpoll.bodies_a_message())},
      {"push", "Push ends both: neither empty answers nor headers for each message",
       fmt::format("SSE: {} requests for {} messages; bytes of heads and of bodies a message: {}",
                   streams.requests, sse.tally.delivered, heads_and_bodies(sse)),
       verdict(streams.empty == 0 && streams.requests < sse.tally.delivered &&
               sse.heads_a_message() < sse.bodies_a_message())},
  };
}

}  // namespace race
