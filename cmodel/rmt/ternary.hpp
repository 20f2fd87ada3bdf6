// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_ternary: ternary match of one stage and bank.
#pragma once

#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/entry.hpp"
#include "cmodel/rmt/masked_rows.hpp"

namespace fp::rmt {

class TernaryTable {
 public:
  void clear() {
    rows_.clear();
    hits_ = {};
  }

  // `key` is not masked. nullptr without a hit, else valid until the next write.
  const Hit* find(const Key& key) const {
    const unsigned row = rows_.find(key.data());
    return row == rows_.kNone ? nullptr : &hits_[row];
  }

  void write(unsigned index, const uint32_t* words) {
    const TernaryEntry entry = TernaryEntry::unpack(words);
    rows_.set(index, entry.valid, entry.value.data(), entry.mask.data());
    hits_[index] = {entry.params, entry.action};
  }
  TernaryEntry read(unsigned index) const {
    TernaryEntry entry;
    entry.valid = rows_.valid(index);
    entry.action = hits_[index].action;
    entry.params = hits_[index].params;
    for (unsigned w = 0; w < kKeyWords; ++w) {
      entry.value[w] = rows_.value(index, w);
      entry.mask[w] = rows_.mask(index, w);
    }
    return entry;
  }

  void checkpoint(StateIo& io) { io(rows_, hits_); }

 private:
  MaskedRows<kKeyWords, kTernaryRows> rows_;
  std::array<Hit, kTernaryRows> hits_{};
};

}  // namespace fp::rmt
