// SPDX-License-Identifier: Apache-2.0
//
// Stages: a placement is found whenever one exists, and keeps all rules.
#include "firmware/linux/pipeline/stage_allocator.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "sim-tb/lockstep/random.hpp"

namespace fp::pipeline {
namespace {

// The rules in plain words: order, and every stage's set fits.
bool valid(const StageProblem& p, const std::vector<unsigned>& stage, unsigned stages) {
  std::vector<uint32_t> sets(stages);
  for (unsigned i = 0; i < stage.size(); ++i) {
    if (stage[i] >= stages) return false;
    sets[stage[i]] |= 1u << i;
    for (unsigned j = 0; j < stage.size(); ++j) {
      if ((p.after[i] >> j & 1) != 0 && stage[i] <= stage[j]) return false;
    }
  }
  for (const uint32_t set : sets) {
    if (set != 0 && !p.fits(set)) return false;
  }
  return true;
}

bool brute_force(const StageProblem& p, unsigned stages) {
  const auto n = static_cast<unsigned>(p.after.size());
  std::vector<unsigned> stage(n);
  for (;;) {
    if (valid(p, stage, stages)) return true;
    unsigned i = 0;
    while (i < n && ++stage[i] == stages) stage[i++] = 0;
    if (i == n) return false;
  }
}

// Items with a kind, pairs that may share, and triples that may not although their pairs may.
struct Instance {
  StageProblem problem;
  std::vector<unsigned> kind;
  std::vector<uint32_t> share;
  std::vector<uint32_t> bad_triples;

  Instance(sim::Random& random, unsigned n, unsigned order_percent, unsigned share_percent) {
    problem.after.resize(n);
    share.resize(n);
    for (unsigned i = 0; i < n; ++i) {
      kind.push_back(static_cast<unsigned>(random.below(3)));
      for (unsigned j = 0; j < i; ++j) {
        if (random.chance(order_percent)) problem.after[i] |= 1u << j;
        if (random.chance(share_percent)) {
          share[i] |= 1u << j;
          share[j] |= 1u << i;
        }
      }
    }
    for (unsigned i = 0; i < n; ++i) {
      for (unsigned j = 0; j < i; ++j) {
        for (unsigned k = 0; k < j; ++k) {
          if (random.chance(30)) bad_triples.push_back(1u << i | 1u << j | 1u << k);
        }
      }
    }
    problem.fits = [this](uint32_t set) {
      unsigned kinds = 0;
      for (unsigned i = 0; i < kind.size(); ++i) {
        if ((set >> i & 1) == 0) continue;
        if ((kinds >> kind[i] & 1) != 0) return false;
        kinds |= 1u << kind[i];
        if ((set & ~(1u << i) & ~share[i]) != 0) return false;
      }
      for (const uint32_t t : bad_triples) {
        if ((set & t) == t) return false;
      }
      return true;
    };
  }
  Instance(const Instance&) = delete;
};

TEST(StageAllocator, FindsAPlacementExactlyWhenOneExists) {
  unsigned found = 0, none = 0;
  for (uint64_t seed = 1; seed <= 1500; ++seed) {
    sim::Random random(seed);
    const unsigned n = 1 + static_cast<unsigned>(random.below(6));
    Instance in(random, n, static_cast<unsigned>(random.below(50)),
                static_cast<unsigned>(40 + random.below(61)));
    const unsigned stages = 1 + static_cast<unsigned>(random.below(4));
    const auto got = allocate(in.problem, stages);
    if (got) {
      EXPECT_TRUE(valid(in.problem, *got, stages)) << "seed " << seed;
      ++found;
    } else {
      EXPECT_FALSE(brute_force(in.problem, stages)) << "seed " << seed;
      ++none;
    }
  }
  EXPECT_GT(found, 200u);
  EXPECT_GT(none, 200u);
}

TEST(StageAllocator, LargeProblemsAreRightAndTheSameEveryTime) {
  unsigned found = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    sim::Random random(seed);
    Instance in(random, 20, 8, 90);
    const auto a = allocate(in.problem, 8);
    EXPECT_EQ(a, allocate(in.problem, 8));
    if (!a) continue;
    ++found;
    EXPECT_TRUE(valid(in.problem, *a, 8)) << "seed " << seed;
  }
  EXPECT_GT(found, 5u);
}

TEST(StageAllocator, ACycleHasNoPlacement) {
  StageProblem p{{0b010, 0b100, 0b001}, [](uint32_t set) { return std::has_single_bit(set); }};
  EXPECT_FALSE(allocate(p, 8));
  EXPECT_TRUE(longest_chain(p).empty());
}

TEST(StageAllocator, TheLongestChainIsAChain) {
  StageProblem p{{0, 0b1, 0b1, 0b110, 0b1000},
                 [](uint32_t set) { return std::has_single_bit(set); }};
  EXPECT_EQ(longest_chain(p), (std::vector<unsigned>{0, 1, 3, 4}));
}

TEST(StageAllocator, ACrowdHasNoTwoThatMayShare) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    sim::Random random(seed);
    Instance in(random, 8, 10, 60);
    for (const unsigned i : crowd(in.problem)) {
      for (const unsigned j : crowd(in.problem)) {
        if (i == j) continue;
        const bool ordered =
            (in.problem.after[i] >> j & 1) != 0 || (in.problem.after[j] >> i & 1) != 0;
        EXPECT_TRUE(ordered || !in.problem.fits(1u << i | 1u << j));
      }
    }
  }
}

}  // namespace
}  // namespace fp::pipeline
