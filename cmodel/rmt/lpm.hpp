// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_lpm: longest-prefix match of one stage and bank, a pivot and its bucket.
#pragma once

#include <algorithm>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/entry.hpp"
#include "cmodel/rmt/masked_rows.hpp"

namespace fp::rmt {

class LpmTable {
 public:
  LpmTable() : buckets_(kLpmPivots) {}
  void clear() {
    pivots_.clear();
    for (Bucket& bucket : buckets_) {
      bucket.slots.clear();
      bucket.hits = {};
    }
  }

  // `key` is not masked. nullptr without a hit, else valid until the next write.
  const Hit* find(const Key& key) const {
    // Key bits 159:0 and above them 287:256.
    static_assert(kLpmKeyBits == 192);
    const std::array<uint32_t, kWords> lpm{key[0], key[1], key[2], key[3], key[4], key[8]};
    const unsigned pivot = pivots_.find(lpm.data());
    if (pivot == pivots_.kNone) return nullptr;
    const Bucket& bucket = buckets_[pivot];
    const unsigned slot = bucket.slots.find(lpm.data());
    return slot == bucket.slots.kNone ? nullptr : &bucket.hits[slot];
  }

  void write_pivot(unsigned index, const uint32_t* words) {
    const LpmPivot pivot = LpmPivot::unpack(words);
    pivots_.set(index, pivot.valid, pivot.value.data(), pivot.mask.data());
  }
  LpmPivot read_pivot(unsigned index) const {
    LpmPivot pivot;
    pivot.valid = pivots_.valid(index);
    for (unsigned w = 0; w < kWords; ++w) {
      pivot.value[w] = pivots_.value(index, w);
      pivot.mask[w] = pivots_.mask(index, w);
    }
    return pivot;
  }

  // `index` = pivot * kLpmSlots + slot.
  void write_entry(unsigned index, const uint32_t* words) {
    const LpmEntry entry = LpmEntry::unpack(words);
    Bucket& bucket = buckets_[index / kLpmSlots];
    bucket.slots.set(index % kLpmSlots, entry.valid, entry.value.data(), entry.mask.data());
    bucket.hits[index % kLpmSlots] = {entry.params, entry.action};
  }
  LpmEntry read_entry(unsigned index) const {
    const Bucket& bucket = buckets_[index / kLpmSlots];
    const unsigned slot = index % kLpmSlots;
    LpmEntry entry;
    entry.valid = bucket.slots.valid(slot);
    entry.action = bucket.hits[slot].action;
    entry.params = bucket.hits[slot].params;
    for (unsigned w = 0; w < kWords; ++w) {
      entry.value[w] = bucket.slots.value(slot, w);
      entry.mask[w] = bucket.slots.mask(slot, w);
    }
    return entry;
  }

  void checkpoint(StateIo& io) { io(pivots_, buckets_); }

 private:
  static constexpr unsigned kWords = kLpmKeyBits / 32;
  struct Bucket {
    MaskedRows<kWords, kLpmSlots> slots;
    std::array<Hit, kLpmSlots> hits{};
  };
  MaskedRows<kWords, kLpmPivots> pivots_;
  std::vector<Bucket> buckets_;
};

}  // namespace fp::rmt
