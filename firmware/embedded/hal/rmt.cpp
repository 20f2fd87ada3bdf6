// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/hal/rmt.hpp"

#include "contract/rmt.hpp"
#include "firmware/embedded/hal/table.hpp"

namespace fw::hal::rmt {

namespace {

namespace reg = fp::rmt::reg;
constexpr uint32_t kBase = fp::rmt::kCsrBase;

uint8_t epoch() { return read<reg::Epoch>(kBase).epoch(); }

}  // namespace

bool init_done() { return read<reg::Status>(kBase).init_done(); }

void enable(bool lossless) { write(kBase, reg::Ctrl{}.set_lossless(lossless).set_enable(true)); }

Outcome write_row(uint8_t table, uint16_t index, const uint32_t* words, unsigned n) {
  const bool shadow = ((epoch() + 1) & 1) != 0;
  if (read32(kBase + reg::kInflight + reg::kInflightStride * shadow) != 0) return Outcome::kBusy;
  put_row(reg::kTblDataAddr, words, n);
  const auto cmd = reg::TblCmd{}.set_table_id(table).set_index(index).set_bank(shadow).set_op(1);
  return table_command<reg::TblCmd, reg::TblStatus>(kBase, cmd) ? Outcome::kOk : Outcome::kRefused;
}

void commit_epoch() { write(kBase, reg::Epoch{}.set_epoch(static_cast<uint8_t>(epoch() + 1))); }

}  // namespace fw::hal::rmt
