// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/hal/rmt.hpp"

#include "contract/rmt.hpp"
#include "firmware/embedded/hal/table.hpp"

namespace fw::hal::rmt {

namespace {

namespace reg = fp::rmt::reg;
constexpr uint32_t kBase = fp::rmt::kCsrBase;

// Words of a row, 0 for a table that does not exist; the block says so when asked.
unsigned row_words(uint8_t table) {
  using fp::rmt::TableId;
  if (table >= fp::rmt::kStageTableBase + fp::rmt::kNumStages * fp::rmt::kStageTableStride) {
    return 0;
  }
  if (table >= fp::rmt::kStageTableBase) {
    table = static_cast<uint8_t>(fp::rmt::kStageTableBase +
                                 (table - fp::rmt::kStageTableBase) % fp::rmt::kStageTableStride);
  }
  switch (static_cast<TableId>(table)) {
    case TableId::kParserInit:
      return fp::rmt::ParserInit::kWords;
    case TableId::kParserTcam:
      return fp::rmt::ParserTcam::kWords;
    case TableId::kParserAction:
      return fp::rmt::ParserAction::kWords;
    case TableId::kDeparserSlot:
      return fp::rmt::DeparserSlot::kWords;
    case TableId::kDeparserCsum:
      return fp::rmt::DeparserCsum::kWords;
    case TableId::kStage0Key:
      return fp::rmt::KeyCfg::kWords;
    case TableId::kStage0Exact:
      return fp::rmt::ExactEntry::kWords;
    case TableId::kStage0Action:
      return fp::rmt::ActionInstr::kWords;
    case TableId::kStage0Default:
      return fp::rmt::DefaultAction::kWords;
    default:
      return 0;
  }
}

uint8_t epoch() { return read<reg::Epoch>(kBase).epoch(); }

}  // namespace

bool init_done() { return read<reg::Status>(kBase).init_done(); }

void enable(bool lossless) { write(kBase, reg::Ctrl{}.set_lossless(lossless).set_enable(true)); }

Outcome write_row(uint8_t table, uint16_t index, const uint32_t* words, unsigned n) {
  const unsigned wanted = row_words(table);
  if (wanted != 0 && n != wanted) return Outcome::kBadLength;
  const bool shadow = ((epoch() + 1) & 1) != 0;
  if (read32(kBase + reg::kInflight + reg::kInflightStride * shadow) != 0) return Outcome::kBusy;
  put_row(reg::kTblDataAddr, words, n);
  const auto cmd = reg::TblCmd{}.set_table_id(table).set_index(index).set_bank(shadow).set_op(
      static_cast<uint8_t>(fp::rmt::TableOp::kWrite));
  return table_command<reg::TblCmd, reg::TblStatus>(kBase, cmd) ? Outcome::kOk : Outcome::kRefused;
}

void commit_epoch() { write(kBase, reg::Epoch{}.set_epoch(static_cast<uint8_t>(epoch() + 1))); }

}  // namespace fw::hal::rmt
