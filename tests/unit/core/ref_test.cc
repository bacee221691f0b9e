#include "core/ref.h"

#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

namespace encke {
namespace {

struct Probe : RefCounted {
  explicit Probe(int& count) : alive(count) { ++alive; }
  ~Probe() override { --alive; }
  int& alive;
};

TEST(Ref, DeletesItsObjectWithTheLastReference) {
  int alive = 0;
  auto first = make_ref<Probe>(alive);
  auto second = first;
  first.reset();
  EXPECT_FALSE(first);
  EXPECT_EQ(alive, 1);
  second = Ref<Probe>();
  EXPECT_EQ(alive, 0);
}

TEST(Ref, SurvivesBeingAssignedToItselfAndMoved) {
  int alive = 0;
  auto ref = make_ref<Probe>(alive);
  auto& same = ref;
  ref = same;
  EXPECT_EQ(alive, 1);
  auto moved = std::move(ref);
  EXPECT_EQ(alive, 1);
  const Ref<RefCounted> base = moved;
  EXPECT_EQ(base.get(), moved.get());
  moved.reset();
  EXPECT_EQ(alive, 1);
}

TEST(Ref, IsOneWord) { EXPECT_EQ(sizeof(Ref<Probe>), sizeof(void*)); }

TEST(Ref, CountsRightWhenManyThreadsCopyIt) {
  int alive = 0;
  {
    const auto ref = make_ref<Probe>(alive);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([ref] {
        for (int n = 0; n < 1000; ++n) {
          const Ref<Probe> copy = ref;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace encke
