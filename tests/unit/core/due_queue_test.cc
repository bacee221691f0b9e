#include "core/due_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace encke {
namespace {

TimePoint at(int seconds) { return TimePoint(std::chrono::seconds(seconds)); }

TEST(DueQueue, GivesWhatIsDueEarliestFirst) {
  DueQueue queue;
  EXPECT_FALSE(queue.next());
  EXPECT_FALSE(queue.take(at(100)));
  queue.add({at(3), "c", {}, {}});
  queue.add({at(1), "a", {}, {}});
  queue.add({at(2), "b", {}, {}});
  EXPECT_EQ(queue.next(), at(1));
  EXPECT_FALSE(queue.take(at(0))) << "not yet";
  EXPECT_EQ(queue.take(at(2))->room, "a");
  EXPECT_EQ(queue.take(at(2))->room, "b");
  EXPECT_FALSE(queue.take(at(2)));
  EXPECT_EQ(queue.next(), at(3));
}

TEST(DueQueue, TellsWhenSomethingIsDueBeforeAllElse) {
  DueQueue queue;
  int told = 0;
  queue.set_listener([&] { ++told; });
  queue.add({at(10), "", {}, {}});
  EXPECT_EQ(told, 1);
  queue.add({at(20), "", {}, {}});
  queue.add({at(10), "", {}, {}});
  EXPECT_EQ(told, 1);
  queue.add({at(5), "", {}, {}});
  EXPECT_EQ(told, 2);
}

TEST(DueQueue, MayBeAskedFromWithinItsListener) {
  DueQueue queue;
  std::optional<TimePoint> next;
  queue.set_listener([&] { next = queue.next(); });
  queue.add({at(10), "", {}, {}});
  EXPECT_EQ(next, at(10));
}

}  // namespace
}  // namespace encke
