#include "crowd.h"

namespace race {
namespace {

// A server that is logged in to by thousands at the same instant is not what is compared here.
constexpr auto kBetweenLogins = std::chrono::microseconds(400);

}  // namespace

Crowd::Crowd(const std::vector<Lane>& lanes, bool listen_at_once) {
  for (const auto& [transport, port] : lanes) {
    auto& group = *groups_.emplace_back(std::make_unique<Group>());
    group.lane.transport = transport;
    group.lane.port = port;
    group.lane.open = listen_at_once;
  }
}

Crowd::~Crowd() { loop_.stop(); }

template <typename Function>
void Crowd::for_all_readers(Function function) {
  loop_.run([&] {
    for (const auto& group : groups_) {
      for (const auto& reader : group->readers) function(*group, *reader);
    }
  });
}

void Crowd::set_readers(int readers) {
  loop_.post([this, wanted = static_cast<std::size_t>(readers)] {
    int started = 0;
    for (const auto& group : groups_) {
      auto& there = group->readers;
      while (there.size() > wanted) there.pop_back();
    }
    // The lanes in turns, so that none of them is ahead.
    for (std::size_t number = 0; number < wanted; ++number) {
      for (const auto& group : groups_) {
        if (group->readers.size() != number) continue;
        group->readers.push_back(
            std::make_shared<Reader>(loop_, group->lane, static_cast<int>(number)));
        group->readers.back()->start_after(started++ * kBetweenLogins);
      }
    }
  });
}

void Crowd::set_interval(std::chrono::milliseconds interval) {
  loop_.post([this, interval] {
    for (const auto& group : groups_) {
      group->lane.interval = interval;
      for (const auto& reader : group->readers) reader->reschedule();
    }
  });
}

void Crowd::zero(long first) {
  loop_.run([&] {
    for (const auto& group : groups_) {
      ReadLane& lane = group->lane;
      lane.first = first;
      lane.delivered = lane.missed = lane.doubled = lane.reconnects = 0;
      lane.delays.clear();
      // The first may have been said, and heard, while we were on the way here.
      for (const auto& reader : group->readers) lane.delivered += reader->heard_from(first);
    }
  });
}

void Crowd::expect(long first) {
  zero(first);
  for_all_readers([first](Group&, Reader& reader) { reader.expect(first); });
}

bool Crowd::all_logged_in() {
  bool all = true;
  for_all_readers([&all](Group&, Reader& reader) { all = all && reader.logged_in(); });
  return all;
}

void Crowd::listen() {
  for_all_readers([](Group& group, Reader& reader) {
    group.lane.open = true;
    reader.listen();
  });
}

bool Crowd::all_listen() {
  bool all = true;
  for_all_readers([&all](Group&, Reader& reader) { all = all && reader.listens(); });
  return all;
}

bool Crowd::all_heard(long said) {
  bool all = true;
  for_all_readers([&](Group&, Reader& reader) { all = all && reader.behind(said) <= 0; });
  return all;
}

void Crowd::give_up_on(long said) {
  for_all_readers([&](Group& group, Reader& reader) { group.lane.missed += reader.behind(said); });
}

Tally Crowd::tally(std::size_t lane) {
  Tally tally;
  loop_.run([&] {
    const ReadLane& read = groups_[lane]->lane;
    tally = {read.delivered,  read.missed,        read.doubled,
             read.reconnects, read.delays.mean(), read.delays.percentile(0.99)};
  });
  return tally;
}

}  // namespace race
