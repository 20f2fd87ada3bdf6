// SPDX-License-Identifier: Apache-2.0
//
// Driver of the RMT pipeline: rows go into the bank that no frame uses, then the epoch moves on.
#pragma once

#include <cstdint>

#include "contract/rmt.hpp"

namespace fw::hal::rmt {

enum class Outcome { kOk, kRefused, kBusy, kBadLength };

bool init_done();
void enable(bool lossless);

// Writes a row image into the shadow bank. Busy: frames of an older epoch still use that bank. Bad
// length: the table's rows have another one, so words of an earlier row would get in.
Outcome write_row(uint8_t table, uint16_t index, const uint32_t* words, unsigned n);

// Reads a row of the bank that new frames take into `words`, which has room for all of TBL_DATA,
// and answers its length in words, 0 when there is no such row.
unsigned read_row(uint8_t table, uint16_t index, uint32_t* words);

// Makes the shadow bank the one that new frames take.
void commit_epoch();

uint8_t epoch();

// Table numbers as in write_row().
inline constexpr unsigned kNumTables =
    fp::rmt::kStageTableBase + fp::rmt::kNumStages * fp::rmt::kStageTableStride;

// Rows written to the bank in force since it last became the shadow bank.
unsigned rows_written(uint8_t table);

// What the contract calls a table; stage -1: it belongs to none.
struct TableName {
  const char* text;
  int stage;
};
TableName table_name(uint8_t table);

}  // namespace fw::hal::rmt
