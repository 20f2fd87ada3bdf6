// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/hal/rmt.hpp"

#include "contract/rmt.hpp"
#include "firmware/embedded/hal/table.hpp"

namespace fw::hal::rmt {

namespace {

namespace reg = fp::rmt::reg;
constexpr uint32_t kBase = fp::rmt::kCsrBase;

// A table of stage 0 stands for those of every stage.
fp::rmt::TableId kind_of(uint8_t table) {
  if (table >= fp::rmt::kStageTableBase) {
    table = static_cast<uint8_t>(fp::rmt::kStageTableBase +
                                 (table - fp::rmt::kStageTableBase) % fp::rmt::kStageTableStride);
  }
  return static_cast<fp::rmt::TableId>(table);
}

// Words of a row, 0 for a table that does not exist; the block says so when asked.
unsigned row_words(uint8_t table) {
  using fp::rmt::TableId;
  if (table >= kNumTables) return 0;
  switch (kind_of(table)) {
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
    case TableId::kDeparserPop:
      return fp::rmt::DeparserPop::kWords;
    case TableId::kGroup:
      return fp::rmt::McastGroup::kWords;
    case TableId::kEdit:
      return fp::rmt::EgressEdit::kWords;
    case TableId::kStage0Key:
      return fp::rmt::KeyCfg::kWords;
    case TableId::kStage0Exact:
      return fp::rmt::ExactEntry::kWords;
    case TableId::kStage0Action:
      return fp::rmt::ActionInstr::kWords;
    case TableId::kStage0Default:
      return fp::rmt::DefaultAction::kWords;
    case TableId::kStage0Ternary:
      return fp::rmt::TernaryEntry::kWords;
    case TableId::kStage0LpmPivot:
      return fp::rmt::LpmPivot::kWords;
    case TableId::kStage0LpmEntry:
      return fp::rmt::LpmEntry::kWords;
    case TableId::kStage0Side:
      return fp::rmt::ActionSide::kWords;
    case TableId::kStage0State:
      return fp::rmt::StateCfg::kWords;
    case TableId::kStage0Meter:
      return fp::rmt::MeterCfg::kWords;
    case TableId::kStage0Counter:
      return fp::rmt::CounterRow::kWords;
    case TableId::kStage0MeterState:
      return fp::rmt::MeterState::kWords;
    case TableId::kStage0Register:
      return fp::rmt::RegisterRow::kWords;
    default:
      return 0;
  }
}

bool shadow_bank() { return ((epoch() + 1) & 1) != 0; }

// Rows written to each bank since it last became the shadow bank.
uint16_t written[2][kNumTables];

}  // namespace

bool init_done() { return read<reg::Status>(kBase).init_done(); }

void enable(bool lossless) { write(kBase, reg::Ctrl{}.set_lossless(lossless).set_enable(true)); }

Outcome write_row(uint8_t table, uint16_t index, const uint32_t* words, unsigned n) {
  const unsigned wanted = row_words(table);
  if (wanted != 0 && n != wanted) return Outcome::kBadLength;
  const bool shadow = shadow_bank();
  if (read32(kBase + reg::kInflight + reg::kInflightStride * shadow) != 0) return Outcome::kBusy;
  put_row(reg::kTblDataAddr, words, n);
  const auto cmd = reg::TblCmd{}.set_table_id(table).set_index(index).set_bank(shadow).set_op(
      static_cast<uint8_t>(fp::rmt::TableOp::kWrite));
  if (!table_command<reg::TblCmd, reg::TblStatus>(kBase, cmd)) return Outcome::kRefused;
  ++written[shadow][table];
  return Outcome::kOk;
}

unsigned read_row(uint8_t table, uint16_t index, uint32_t* words) {
  const auto cmd = reg::TblCmd{}
                       .set_table_id(table)
                       .set_index(index)
                       .set_bank((epoch() & 1) != 0)
                       .set_op(static_cast<uint8_t>(fp::rmt::TableOp::kRead));
  if (!table_command<reg::TblCmd, reg::TblStatus>(kBase, cmd)) return 0;
  const unsigned n = row_words(table);
  for (unsigned i = 0; i < n; ++i) words[i] = read32(reg::kTblDataAddr + 4 * i);
  return n;
}

void commit_epoch() {
  write(kBase, reg::Epoch{}.set_epoch(static_cast<uint8_t>(epoch() + 1)));
  for (uint16_t& n : written[shadow_bank()]) n = 0;
}

uint8_t epoch() { return read<reg::Epoch>(kBase).epoch(); }

unsigned rows_written(uint8_t table) {
  return table < kNumTables ? written[!shadow_bank()][table] : 0;
}

TableName table_name(uint8_t table) {
  // "stage0_exact" stands for that table of every stage.
  const char* text = fp::rmt::to_string(kind_of(table));
  if (table < fp::rmt::kStageTableBase) return {text, -1};
  while (*text != 0 && *text++ != '_') {
  }
  return {text, static_cast<int>((table - fp::rmt::kStageTableBase) / fp::rmt::kStageTableStride)};
}

}  // namespace fw::hal::rmt
