// SPDX-License-Identifier: Apache-2.0
//
// What an epoch bank of the RMT holds, kept by whoever writes it: an image says which rows are not
// zero, and a bank comes back with the rows of two epochs before.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "firmware/linux/pipeline/compiler.hpp"

namespace fp::pipeline {

class BankContents {
 public:
  enum class Start {
    kCleared,  // after reset, STATUS.INIT_DONE: every row is zero
    kUnknown,  // somebody else wrote it: the first update writes every row
  };
  explicit BankContents(Start start = Start::kCleared) : known_(start == Start::kCleared) {}

  // The rows to write, in order, so that the bank holds `image` and nothing else: first zeros for
  // what goes, the other way round than it came, then what is new or changed. The bank counts as
  // written; if a write failed, begin again with kUnknown.
  std::vector<Row> update(const Image& image);

 private:
  using Place = std::pair<uint8_t, uint16_t>;  // table, index

  bool known_;
  std::vector<Row> held_;  // not zero, in the order written
};

// Words and rows of a banked table; 0 rows for a table id that is none. Live tables (counters,
// meter states, registers) are no part of a bank.
struct TableShape {
  unsigned rows = 0;
  unsigned words = 0;
};
TableShape bank_table(uint8_t table);

}  // namespace fp::pipeline
