// SPDX-License-Identifier: Apache-2.0
//
// Longest prefixes: a lookup in the one bucket that the first matching pivot names finds what a
// plain search of all prefixes finds.
#include "firmware/linux/pipeline/lpm_buckets.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sim-tb/lockstep/random.hpp"

namespace fp::pipeline {
namespace {

using Bits = std::bitset<rmt::kLpmKeyBits>;

// Prefixes here are strings of '0' and '1': nothing shared with the code under test.
LpmPrefix prefix(const std::string& text) {
  LpmPrefix p;
  for (const char c : text) p.bits[p.length++] = c == '1';
  return p;
}

std::string text_of(const LpmPrefix& p) {
  std::string text;
  for (unsigned i = 0; i < p.length; ++i) text += p.bits[i] ? '1' : '0';
  return text;
}

bool begins(const std::string& key, const std::string& with) { return key.rfind(with, 0) == 0; }

int plain_search(const std::vector<std::string>& set, const std::string& key) {
  int best = -1;
  for (size_t i = 0; i < set.size(); ++i) {
    if (begins(key, set[i]) && (best < 0 || set[i].size() > set[best].size())) {
      best = static_cast<int>(i);
    }
  }
  return best;
}

int bucket_search(const std::vector<std::string>& set, const std::vector<LpmBucket>& buckets,
                  const std::string& key) {
  for (const LpmBucket& b : buckets) {
    if (!begins(key, text_of(b.pivot))) continue;
    for (const unsigned i : b.slots) {
      if (begins(key, set[i])) return static_cast<int>(i);
    }
    return -1;
  }
  return -1;
}

std::string random_bits(sim::Random& random, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += random.chance(50) ? '1' : '0';
  return out;
}

// Every bucket is of legal size, and keys near the prefixes find what a plain search finds.
std::vector<LpmBucket> check(const std::vector<std::string>& set, size_t width,
                             sim::Random& random) {
  std::vector<LpmPrefix> prefixes;
  for (const std::string& s : set) prefixes.push_back(prefix(s));
  const std::vector<LpmBucket> buckets = make_buckets(prefixes);
  std::set<std::string> pivots;
  for (const LpmBucket& b : buckets) {
    EXPECT_LE(b.slots.size(), rmt::kLpmSlots);
    EXPECT_FALSE(b.slots.empty());
    EXPECT_TRUE(pivots.insert(text_of(b.pivot)).second) << "two buckets of one pivot";
  }
  for (int round = 0; round < 2000; ++round) {
    std::string key = random_bits(random, width);
    if (!set.empty() && random.chance(90)) {
      const std::string& from = set[random.below(set.size())];
      key = from + key.substr(from.size());
      if (random.chance(50)) key[random.below(width)] ^= 1;  // '0' <-> '1'
    }
    EXPECT_EQ(bucket_search(set, buckets, key), plain_search(set, key)) << key;
  }
  return buckets;
}

std::vector<std::string> distinct(const std::set<std::string>& set, sim::Random& random) {
  std::vector<std::string> out(set.begin(), set.end());
  for (size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[random.below(i)]);
  return out;
}

TEST(LpmBuckets, NoPrefixesNeedNoBuckets) { EXPECT_TRUE(make_buckets({}).empty()); }

TEST(LpmBuckets, ADefaultRouteAloneMatchesEverything) {
  sim::Random random(1);
  const auto buckets = check({""}, 32, random);
  ASSERT_EQ(buckets.size(), 1u);
  EXPECT_EQ(buckets[0].pivot.length, 0u);
}

TEST(LpmBuckets, HostRoutesUseAllBitsOfTheKey) {
  sim::Random random(2);
  std::set<std::string> set;
  while (set.size() < 200) set.insert(random_bits(random, rmt::kLpmKeyBits));
  check(distinct(set, random), rmt::kLpmKeyBits, random);
}

TEST(LpmBuckets, AChainOfNestedPrefixesIsCutWithItsCoverInEachBucket) {
  sim::Random random(3);
  const std::string key = random_bits(random, rmt::kLpmKeyBits);
  std::vector<std::string> set;
  for (unsigned i = 0; i <= rmt::kLpmKeyBits; ++i) set.push_back(key.substr(0, i));
  const auto buckets = check(set, rmt::kLpmKeyBits, random);
  EXPECT_EQ(buckets.size(), (set.size() + rmt::kLpmSlots - 1) / rmt::kLpmSlots);
}

TEST(LpmBuckets, RandomSetsAreRightAndAsSmallAsPromised) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    sim::Random random(seed);
    const size_t width = std::array{16, 32, 48, 144, 192}[random.below(5)];
    const size_t n = 1 + random.below(seed % 4 == 0 ? 512 : 100);
    const bool nested = random.chance(50);
    std::set<std::string> set;
    if (random.chance(40)) set.insert("");
    while (set.size() < n) {
      std::string p = random_bits(random, random.below(width + 1));
      // Nested: what is there already, longer.
      if (nested && !set.empty() && random.chance(70)) {
        auto from = set.begin();
        std::advance(from, static_cast<long>(random.below(set.size())));
        p = (*from + p.substr(0, random.below(9))).substr(0, width);
      }
      set.insert(p);
    }
    const auto buckets = check(distinct(set, random), width, random);
    EXPECT_LE(buckets.size(), (set.size() + 7) / 8) << "seed " << seed;
  }
}

TEST(LpmBuckets, FiveHundredAndTwelvePrefixesAlwaysFit) {
  // A default route and pairs far apart are what leaves buckets emptiest.
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    sim::Random random(seed);
    std::set<std::string> set;
    while (set.size() < 512) {
      const std::string root = random_bits(random, 6);
      set.insert(root + random_bits(random, random.below(27)));
      if (seed % 2 != 0) set.insert("");
    }
    EXPECT_LE(check(distinct(set, random), 32, random).size(), rmt::kLpmPivots);
  }
}

TEST(LpmBuckets, OneThousandAndTwentyFourFitWhenTheyLieInSixteens) {
  sim::Random random(7);
  std::vector<std::string> set;
  for (unsigned i = 0; i < 1024; ++i) {
    std::string p;
    for (unsigned b = 10; b-- > 0;) p += (i >> b & 1) != 0 ? '1' : '0';
    set.push_back(p + "0101");
  }
  EXPECT_EQ(check(set, 24, random).size(), rmt::kLpmPivots);
}

}  // namespace
}  // namespace fp::pipeline
