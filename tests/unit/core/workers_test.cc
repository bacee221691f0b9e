#include "core/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <vector>

namespace encke {
namespace {

TEST(Workers, RunJobsInTheirOrder) {
  Workers workers(1, 100, 1000);
  std::vector<int> done;
  std::latch all(50);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(workers.post(1, [&, i] {
      done.push_back(i);
      all.count_down();
    }));
  }
  all.wait();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
}

TEST(Workers, TakeNoMoreThanTheirBounds) {
  Workers workers(1, 3, 100);
  std::latch begun(1);
  std::latch go(1);
  ASSERT_TRUE(workers.post(100, [&] {
    begun.count_down();
    go.wait();
  }));
  begun.wait();
  EXPECT_FALSE(workers.post(101, [] {}));
  EXPECT_TRUE(workers.post(60, [] {})) << "what runs does not wait";
  EXPECT_FALSE(workers.post(41, [] {}));
  EXPECT_TRUE(workers.post(40, [] {}));
  EXPECT_TRUE(workers.post(0, [] {}));
  EXPECT_FALSE(workers.post(0, [] {})) << "the fourth";
  std::latch last(1);
  go.count_down();
  while (!workers.post(100, [&] { last.count_down(); })) {
  }
  last.wait();
}

TEST(Workers, FinishWhatRunsAndDropWhatWaits) {
  std::atomic<int> ran{0};
  const auto held = std::make_shared<int>();
  std::latch begun(1);
  {
    Workers workers(1, 10, 10);
    (void)workers.post(0, [&] {
      begun.count_down();
      ran += 1;
    });
    begun.wait();
    workers.stop();
    EXPECT_FALSE(workers.post(0, [&, held] { ran += 100; }));
  }
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace encke
