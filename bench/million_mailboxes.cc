// million_mailboxes.cc: what the chat itself costs, without sockets: a million mailboxes in one
// room, each with one parked reader, and messages fanned out to all of them.
//
// Prints a Markdown table: bytes of memory for each mailbox (resident, as the kernel counts it),
// and microseconds for a fan-out of one message to everybody, waking and reading included or not.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "core/mailbox.h"
#include "core/room.h"
#include "framing/event_json.h"

namespace encke {
namespace {

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

double microseconds(TimePoint start) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
      .count();
}

/// A parked reader whose waker only notes that it ran.
class CountingReader final : public Reader {
 public:
  explicit CountingReader(std::vector<CountingReader*>& woken) : Reader(0, 1), woken_(woken) {}
  void wake() override { woken_.push_back(this); }
  std::size_t owner = 0;

 private:
  std::vector<CountingReader*>& woken_;
};

EventPtr message(std::uint64_t offset) {
  auto event = make_ref<Event>();
  event->position = {1, offset};
  event->room = "lobby";
  event->from = "alice";
  event->text = std::string(100, 'x');
  return event;
}

void run(std::size_t count) {
  constexpr std::uint64_t kMessages = 5;
  const MailboxLimits limits;
  const TimePoint start = std::chrono::steady_clock::now();
  const std::size_t before = resident_bytes();
  Room room("lobby");
  std::vector<MailboxPtr> mailboxes;
  mailboxes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    mailboxes.push_back(make_ref<Mailbox>(limits, Position{1, 0}, start));
  }
  const std::size_t with_mailboxes = resident_bytes();
  for (std::size_t i = 0; i < count; ++i) room.add(std::to_string(i), mailboxes[i]);
  const std::size_t with_room = resident_bytes();

  WakeList wakes;
  double quiet = 0;
  for (std::uint64_t i = 1; i <= kMessages; ++i) {
    const EventPtr event = message(i);
    const auto at = std::chrono::steady_clock::now();
    room.deliver(event, wakes);
    quiet += microseconds(at);
  }
  std::vector<CountingReader*> woken;
  std::vector<Ref<CountingReader>> readers;
  Batch batch;
  for (std::size_t i = 0; i < count; ++i) {
    readers.push_back(make_ref<CountingReader>(woken));
    readers.back()->owner = i;
    mailboxes[i]->enter(*readers.back(), start, wakes);
    mailboxes[i]->read_or_arm(*readers.back(), {1, kMessages}, 100, batch);
  }
  const std::size_t with_readers = resident_bytes();
  double delivered = 0;
  std::size_t read = 0;
  for (std::uint64_t i = 1; i <= kMessages; ++i) {
    const EventPtr event = message(kMessages + i);
    const auto at = std::chrono::steady_clock::now();
    room.deliver(event, wakes);
    wakes.run();
    std::string bytes;
    for (CountingReader* reader : woken) {
      mailboxes[reader->owner]->read_and_arm(*reader, {1, kMessages + i - 1}, 100, batch);
      bytes.clear();
      for (const EventPtr& each : batch.events) bytes += event_json(*each);
      read += batch.events.size();
    }
    woken.clear();
    delivered += microseconds(at);
  }
  if (read != count * kMessages) std::abort();  // a figure of a broken run is worth nothing
  const auto each = [&](std::size_t from, std::size_t to) { return (to - from) / count; };
  fmt::print("| {} | {} | {} | {} | {:.0f} | {:.3f} | {:.0f} | {:.3f} |\n", count,
             each(before, with_mailboxes), each(with_mailboxes, with_room),
             each(with_room, with_readers), quiet / kMessages,
             quiet / kMessages / static_cast<double>(count), delivered / kMessages,
             delivered / kMessages / static_cast<double>(count));
  for (std::size_t i = 0; i < count; ++i) mailboxes[i]->leave(*readers[i], start);
}

}  // namespace
}  // namespace encke

int main(int argc, char** argv) {
  fmt::print(
      "| mailboxes | bytes each, empty | bytes each in the room's tables | bytes each for 5 "
      "messages "
      "and a parked reader | us per fan-out, nobody waiting | us each | us per fan-out, everybody "
      "woken, reading and encoding | us each |\n|---|---|---|---|---|---|---|---|\n");
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  encke::run(count);
}
