// The contract of every transport, in both holds: it delivers all, once, in order; a cut, or a
// change of transport, loses and doubles nothing; errors, beats and goodbyes arrive inside the
// framing.
#include <algorithm>
#include <thread>
#include <tuple>

#include "integration/support/both_holds.h"
#include "integration/support/transport.h"

namespace encke {
namespace {

using Chosen = std::tuple<const char*, Transport>;

// Reads one answer until `done`, or its end.
template <class Done>
void read(const User& user, TransportReader& reader, const Transport& by, Done done,
          std::string_view parameters = {}) {
  Wire wire(user.port);
  wire.send(reader.ask(by, user.auth(), parameters));
  while (!done() && !reader.over()) {
    const std::string more = wire.read_any();
    if (more.empty()) return;
    reader.hear(more);
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
                        return transport.stream && std::string_view(transport.name) != "sse";
                      }));

TEST_P(AnyTransport, DeliversAllOnceInOrder) {
  constexpr int kEach = 40;
  const User alice = login("alice");
  const User bob = login("bob");
  TransportReader reader(alice.cursor);
  std::vector<std::string> said[2];
  std::thread writers[2];
  for (int i = 0; i < 2; ++i) {
    writers[i] = std::thread([&, i] {
      for (int n = 0; n < kEach; ++n) {
        const std::string text = "</script> & \"c\"\n\xE2\x80\xA8--encke);\n" + std::to_string(n);
        said[i].push_back(n % 2 == 0 ? bob.say(text) : bob.tell("alice", text));
      }
    });
  }
  const auto all = [&] { return reader.events().size() >= 2 * kEach; };
  while (!all()) read(alice, reader, transport(), all);
  for (std::thread& writer : writers) writer.join();
  // If anything came twice, it is there before this.
  said[0].push_back(bob.say("the end"));
  const auto end = [&] { return reader.events().back()["text"] == "the end"; };
  while (!end()) read(alice, reader, transport(), end);

  std::vector<std::string> expected = said[0];
  expected.insert(expected.end(), said[1].begin(), said[1].end());
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
  const auto told = [&] { return reader.count("nouser") > 0; };
  while (!told()) read(alice, reader, transport(), told);
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
  start({kNoNews, "--stream-time=300ms"});
  const User alice = login("alice");
  TransportReader reader(alice.cursor);
  read(alice, reader, transport(), [] { return false; });
  EXPECT_TRUE(reader.over());
  EXPECT_EQ(reader.count("bye"), 1);
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
  reader.hear(slow.read_to_end());
  ASSERT_LT(reader.events().size(), said.size());
  const auto all = [&] { return reader.events().size() >= said.size(); };
  while (!all()) read(alice, reader, transport(), all);
  EXPECT_EQ(reader.ids(), said);
}

class ChangeOfTransport : public BothHolds {};
ENCKE_BOTH_HOLDS(ChangeOfTransport);

// From each to each, after every event.
TEST_P(ChangeOfTransport, LosesAndDoublesNothing) {
  const User alice = login("alice");
  TransportReader reader(alice.cursor);
  std::vector<std::string> said;
  for (const Transport& from : all_transports()) {
    for (const Transport& to : all_transports()) {
      for (const Transport& by : {from, to}) {
        said.push_back(alice.say(by.name));
        said.push_back(alice.say("one more, which it may have read already"));
        const std::size_t wanted = reader.events().size() + 1;
        read(
            alice, reader, by, [&] { return reader.events().size() >= wanted; }, "&limit=1");
      }
    }
  }
  const auto all = [&] { return reader.events().size() >= said.size(); };
  while (!all()) read(alice, reader, all_transports()[0], all);
  EXPECT_EQ(reader.ids(), said);
}

}  // namespace
}  // namespace encke
