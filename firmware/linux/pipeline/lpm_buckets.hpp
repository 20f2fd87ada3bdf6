// SPDX-License-Identifier: Apache-2.0
//
// Splits a set of prefixes into the buckets of a longest-prefix table.
#pragma once

#include <bitset>
#include <span>
#include <vector>

#include "contract/rmt.hpp"

namespace fp::pipeline {

// The first `length` bits of a key; bit 0 is the most significant, those from `length` on are 0.
struct LpmPrefix {
  std::bitset<rmt::kLpmKeyBits> bits;
  unsigned length = 0;

  bool covers(const LpmPrefix& other) const;
};

struct LpmBucket {
  LpmPrefix pivot;
  std::vector<unsigned> slots;  // indices of prefixes, longest first; at most LpmSlots
};

// The buckets, longest pivot first: of the pivots that match a key the first names the bucket that
// holds the key's longest prefix, if there is one. `prefixes` are all different.
//
// The prefix tree is cut from below: where more hang together than a bucket holds, the branch with
// the most is cut off. A bucket also holds the longest prefix above its pivot. Every cut takes at
// least 8 prefixes (the larger of two branches that hold 16 or more between them), so N prefixes at
// most ceil(N / 8) buckets: 512 always fit 64.
std::vector<LpmBucket> make_buckets(std::span<const LpmPrefix> prefixes);

}  // namespace fp::pipeline
