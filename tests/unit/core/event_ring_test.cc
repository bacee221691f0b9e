#include "core/event_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "support/events.h"

namespace encke {
namespace {

TEST(EventRing, CostsThreeWordsWhenEmpty) {
  EXPECT_EQ(sizeof(EventRing), 24U);
  EXPECT_TRUE(EventRing().empty());
}

TEST(EventRing, KeepsItsOrderWhileItGrowsFromTheMiddle) {
  EventRing ring;
  for (std::uint64_t i = 1; i <= 4; ++i) ring.push_back(message_at({1, i}));
  ring.pop_front();
  ring.pop_front();
  for (std::uint64_t i = 5; i <= 9; ++i) ring.push_back(message_at({1, i}));  // wraps, then grows
  ASSERT_EQ(ring.size(), 7U);
  for (std::uint64_t i = 0; i < 7; ++i) EXPECT_EQ(ring[i]->position.offset, i + 3);
  EXPECT_EQ(ring.front()->position.offset, 3U);
  EXPECT_EQ(ring.back()->position.offset, 9U);
}

TEST(EventRing, BehavesAsADequeDoes) {
  std::mt19937 random(1);
  EventRing ring;
  std::deque<EventPtr> deque;
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    // Fills and drains in turn, so that it is full, empty and wrapped around.
    if (random() % 5 < (i / 500 % 2 == 0 ? 4U : 1U)) {
      const EventPtr event = message_at({1, i});
      ring.push_back(event);
      deque.push_back(event);
    } else if (!deque.empty()) {
      ring.pop_front();
      deque.pop_front();
    }
    ASSERT_EQ(ring.size(), deque.size());
    ASSERT_EQ(ring.empty(), deque.empty());
    if (deque.empty()) continue;
    ASSERT_EQ(ring.front(), deque.front());
    ASSERT_EQ(ring.back(), deque.back());
    const std::size_t at = random() % deque.size();
    ASSERT_EQ(ring[at], deque[at]);
  }
}

}  // namespace
}  // namespace encke
