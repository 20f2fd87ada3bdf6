// SPDX-License-Identifier: Apache-2.0
//
// What the key of an entry means in the bits of a stage's key.
#pragma once

#include "firmware/linux/pipeline/compiler.hpp"
#include "firmware/linux/pipeline/key_layout.hpp"
#include "firmware/linux/pipeline/lpm_buckets.hpp"

namespace fp::pipeline {

// (key ^ value) & mask == 0, value within mask. For an exact table the mask is the table's.
struct EntryMatch {
  Key value{};
  Key mask{};
  LpmPrefix prefix{};  // longest-prefix tables: the same as a string of bits
};

// Throws InputError at the entry's origin.
EntryMatch match_of(const Program& program, const PhvLayout& layout, const KeyLayout& keys,
                    const Table& table, const Entry& entry);

// The key bit of every bit of a longest-prefix table's prefixes, most significant first.
std::vector<unsigned> prefix_bits(const KeyLayout& keys, const Table& table);

}  // namespace fp::pipeline
