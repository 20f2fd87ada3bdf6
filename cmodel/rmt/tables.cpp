// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/tables.hpp"

#include <algorithm>

namespace fp::rmt {
namespace {

// Every row below kStageTableBase, both banks, one a cycle, and the cycle that starts it.
constexpr unsigned kTableSweep = kNumBanks * (1 + 2 * kParserEntries + kDeparserSlots +
                                              kChecksumUnits + kNumPops + kNumGroups + kNumEdits) +
                                 1;
// The stages' own, as long as their deepest table at the same time.
constexpr unsigned kStageSweep = kExactWays * kExactRows;
static_assert(kStageSweep >= kNumBanks * kExactRows && kStageSweep >= kCounterRows &&
              kStageSweep >= kRegisterRows && kStageSweep >= kNumBanks * kMeterRows);
// The traffic manager's takes a cell a cycle.
constexpr unsigned kSweepCycles = std::max({kTableSweep, kTmCells, kStageSweep});

// Cycles from the read pulse to the row, by owner.
constexpr unsigned kReadWait = 1;
constexpr unsigned kStageReadWait = 2;

constexpr unsigned within_stage(TableId id) { return static_cast<unsigned>(id) - kStageTableBase; }

}  // namespace

void TableCommands::reset() {
  *this = TableCommands();
  sweep_left_ = kSweepCycles;
}

unsigned TableCommands::rows(unsigned table) {
  if (table < kStageTableBase) {
    switch (static_cast<TableId>(table)) {
      case TableId::kParserInit:
        return 1;
      case TableId::kParserTcam:
      case TableId::kParserAction:
        return kParserEntries;
      case TableId::kDeparserSlot:
        return kDeparserSlots;
      case TableId::kDeparserCsum:
        return kChecksumUnits;
      case TableId::kDeparserPop:
        return kNumPops;
      case TableId::kGroup:
        return kNumGroups;
      case TableId::kEdit:
        return kNumEdits;
      default:
        return 0;
    }
  }
  if (table >= kStageTableBase + kNumStages * kStageTableStride) return 0;
  switch ((table - kStageTableBase) % kStageTableStride) {
    case within_stage(TableId::kStage0Key):
    case within_stage(TableId::kStage0Default):
    case within_stage(TableId::kStage0State):
      return 1;
    case within_stage(TableId::kStage0Ternary):
      return kTernaryRows;
    case within_stage(TableId::kStage0LpmPivot):
      return kLpmPivots;
    case within_stage(TableId::kStage0LpmEntry):
      return kLpmPivots * kLpmSlots;
    case within_stage(TableId::kStage0Side):
      return kNumActions;
    case within_stage(TableId::kStage0Meter):
    case within_stage(TableId::kStage0MeterState):
      return kMeterRows;
    case within_stage(TableId::kStage0Counter):
      return kCounterRows;
    case within_stage(TableId::kStage0Register):
      return kRegisterRows;
    case within_stage(TableId::kStage0Exact):
      return kExactWays * kExactRows;
    case within_stage(TableId::kStage0Action):
      return kNumActions;
    default:
      return 0;
  }
}

bool TableCommands::live(unsigned table) {
  if (table < kStageTableBase) return false;
  switch ((table - kStageTableBase) % kStageTableStride) {
    case within_stage(TableId::kStage0Counter):
    case within_stage(TableId::kStage0MeterState):
    case within_stage(TableId::kStage0Register):
      return true;
    default:
      return false;
  }
}

Fault TableCommands::check(const Reg2Hw& regs,
                           const std::array<uint16_t, kNumBanks>& inflight) const {
  if (!swept()) return Fault::kTblBankInUse;
  const auto op = static_cast<TableOp>(regs.tbl_cmd_op_q);
  if (op != TableOp::kWrite && op != TableOp::kRead) return Fault::kTblBadOp;
  const unsigned count = rows(regs.tbl_cmd_table_id_q);
  if (count == 0) return Fault::kTblBadTable;
  if (regs.tbl_cmd_index_q >= count) return Fault::kTblBadIndex;
  const bool current = regs.ctrl_enable_q && regs.tbl_cmd_bank_q == ((regs.epoch_epoch_q & 1) != 0);
  const bool held = inflight[regs.tbl_cmd_bank_q ? 1 : 0] != 0;
  const bool in_use = live(regs.tbl_cmd_table_id_q)
                          ? regs.ctrl_enable_q || inflight[0] != 0 || inflight[1] != 0
                          : current || held;
  if (op == TableOp::kWrite && in_use) return Fault::kTblBankInUse;
  return Fault::kNone;
}

void TableCommands::step(const Reg2Hw& regs, const std::array<uint16_t, kNumBanks>& inflight) {
  const bool take = regs.tbl_cmd_op_qe && !busy();
  const Fault refusal = take ? check(regs, inflight) : Fault::kNone;
  if (sweep_left_ != 0) --sweep_left_;
  if (answer()) {
    reading_ = false;
  } else if (wait_ != 0) {
    --wait_;
  }
  write_ = asked_ = false;
  fault_ = refusal != Fault::kNone;
  if (!take) return;
  error_ = fault_;
  fault_code_ = refusal;
  fault_index_ = refusal == Fault::kTblBadTable ? regs.tbl_cmd_table_id_q : regs.tbl_cmd_index_q;
  if (fault_) return;
  address_ = {regs.tbl_cmd_table_id_q, static_cast<uint8_t>(regs.tbl_cmd_bank_q ? 1 : 0),
              regs.tbl_cmd_index_q};
  write_ = static_cast<TableOp>(regs.tbl_cmd_op_q) == TableOp::kWrite;
  reading_ = asked_ = !write_;
  wait_ = address_.table < kStageTableBase ? kReadWait : kStageReadWait;
}

}  // namespace fp::rmt
