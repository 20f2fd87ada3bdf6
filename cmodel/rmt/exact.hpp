// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_exact: exact match of one stage and bank.
#pragma once

#include <vector>

#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/entry.hpp"

namespace fp::rmt {

class ExactTable {
 public:
  ExactTable() : rows_(kExactWays * kExactRows) {}
  void clear() { std::fill(rows_.begin(), rows_.end(), Row{}); }

  // `hash`: CRC32C over the masked key. nullptr without a hit, else valid until the next write.
  const Hit* find(const Key& masked, uint32_t hash) const {
    for (unsigned way = 0; way < kExactWays; ++way) {
      const Row& row = rows_[way * kExactRows + (hash >> (8 * way)) % kExactRows];
      if (row.valid && row.key == masked) return &row.hit;
    }
    return nullptr;
  }

  // `index` = way * kExactRows + row.
  void write(unsigned index, const uint32_t* words) {
    const ExactEntry entry = ExactEntry::unpack(words);
    rows_[index] = {entry.key, {entry.params, entry.action}, entry.valid};
  }
  ExactEntry read(unsigned index) const {
    const Row& row = rows_[index];
    ExactEntry entry;
    entry.valid = row.valid;
    entry.action = row.hit.action;
    entry.params = row.hit.params;
    entry.key = row.key;
    return entry;
  }

  void checkpoint(StateIo& io) { io(rows_); }

 private:
  // An exact_entry laid out for comparing.
  struct alignas(64) Row {
    Key key{};
    Hit hit;
    bool valid = false;
  };
  std::vector<Row> rows_;
};

}  // namespace fp::rmt
