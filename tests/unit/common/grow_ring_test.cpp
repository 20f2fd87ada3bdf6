// SPDX-License-Identifier: Apache-2.0
//
// GrowRing against std::deque: order across wrap-around and growth, and that a slot taken again
// still has the buffer it was left with.
#include "cmodel/common/grow_ring.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

namespace fp {
namespace {

TEST(GrowRing, KeepsTheOrderWhileItWrapsAndGrows) {
  std::mt19937 random(5);
  GrowRing<int> ring(3);
  std::deque<int> expected;
  int next = 0;
  for (int step = 0; step < 20000; ++step) {
    // Bursts in and out, so that it grows with its head anywhere.
    const bool in = random() % 100 < (step / 50 % 2 == 0 ? 70u : 35u);
    if (in) {
      ring.push(next);
      expected.push_back(next++);
    } else if (!expected.empty()) {
      ring.pop();
      expected.pop_front();
    }
    ASSERT_EQ(ring.size(), expected.size());
    ASSERT_EQ(ring.empty(), expected.empty());
    if (expected.empty()) continue;
    ASSERT_EQ(ring.front(), expected.front()) << "step " << step;
  }
  EXPECT_GT(next, 5000);
  ring.clear();
  EXPECT_TRUE(ring.empty());
}

TEST(GrowRing, GivesASlotBackWithItsBuffer) {
  GrowRing<std::vector<int>> ring(2);
  ring.push().assign(100, 1);
  ring.push().assign(100, 2);
  const int* buffer = ring.front().data();
  ring.pop();
  std::vector<int>& again = ring.push();
  EXPECT_EQ(again.data(), buffer);
  EXPECT_EQ(ring.front().front(), 2);
}

}  // namespace
}  // namespace fp
