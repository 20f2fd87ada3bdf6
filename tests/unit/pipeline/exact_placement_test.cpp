// SPDX-License-Identifier: Apache-2.0
//
// Placement in the 4-way table against an independent CRC and an independent matching.
#include "firmware/linux/pipeline/exact_placement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <queue>
#include <set>

#include "sim-tb/explain/reference_crc.hpp"
#include "sim-tb/lockstep/random.hpp"

namespace fp::pipeline {
namespace {

using explain::reference_crc;
using sim::Random;

// RFC 3720 B.4 prints the CRC's bytes in the order they are sent.
std::string sent(uint32_t crc) {
  char text[12];
  std::snprintf(text, sizeof text, "%02x%02x%02x%02x", crc & 0xff, crc >> 8 & 0xff,
                crc >> 16 & 0xff, crc >> 24);
  return text;
}

TEST(Crc32c, TheReferenceKnowsTheVectorsOfRfc3720B4) {
  std::vector<uint8_t> up(32), down(32);
  std::iota(up.begin(), up.end(), 0);
  std::iota(down.rbegin(), down.rend(), 0);
  EXPECT_EQ(sent(reference_crc(std::vector<uint8_t>(32, 0))), "aa36918a");
  EXPECT_EQ(sent(reference_crc(std::vector<uint8_t>(32, 0xff))), "43aba862");
  EXPECT_EQ(sent(reference_crc(up)), "4e79dd46");
  EXPECT_EQ(sent(reference_crc(down)), "5cdb3f11");
  std::vector<uint8_t> read(48);  // an iSCSI SCSI Read (10) command PDU
  read[0] = 0x01;
  read[1] = 0xc0;
  read[16] = 0x14;
  read[22] = 0x04;
  read[27] = 0x14;
  read[31] = 0x18;
  read[32] = 0x28;
  read[40] = 0x02;
  EXPECT_EQ(sent(reference_crc(read)), "563a96d9");
}

std::vector<uint8_t> bytes_of(const Key& key) {
  std::vector<uint8_t> bytes;
  for (const uint32_t word : key) {
    for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<uint8_t>(word >> 8 * i));
  }
  return bytes;
}

Key random_key(Random& random) {
  Key key;
  for (uint32_t& word : key) word = static_cast<uint32_t>(random.next() >> 16);
  return key;
}

TEST(Crc32c, AgreesWithTheReferenceOnKeys) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const Key key = random_key(random);
    const uint32_t crc = reference_crc(bytes_of(key));
    ASSERT_EQ(crc32c(key), crc);
    for (unsigned way = 0; way < rmt::kExactWays; ++way) {
      ASSERT_EQ(exact_row(key, way), crc >> 8 * way & 0xff);
    }
  }
}

// Largest matching by breadth-first augmentation, one phase a key: the outside truth.
unsigned most_placeable(const std::vector<Key>& keys) {
  std::vector<std::array<unsigned, rmt::kExactWays>> slots(keys.size());
  for (size_t k = 0; k < keys.size(); ++k) {
    const uint32_t crc = reference_crc(bytes_of(keys[k]));
    for (unsigned w = 0; w < rmt::kExactWays; ++w) slots[k][w] = w * 256 + (crc >> 8 * w & 0xff);
  }
  std::vector<int> owner(rmt::kExactWays * 256, -1), holds(keys.size(), -1);
  unsigned placed = 0;
  for (size_t start = 0; start < keys.size(); ++start) {
    std::vector<int> from(owner.size(), -1);  // key that led to a slot
    std::queue<int> todo;
    todo.push(static_cast<int>(start));
    int free_slot = -1;
    while (!todo.empty() && free_slot < 0) {
      const int k = todo.front();
      todo.pop();
      for (const unsigned s : slots[k]) {
        if (from[s] >= 0) continue;
        from[s] = k;
        if (owner[s] < 0) {
          free_slot = static_cast<int>(s);
          break;
        }
        todo.push(owner[s]);
      }
    }
    if (free_slot < 0) continue;
    ++placed;
    for (int s = free_slot; s >= 0;) {
      const int k = from[s];
      const int next = holds[k];
      owner[s] = k;
      holds[k] = s;
      s = next;
    }
  }
  return placed;
}

void expect_valid(const std::vector<Key>& keys, const std::vector<uint16_t>& places) {
  ASSERT_EQ(places.size(), keys.size());
  std::set<uint16_t> used;
  for (size_t k = 0; k < keys.size(); ++k) {
    const unsigned way = places[k] / rmt::kExactRows;
    ASSERT_LT(way, rmt::kExactWays);
    ASSERT_EQ(places[k] % rmt::kExactRows, reference_crc(bytes_of(keys[k])) >> 8 * way & 0xff);
    ASSERT_TRUE(used.insert(places[k]).second) << "two keys in one row";
  }
}

TEST(Placement, FindsAPlaceForEveryKeyWheneverThereIsOne) {
  Random random(7);
  unsigned fit = 0, full = 0;
  for (int round = 0; round < 60; ++round) {
    // Loads from half to all of the 1024 rows; the last few per cent are where it gets hard.
    const size_t count = 512 + random.below(513);
    std::vector<Key> keys;
    for (size_t i = 0; i < count; ++i) keys.push_back(random_key(random));
    const auto places = place_exact(keys);
    const bool possible = most_placeable(keys) == keys.size();
    ASSERT_EQ(places.has_value(), possible) << count << " keys";
    if (places) expect_valid(keys, *places);
    ++(possible ? fit : full);
  }
  EXPECT_GT(fit, 30u);
  EXPECT_GT(full, 0u);
}

// Adding a multiple of the generator leaves the CRC: keys that collide in all four ways.
Key collide(Key key, unsigned shift) {
  const auto flip = [&](unsigned bit) { key[bit / 32] ^= 1u << (bit % 32); };
  flip(shift);
  for (unsigned i = 0; i < 32; ++i) {
    if ((0x1edc6f41u >> (31 - i) & 1) != 0) flip(shift + 1 + i);
  }
  return key;
}

TEST(Placement, FourKeysOfOneHashFitAndAFifthDoesNot) {
  Random random(3);
  const Key first = random_key(random);
  std::vector<Key> keys{first};
  for (unsigned i = 0; i < 3; ++i) keys.push_back(collide(first, 10 + i));
  for (const Key& k : keys) ASSERT_EQ(crc32c(k), crc32c(first));
  const auto places = place_exact(keys);
  ASSERT_TRUE(places);
  expect_valid(keys, *places);
  keys.push_back(collide(first, 60));
  EXPECT_FALSE(place_exact(keys));
}

TEST(Placement, AFullTableOfPairwiseCollisionsIsStillFilled) {
  // Groups of four keys with one hash each, as long as they do not share a row.
  Random random(11);
  std::vector<Key> keys;
  std::array<std::set<unsigned>, rmt::kExactWays> rows;
  while (keys.size() < 4 * 40) {
    const Key key = random_key(random);
    bool fresh = true;
    for (unsigned w = 0; w < rmt::kExactWays; ++w) fresh &= !rows[w].count(exact_row(key, w));
    if (!fresh) continue;
    for (unsigned w = 0; w < rmt::kExactWays; ++w) rows[w].insert(exact_row(key, w));
    keys.push_back(key);
    for (unsigned i = 0; i < 3; ++i) keys.push_back(collide(key, 20 * i + 5));
  }
  const auto places = place_exact(keys);
  ASSERT_TRUE(places);
  expect_valid(keys, *places);
}

}  // namespace
}  // namespace fp::pipeline
