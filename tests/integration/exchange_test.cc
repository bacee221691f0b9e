// The promise as a whole: several writers and readers, on whichever transport and across every cut
// connection, and everyone gets every message once, in one order.
#include <map>
#include <random>
#include <set>
#include <thread>

#include "integration/support/both_holds.h"

namespace encke {
namespace {

constexpr int kWriters = 3;
constexpr int kReaders = 6;
constexpr int kEach = 80;  // messages of one writer; all of them fit a mailbox

using Random = std::mt19937;

bool one_in(int n, Random& random) { return std::uniform_int_distribution(1, n)(random) == 1; }

// Says its messages in order. Now and then the connection is cut before the answer is read, and the
// message is said again under the same key.
void write(const User& user, unsigned seed) {
  Random random(seed);
  for (int i = 0; i < kEach; ++i) {
    const std::string form =
        "text=" + user.nickname + "%20" + std::to_string(i) + "&key=" + std::to_string(i);
    while (one_in(4, random)) {
      Wire cut(user.port);
      cut.send(make_request("POST", "/send", user.auth() + kForm, form));
      if (one_in(2, random)) cut.cut();
    }
    user.send(form);
  }
}

struct Heard {
  std::vector<std::string> ids;
  std::vector<std::string> texts;
  bool gap = false;

  bool everything() const { return texts.size() >= kWriters * kEach; }
  void take(const Json& event) {
    gap = gap || event["event"] == "gap";
    if (event["event"] != "message") return;
    ids.push_back(event["id"]);
    texts.push_back(event["text"]);
  }
};

void take_answer(const Response& answer, User& user, Heard& heard) {
  const Json json = answer.json();
  for (const Json& event : json["events"]) heard.take(event);
  user.cursor = json["next"];
}

// Reads on by one step, by a transport that is chosen at random.
void read_on(User& user, Random& random, Heard& heard) {
  const std::string limit =
      "&limit=" + std::to_string(std::uniform_int_distribution(1, 20)(random));
  switch (std::uniform_int_distribution(0, 4)(random)) {
    case 0:
      return take_answer(user.get("/poll?since=" + user.cursor + limit), user, heard);
    case 1: {
      Wire wire = user.hold(limit + "&wait=5");
      return take_answer(wire.read(), user, heard);
    }
    case 2: {  // gone before the answer is there, or read
      Wire wire = user.hold(limit);
      if (one_in(2, random)) wire.cut();
      return;
    }
    case 3: {  // answered by a newer one of the same name, or by a message
      Wire older = user.hold("&reader=r");
      Wire newer(user.port);
      newer.send(
          make_request("GET", "/longpoll?wait=5&reader=r&since=" + user.cursor, user.auth()));
      EXPECT_EQ(older.read().status, 200);
      return take_answer(newer.read(), user, heard);
    }
    default: {
      Wire stream = user.stream();
      for (int left = std::uniform_int_distribution(1, 40)(random); left > 0; --left) {
        if (heard.everything()) return;
        const auto event = stream.next_event();
        ASSERT_TRUE(event);
        heard.take(event->json());
        user.cursor = event->id;
      }
      if (one_in(2, random)) stream.cut();
    }
  }
}

class Exchange : public BothHolds {};
ENCKE_BOTH_HOLDS(Exchange);

TEST_P(Exchange, EveryoneGetsEveryMessageOnceInOneOrder) {
  start({"--gather=20ms"});
  std::vector<User> writers;
  std::vector<User> readers;
  for (int i = 0; i < kReaders; ++i) readers.push_back(login("reader" + std::to_string(i)));
  for (int i = 0; i < kWriters; ++i) writers.push_back(login("writer" + std::to_string(i)));
  std::vector<Heard> heard(kReaders);
  std::vector<std::string> trouble(kReaders + kWriters);
  std::vector<std::thread> threads;
  const auto run = [&](std::size_t index, auto&& body) {
    threads.emplace_back([&, index, body] {
      try {
        body();
      } catch (const std::exception& error) {
        trouble[index] = error.what();
      }
    });
  };
  for (std::size_t i = 0; i < kReaders; ++i) {
    run(i, [&, i] {
      Random random(static_cast<unsigned>(1000 + i));
      while (!heard[i].everything()) read_on(readers[i], random, heard[i]);
    });
  }
  for (std::size_t i = 0; i < kWriters; ++i) {
    run(kReaders + i, [&, i] { write(writers[i], static_cast<unsigned>(i)); });
  }
  for (std::thread& thread : threads) thread.join();

  for (const std::string& what : trouble) EXPECT_EQ(what, "");
  const std::set<std::string> once(heard[0].ids.begin(), heard[0].ids.end());
  EXPECT_EQ(once.size(), static_cast<std::size_t>(kWriters * kEach));
  for (const Heard& one : heard) {
    EXPECT_FALSE(one.gap);
    EXPECT_EQ(one.ids, heard[0].ids);
  }
  std::map<std::string, int> next;  // of each writer
  for (const std::string& text : heard[0].texts) {
    const auto space = text.find(' ');
    EXPECT_EQ(std::stoi(text.substr(space + 1)), next[text.substr(0, space)]++);
  }
}

}  // namespace
}  // namespace encke
