// The contract of every transport, in both holds: it delivers all, once, in order; a cut, or a
// change of transport, loses and doubles nothing; errors, beats and goodbyes arrive inside the
// framing.
#include <algorithm>
#include <chrono>
#include <future>
#include <tuple>

#include "integration/support/both_holds.h"
#include "integration/support/transport.h"

namespace encke {
namespace {

using Chosen = std::tuple<const char*, Transport>;

// Reads one answer until `done`, or its end, or that of the connection.
template <class Done>
void read(const User& user, TransportReader& reader, const Transport& by, Done done,
          std::string_view parameters = {}, std::size_t most = static_cast<std::size_t>(-1)) {
  Wire wire(user.port);
  wire.send(reader.ask(by, user.auth(), parameters, most));
  while (!done() && !reader.over()) {
    const std::string more = wire.read_any();
    if (more.empty()) return;
    reader.hear(more);
  }
}

// Reads as many answers as that takes. Throws Trouble when it takes too long, or an answer is an
// error.
template <class Done>
void read_until(const User& user, TransportReader& reader, const Transport& by, Done done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    read(user, reader, by, done);
    if (!reader.error().empty()) throw Trouble("an error: " + reader.error());
    if (std::chrono::steady_clock::now() > deadline) throw Trouble("it does not come");
  }
}

std::vector<Transport> transports(bool (*wanted)(const Transport&)) {
  std::vector<Transport> some;
  for (const Transport& transport : all_transports()) {
    if (wanted(transport)) some.push_back(transport);
  }
  return some;
}

class WithTransport : public ServerTest, public testing::WithParamInterface<Chosen> {
 protected:
  const char* held_by() const override { return std::get<0>(GetParam()); }
  const Transport& transport() const { return std::get<1>(GetParam()); }
};

#define ENCKE_WITH_TRANSPORTS(suite, some)                                                       \
  INSTANTIATE_TEST_SUITE_P(                                                                      \
      Held, suite, testing::Combine(testing::Values("park", "thread"), testing::ValuesIn(some)), \
      [](const auto& chosen) {                                                                   \
        return std::string(std::get<0>(chosen.param)) + "_" + std::get<1>(chosen.param).name;    \
      })

class AnyTransport : public WithTransport {};
ENCKE_WITH_TRANSPORTS(AnyTransport, transports([](const Transport&) { return true; }));

class AnyHeld : public WithTransport {};
ENCKE_WITH_TRANSPORTS(AnyHeld, transports([](const Transport& transport) {
                        return std::string_view(transport.name) != "poll";
                      }));

class AnyStream : public WithTransport {};
ENCKE_WITH_TRANSPORTS(AnyStream,
                      transports([](const Transport& transport) { return transport.stream; }));

// Those whose reader keeps all that it has read; an EventSource does not.
class AnyGrowingStream : public WithTransport {};
ENCKE_WITH_TRANSPORTS(AnyGrowingStream, transports([](const Transport& transport) {
                        return transport.stream &&
                               !std::string_view(transport.name).ends_with("sse");
                      }));

TEST_P(AnyTransport, DeliversAllOnceInOrder) {
  constexpr int kEach = 40;
  const User alice = login("alice");
  const User bob = login("bob");
  TransportReader reader(alice.cursor);
  const auto write = [&bob] {
    std::vector<std::string> said;
    for (int n = 0; n < kEach; ++n) {
      const std::string text = "</script> & \"c\"\n\xE2\x80\xA8--encke);\n" + std::to_string(n);
      said.push_back(n % 2 == 0 ? bob.say(text) : bob.tell("alice", text));
    }
    return said;
  };
  auto one = std::async(std::launch::async, write);
  auto other = std::async(std::launch::async, write);
  const auto all = [&] { return reader.events().size() >= 2 * kEach; };
  read_until(alice, reader, transport(), all);
  std::vector<std::string> expected = one.get();
  for (std::string& id : other.get()) expected.push_back(std::move(id));
  // If anything came twice, it is there before this.
  expected.push_back(bob.say("the end"));
  read_until(alice, reader, transport(),
             [&] { return reader.events().back()["text"] == "the end"; });

  const auto offset = [](const std::string& id) { return std::stoul(id.substr(id.find('-') + 1)); };
  std::sort(expected.begin(), expected.end(),
            [&](const auto& a, const auto& b) { return offset(a) < offset(b); });
  EXPECT_EQ(reader.ids(), expected);
}

TEST_P(AnyTransport, CutAtEveryByteLosesAndDoublesNothing) {
  const User alice = login("alice");
  std::vector<std::string> said;
  for (const char* text : {"a", "b", "c"}) said.push_back(alice.say(text));
  const auto all = [&](const TransportReader& reader) {
    return reader.events().size() >= said.size();
  };
  // One cut later each time, until the cut comes too late.
  bool late = false;
  for (std::size_t cut_at = 0; !late; ++cut_at) {
    TransportReader reader(alice.cursor);
    {
      Wire wire(port());
      wire.send(reader.ask(transport(), alice.auth()));
      for (std::size_t left = cut_at; left > 0 && !all(reader);) {
        const std::string some = wire.read_any(left);
        if (some.empty()) break;
        left -= some.size();
        reader.hear(some);
      }
      wire.cut();
    }
    late = all(reader);
    read(alice, reader, transport(), [&] { return all(reader); });
    ASSERT_EQ(reader.ids(), said) << "cut after " << cut_at << " bytes";
  }
}

TEST_P(AnyTransport, ToldOfAnErrorInItsOwnFraming) {
  TransportReader reader("1-1");
  Wire wire(port());
  wire.send(reader.ask(transport(), {{"Authorization", "Bearer nobody"}}));
  while (!reader.over()) reader.hear(wire.read_any());
  EXPECT_EQ(reader.error(), "unauthorized");
  EXPECT_EQ(reader.status(), transport().hides_status ? 200 : 401);
}

TEST_P(AnyTransport, ToldOfAGapInItsOwnFraming) {
  const User alice = login("alice");
  const std::string id = alice.say("hello");
  TransportReader reader("1-1");
  read(alice, reader, transport(), [&] { return !reader.events().empty(); });
  EXPECT_EQ(reader.count("gap"), 1);
  EXPECT_EQ(reader.ids(), std::vector<std::string>{id});
}

TEST_P(AnyHeld, ToldOfTheEvictionInItsOwnFraming) {
  start({"--gather=20ms", "--silent-after=300ms", "--silent-check=50ms"});
  const User alice = login("alice");
  TransportReader reader(alice.cursor);
  read_until(alice, reader, transport(), [&] { return reader.count("nouser") > 0; });
  read(alice, reader, transport(), [] { return false; });
  EXPECT_EQ(reader.error(), "evicted");
}

TEST_P(AnyHeld, ToldByeInItsOwnFraming) {
  Program& program = start({kNoNews});
  const User alice = login("alice");
  TransportReader reader(alice.cursor);
  Wire wire(port());
  wire.send(reader.ask(transport(), alice.auth()));
  wait_for_metric(transport().stream ? "encke_held{transport=\"stream\"}"
                                     : "encke_held{transport=\"longpoll\"}",
                  1);
  program.terminate();
  while (!reader.over()) reader.hear(wire.read_any());
  EXPECT_EQ(reader.count("bye"), 1);
}

TEST_P(AnyStream, BeatsAudiblyWhenAsked) {
  start({kNoNews, "--heartbeat=0"});
  const User alice = login("alice");
  TransportReader reader(alice.cursor);
  Wire wire(port());
  wire.send(reader.ask(transport(), alice.auth(), "&beat=1"));
  // Once in the beginning, and once when nothing has come for a second.
  while (reader.count("beat") < 2) reader.hear(wire.read_any());
  EXPECT_TRUE(reader.events().empty());
}

TEST_P(AnyGrowingStream, EndsWhenItHasGrownAndIsTakenUp) {
  start({kNoNews, "--stream-bytes=2k"});
  const User alice = login("alice");
  std::vector<std::string> said;
  for (int i = 0; i < 30; ++i) said.push_back(alice.say(std::string(200, 'x')));
  TransportReader reader(alice.cursor);
  int streams = 0;
  while (reader.events().size() < said.size()) {
    const std::size_t before = reader.events().size();
    read(alice, reader, transport(), [&] { return reader.events().size() >= said.size(); });
    if (reader.events().size() < said.size()) {
      EXPECT_TRUE(reader.over() && reader.count("bye") > 0);
    }
    EXPECT_LE(reader.events().size() - before, 12U);
    ++streams;
  }
  EXPECT_GE(streams, 3);
  EXPECT_EQ(reader.ids(), said);
}

TEST_P(AnyGrowingStream, EndsWhenItsTimeIsOver) {
  start({kNoNews, "--stream-time=600ms"});
  const User alice = login("alice");
  TransportReader reader(alice.cursor);
  const auto begun = std::chrono::steady_clock::now();
  read(alice, reader, transport(), [] { return false; });
  EXPECT_TRUE(reader.over());
  EXPECT_EQ(reader.count("bye"), 1);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(450));
}

TEST_P(AnyStream, ThatIsReadTooSlowlyIsCutAndResumes) {
  constexpr int kMessages = 500;  // more bytes than any kernel keeps for whoever does not read
  start({kNoNews, "--stall-after=300ms", "--mailbox-events=0", "--stream-bytes=0"});
  const User alice = login("alice");
  TransportReader reader(alice.cursor);
  Wire slow(port(), 4096);
  slow.send(reader.ask(transport(), alice.auth()));
  const std::string padding(16'000, '.');
  std::vector<std::string> said;
  Wire wire(port());
  for (int i = 0; i < kMessages; ++i) {
    wire.send(make_request("POST", "/send", alice.auth() + kPlainText, padding));
    said.push_back(wire.read().json()["id"]);
  }
  wait_for_metric("encke_slow_readers_cut_total", 1);
  // What is left after a reset may be nothing at all.
  if (const std::string rest = slow.read_to_end(); !rest.empty()) reader.hear(rest);
  ASSERT_LT(reader.events().size(), said.size());
  read_until(alice, reader, transport(), [&] { return reader.events().size() >= said.size(); });
  EXPECT_EQ(reader.ids(), said);
}

class ChangeOfTransport : public BothHolds {};
ENCKE_BOTH_HOLDS(ChangeOfTransport);

// From each to each, after every event; each leaves something to the next.
TEST_P(ChangeOfTransport, LosesAndDoublesNothing) {
  const User alice = login("alice");
  TransportReader reader(alice.cursor);
  std::vector<std::string> said;
  for (int i = 0; i < 3; ++i) said.push_back(alice.say("ahead"));
  for (const Transport& from : all_transports()) {
    for (const Transport& to : all_transports()) {
      for (const Transport& by : {from, to}) {
        said.push_back(alice.say(by.name));
        const std::size_t wanted = reader.events().size() + 1;
        read(
            alice, reader, by, [&] { return reader.events().size() >= wanted; }, "&limit=1", 1);
        ASSERT_EQ(reader.events().size(), wanted) << by.name;
      }
    }
  }
  read_until(alice, reader, all_transports()[0],
             [&] { return reader.events().size() >= said.size(); });
  EXPECT_EQ(reader.ids(), said);
}

}  // namespace
}  // namespace encke
