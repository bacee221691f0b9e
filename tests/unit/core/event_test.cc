#include "core/event.h"

#include <gtest/gtest.h>

#include <array>
#include <latch>
#include <string>
#include <string_view>
#include <thread>

#include "support/events.h"

namespace encke {
namespace {

TEST(Event, IsEncodedOnceInEachSlot) {
  static int calls;
  calls = 0;
  const auto event = message_at({1, 1}, "hi");
  const auto encode = [](const Event& e, std::string& out) {
    out = e.text + std::to_string(++calls);
  };
  EXPECT_EQ(event->encoded(0, encode), "hi1");
  EXPECT_EQ(event->encoded(0, encode), "hi1");
  EXPECT_EQ(event->encoded(1, encode), "hi2");
  EXPECT_EQ(event->encoded(Event::kMemoSlots - 1, encode), "hi3");
  EXPECT_EQ(event->encoded(0, encode), "hi1");
}

TEST(Event, GivesTheSameBytesToThreadsThatEncodeItAtTheSameTime) {
  static std::latch both(2);
  const EventPtr event = message_at({1, 1}, "a text that is too long for the small-string buffer");
  const auto encode = [](const Event& e, std::string& out) {
    both.arrive_and_wait();  // neither is done before the other has begun
    out = e.text;
  };
  std::array<std::string_view, 2> results;
  std::thread other([&] { results[0] = event->encoded(0, encode); });
  results[1] = event->encoded(0, encode);
  other.join();
  EXPECT_EQ(results[0], event->text);
  EXPECT_EQ(results[0].data(), results[1].data()) << "one result is kept and shared";
}

TEST(Event, LivesAsLongAsSomebodyHoldsIt) {
  EventPtr kept;
  {
    const auto event = message_at({1, 1}, "still here");
    kept = event;
  }
  EXPECT_EQ(kept->text, "still here");
}

}  // namespace
}  // namespace encke
