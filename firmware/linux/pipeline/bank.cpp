// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/bank.hpp"

#include <algorithm>

#include "contract/rmt.hpp"

namespace fp::pipeline {

TableShape bank_table(uint8_t table) {
  using rmt::TableId;
  unsigned id = table;
  if (id >= rmt::kStageTableBase + rmt::kNumStages * rmt::kStageTableStride) return {};
  if (id >= rmt::kStageTableBase) {
    id = rmt::kStageTableBase + (id - rmt::kStageTableBase) % rmt::kStageTableStride;
  }
  switch (static_cast<TableId>(id)) {
    case TableId::kParserInit:
      return {1, rmt::ParserInit::kWords};
    case TableId::kParserTcam:
      return {rmt::kParserEntries, rmt::ParserTcam::kWords};
    case TableId::kParserAction:
      return {rmt::kParserEntries, rmt::ParserAction::kWords};
    case TableId::kDeparserSlot:
      return {rmt::kDeparserSlots, rmt::DeparserSlot::kWords};
    case TableId::kDeparserCsum:
      return {rmt::kChecksumUnits, rmt::DeparserCsum::kWords};
    case TableId::kDeparserPop:
      return {rmt::kNumPops, rmt::DeparserPop::kWords};
    case TableId::kGroup:
      return {rmt::kNumGroups, rmt::McastGroup::kWords};
    case TableId::kEdit:
      return {rmt::kNumEdits, rmt::EgressEdit::kWords};
    case TableId::kStage0Key:
      return {1, rmt::KeyCfg::kWords};
    case TableId::kStage0Exact:
      return {rmt::kExactWays * rmt::kExactRows, rmt::ExactEntry::kWords};
    case TableId::kStage0Action:
      return {rmt::kNumActions, rmt::ActionInstr::kWords};
    case TableId::kStage0Default:
      return {1, rmt::DefaultAction::kWords};
    case TableId::kStage0Ternary:
      return {rmt::kTernaryRows, rmt::TernaryEntry::kWords};
    case TableId::kStage0LpmPivot:
      return {rmt::kLpmPivots, rmt::LpmPivot::kWords};
    case TableId::kStage0LpmEntry:
      return {rmt::kLpmPivots * rmt::kLpmSlots, rmt::LpmEntry::kWords};
    case TableId::kStage0Side:
      return {rmt::kNumActions, rmt::ActionSide::kWords};
    case TableId::kStage0State:
      return {1, rmt::StateCfg::kWords};
    case TableId::kStage0Meter:
      return {rmt::kMeterRows, rmt::MeterCfg::kWords};
    default:
      return {};
  }
}

std::vector<Row> BankContents::update(const Image& image) {
  std::map<Place, const Row*> wanted;
  for (const Row& r : image.rows) wanted[{r.table, r.index}] = &r;
  std::map<Place, const Row*> held;
  for (const Row& r : held_) held[{r.table, r.index}] = &r;

  std::vector<Row> out;
  const auto zero = [&](uint8_t table, uint16_t index) {
    if (wanted.count({table, index}) != 0) return;
    out.push_back({table, index, std::vector<uint32_t>(bank_table(table).words)});
  };
  if (known_) {
    for (auto r = held_.rbegin(); r != held_.rend(); ++r) zero(r->table, r->index);
  } else {
    // Whatever it holds: parser and keys lead to everything else, and have the lowest ids.
    for (unsigned table = 0; table <= UINT8_MAX; ++table) {
      const TableShape shape = bank_table(static_cast<uint8_t>(table));
      for (unsigned i = 0; i < shape.rows; ++i) {
        zero(static_cast<uint8_t>(table), static_cast<uint16_t>(i));
      }
    }
  }
  for (const Row& r : image.rows) {
    const auto there = held.find({r.table, r.index});
    if (known_ && there != held.end() && there->second->words == r.words) continue;
    out.push_back(r);
  }
  known_ = true;
  held_ = image.rows;
  return out;
}

}  // namespace fp::pipeline
