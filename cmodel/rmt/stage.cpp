// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/stage.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "cmodel/common/crc32c.hpp"
#include "cmodel/rmt/observer.hpp"

namespace fp::rmt {
namespace {

constexpr unsigned kDataWords = reg::kTblDataCount;

// Table ids within a stage.
constexpr unsigned offset_of(TableId id) { return static_cast<unsigned>(id) - kStageTableBase; }
constexpr unsigned kKeyTable = offset_of(TableId::kStage0Key);
constexpr unsigned kExactTable = offset_of(TableId::kStage0Exact);
constexpr unsigned kActionTable = offset_of(TableId::kStage0Action);
constexpr unsigned kDefaultTable = offset_of(TableId::kStage0Default);
constexpr unsigned kTernaryTable = offset_of(TableId::kStage0Ternary);
constexpr unsigned kLpmPivotTable = offset_of(TableId::kStage0LpmPivot);
constexpr unsigned kLpmEntryTable = offset_of(TableId::kStage0LpmEntry);
constexpr unsigned kSideTable = offset_of(TableId::kStage0Side);
constexpr unsigned kStateTable = offset_of(TableId::kStage0State);
constexpr unsigned kMeterTable = offset_of(TableId::kStage0Meter);
constexpr unsigned kCounterTable = offset_of(TableId::kStage0Counter);
constexpr unsigned kMeterStateTable = offset_of(TableId::kStage0MeterState);
constexpr unsigned kRegisterTable = offset_of(TableId::kStage0Register);

// Order of key_cfg's gateways.
enum Kind : unsigned { kTernary, kExact, kLpm, kKinds };

// Packs a contract struct into `words` and zeroes the rest of the row image.
template <class T>
void put_row(const T& value, uint32_t* words) {
  value.pack(words);
  std::fill(words + T::kWords, words + kDataWords, 0u);
}

uint32_t alu(AluOp op, uint32_t a, uint32_t b) {
  switch (op) {
    case AluOp::kSet:
      return b;
    case AluOp::kAdd:
      return a + b;
    case AluOp::kSub:
      return a - b;
    case AluOp::kAnd:
      return a & b;
    case AluOp::kOr:
      return a | b;
    case AluOp::kXor:
      return a ^ b;
    default:
      return a;
  }
}

// Action data as an operand of T's width, little-endian.
template <class T>
uint32_t param(const uint32_t* params, uint32_t imm) {
  constexpr unsigned kInWord = 32 / (8 * sizeof(T));
  return static_cast<T>(params[imm / kInWord % 4] >> (8 * sizeof(T) * (imm % kInWord)));
}

// Writes a container and marks it.
void put_container(FrameSlot& frame, unsigned id, uint32_t value) {
  frame.set_dirty(id);
  if (id < kC16Base) {
    frame.phv.c8[id] = static_cast<uint8_t>(value);
  } else if (id < kC32Base) {
    frame.phv.c16[id - kC16Base] = static_cast<uint16_t>(value);
  } else {
    frame.phv.c32[id - kC32Base] = value;
  }
}

// The row of the stage's state that a frame uses; false when it has none.
bool state_row(IndexSrc src, unsigned half, unsigned rows, const Lookup& found, unsigned& row) {
  switch (src) {
    case IndexSrc::kParam:
      row = (found.params[half / 2] >> (16 * (half % 2)) & 0xffff) % rows;
      return true;
    case IndexSrc::kHash:
      row = found.hash % rows;
      return true;
    default:
      return false;
  }
}

}  // namespace

Stage::Stage(unsigned index)
    : index_(index), banks_(kNumBanks), state_(std::make_unique<StageState>()) {
  for (Bank& bank : banks_) bank.instructions.resize(kNumActions);
}

void Stage::reset() {
  for (Bank& bank : banks_) {
    bank.key = {};
    bank.dflt = {};
    bank.state = {};
    bank.exact.clear();
    bank.ternary.clear();
    bank.lpm.clear();
    bank.meters = {};
    for (Instruction& instruction : bank.instructions) {
      instruction.image = {};
      instruction.end8 = instruction.end16 = instruction.end32 = 0;
      instruction.dirty = {};
      instruction.side = {};
      instruction.has_side = false;
    }
  }
  *state_ = {};
}

Lookup Stage::lookup(const FrameSlot& frame) const {
  Lookup found;
  const Bank& bank = banks_[frame.epoch & 1];
  const KeyCfg& cfg = bank.key;
  std::array<bool, kKinds> on;
  for (unsigned k = 0; k < kKinds; ++k) {
    on[k] = cfg.en[k] && ((frame.hdr_valid ^ cfg.gw_value[k]) & cfg.gw_mask[k]) == 0;
    found.looked |= on[k];
  }
  if (!found.looked) return found;

  // Key crossbar: first selector at bit 0.
  const Phv& phv = frame.phv;
  Key key, masked;
  for (unsigned i = 0; i < kKeySel32; ++i) key[i] = phv.c32[cfg.sel32[i]];
  key[8] = phv.c16[cfg.sel16[0]] | static_cast<uint32_t>(phv.c16[cfg.sel16[1]]) << 16;
  key[9] = phv.c16[cfg.sel16[2]] | static_cast<uint32_t>(phv.c8[cfg.sel8[0]]) << 16 |
           static_cast<uint32_t>(phv.c8[cfg.sel8[1]]) << 24;
  static_assert(kKeySel32 == 8 && kKeySel16 == 3 && kKeySel8 == 2 && kKeyWords == 10);
  for (unsigned i = 0; i < kKeyWords; ++i) masked[i] = key[i] & cfg.mask[i];
  found.hash = crc32c({reinterpret_cast<const uint8_t*>(masked.data()), sizeof masked});

  const Hit* hit = on[kTernary] ? bank.ternary.find(key) : nullptr;
  if (hit == nullptr && on[kExact]) hit = bank.exact.find(masked, found.hash);
  if (hit == nullptr && on[kLpm]) hit = bank.lpm.find(key);
  found.hit = hit != nullptr;
  found.run = found.hit || bank.dflt.en;
  found.action = found.hit ? hit->action : bank.dflt.action;
  found.params = found.hit ? hit->params : bank.dflt.params;
  return found;
}

void Stage::act(const Lookup& found, uint64_t now, FrameSlot& frame, StateUse* use) {
  if (found.hit) frame.stage_hit |= static_cast<uint8_t>(1u << index_);
  if (!found.run) return;
  frame.stage_action[index_] = static_cast<uint8_t>(found.action + 1);
  const Bank& bank = banks_[frame.epoch & 1];
  const Instruction& instruction = bank.instructions[found.action];
  const ActionSide& side = instruction.side;
  SideResult result;
  if (instruction.has_side) result = use_state(bank, side, found, now, frame.phv, use);
  apply(instruction, found, frame);
  // Results of the state win over the instruction's slots, red_drop over all.
  if (result.has_value) put_container(frame, kC32Base + side.reg_dst, result.value);
  if (!result.has_colour) return;
  put_container(frame, bank.state.meter_dst, static_cast<uint32_t>(result.colour));
  if (side.red_drop && result.colour == Colour::kRed) {
    put_container(frame, kMetaVerdict, static_cast<uint32_t>(Verdict::kDrop));
    put_container(frame, kMetaReason, static_cast<uint8_t>(Reason::kMeter));
  }
}

Stage::SideResult Stage::use_state(const Bank& bank, const ActionSide& side, const Lookup& found,
                                   uint64_t now, const Phv& phv, StateUse* use) {
  const StateCfg& cfg = bank.state;
  const uint16_t bytes = phv.c16[cfg.len_src];
  SideResult result;
  unsigned row = 0;
  if (side.count && state_row(cfg.counter_src, cfg.counter_half, kCounterRows, found, row)) {
    const CounterRow before = state_->counters[row];
    count(state_->counters[row], bytes);
    if (use != nullptr) use->counter = {true, row, before, state_->counters[row]};
  }
  if (side.meter && state_row(cfg.meter_src, cfg.meter_half, kMeterRows, found, row)) {
    const MeterState before = state_->meters[row];
    result.has_colour = true;
    result.colour = meter(bank.meters[row], state_->meters[row], now, bytes, cfg.meter_aware,
                          phv.c8[cfg.meter_dst]);
    if (use != nullptr) {
      use->meter = {true, row, before, state_->meters[row]};
      use->colour = result.colour;
    }
  }
  if (side.reg_op != RegOp::kNop && side.reg_op <= RegOp::kOr &&
      state_row(cfg.reg_src, cfg.reg_half, kRegisterRows, found, row)) {
    uint32_t x = 0;
    if (side.x == RegX::kOne) x = 1;
    if (side.x == RegX::kContainer) x = phv.c32[side.x_src];
    if (side.x == RegX::kParam) x = found.params[side.x_src % kParamWords];
    const uint32_t before = state_->registers[row];
    result.value = operate(side.reg_op, state_->registers[row], x);
    if (use != nullptr) use->reg = {true, row, before, state_->registers[row]};
    result.has_value = side.reg_wr;
  }
  return result;
}

void Stage::apply(const Instruction& instruction, const Lookup& found, FrameSlot& frame) {
  // All slots read the vector as it entered: results are written back only when all are known.
  std::array<uint32_t, kNumContainers> result;
  const auto compute = [&](unsigned i, unsigned end, const auto& containers) {
    for (; i < end; ++i) {
      const Op& op = instruction.ops[i];
      uint32_t b = 0;
      switch (op.b) {
        case AluB::kContainer:
          b = containers[op.src];
          break;
        case AluB::kImm:
          b = op.imm;
          break;
        case AluB::kParam:
          b = param<std::decay_t<decltype(containers[0])>>(found.params.data(), op.imm);
          break;
        case AluB::kHash:
          b = found.hash;
          break;
      }
      result[i] = alu(op.op, containers[op.dst], b);
    }
  };
  const auto write_back = [&](unsigned i, unsigned end, auto& containers) {
    for (; i < end; ++i) {
      containers[instruction.ops[i].dst] =
          static_cast<std::decay_t<decltype(containers[0])>>(result[i]);
    }
  };
  compute(0, instruction.end8, frame.phv.c8);
  compute(instruction.end8, instruction.end16, frame.phv.c16);
  compute(instruction.end16, instruction.end32, frame.phv.c32);
  write_back(0, instruction.end8, frame.phv.c8);
  write_back(instruction.end8, instruction.end16, frame.phv.c16);
  write_back(instruction.end16, instruction.end32, frame.phv.c32);
  for (size_t i = 0; i < frame.dirty.size(); ++i) frame.dirty[i] |= instruction.dirty[i];
}

void Stage::decode(Instruction& instruction) {
  const ActionInstr instr = ActionInstr::unpack(instruction.image.data());
  instruction.dirty = {};
  unsigned count = 0;
  const auto add = [&](const auto& slots, unsigned base) {
    for (unsigned i = 0; i < slots.size(); ++i) {
      const auto& slot = slots[i];
      if (slot.op == AluOp::kNop || slot.op > AluOp::kXor) continue;
      instruction.ops[count++] = {slot.op, slot.b, static_cast<uint8_t>(i),
                                  static_cast<uint8_t>(slot.src), slot.imm};
      instruction.dirty[(base + i) / 64] |= uint64_t{1} << ((base + i) % 64);
    }
    return count;
  };
  instruction.end8 = add(instr.a8, 0);
  instruction.end16 = add(instr.a16, kC16Base);
  instruction.end32 = add(instr.a32, kC32Base);
}

void Stage::write_row(unsigned offset, unsigned bank_index, unsigned row, const uint32_t* words) {
  Bank& bank = banks_[bank_index];
  switch (offset) {
    case kKeyTable:
      bank.key = KeyCfg::unpack(words);
      break;
    case kExactTable:
      bank.exact.write(row, words);
      break;
    case kActionTable: {
      Instruction& instruction = bank.instructions[row];
      std::copy_n(words, ActionInstr::kWords, instruction.image.begin());
      decode(instruction);
      break;
    }
    case kDefaultTable:
      bank.dflt = DefaultAction::unpack(words);
      break;
    case kTernaryTable:
      bank.ternary.write(row, words);
      break;
    case kLpmPivotTable:
      bank.lpm.write_pivot(row, words);
      break;
    case kLpmEntryTable:
      bank.lpm.write_entry(row, words);
      break;
    case kSideTable:
      bank.instructions[row].side = ActionSide::unpack(words);
      bank.instructions[row].has_side = bank.instructions[row].side != ActionSide{};
      break;
    case kStateTable:
      bank.state = StateCfg::unpack(words);
      break;
    case kMeterTable:
      bank.meters[row] = MeterCfg::unpack(words);
      break;
    case kCounterTable:
      state_->counters[row] = CounterRow::unpack(words);
      break;
    case kMeterStateTable:
      state_->meters[row] = MeterState::unpack(words);
      break;
    case kRegisterTable:
      state_->registers[row] = words[0];
      break;
    default:
      break;
  }
}

void Stage::read_row(unsigned offset, unsigned bank_index, unsigned row, uint32_t* words) const {
  const Bank& bank = banks_[bank_index];
  switch (offset) {
    case kKeyTable:
      return put_row(bank.key, words);
    case kExactTable:
      return put_row(bank.exact.read(row), words);
    case kActionTable:
      static_assert(ActionInstr::kBits == 32 * ActionInstr::kWords, "the image has no spare bits");
      std::copy(bank.instructions[row].image.begin(), bank.instructions[row].image.end(), words);
      std::fill(words + ActionInstr::kWords, words + kDataWords, 0u);
      return;
    case kDefaultTable:
      return put_row(bank.dflt, words);
    case kTernaryTable:
      return put_row(bank.ternary.read(row), words);
    case kLpmPivotTable:
      return put_row(bank.lpm.read_pivot(row), words);
    case kLpmEntryTable:
      return put_row(bank.lpm.read_entry(row), words);
    case kSideTable:
      return put_row(bank.instructions[row].side, words);
    case kStateTable:
      return put_row(bank.state, words);
    case kMeterTable:
      return put_row(bank.meters[row], words);
    case kCounterTable:
      return put_row(state_->counters[row], words);
    case kMeterStateTable:
      return put_row(state_->meters[row], words);
    case kRegisterTable:
      return put_row(RegisterRow{state_->registers[row]}, words);
    default:
      std::fill(words, words + kDataWords, 0u);
      break;
  }
}

MatchAction::MatchAction(unsigned stages, unsigned first) {
  for (unsigned i = 0; i < stages; ++i) stages_.emplace_back(first + i);
}

void MatchAction::reset() {
  for (Stage& stage : stages_) stage.reset();
  for (InFlight& place : pipe_) place.slot = kNoSlot;
  head_ = 0;
  frames_ = 0;
  hits_ = misses_ = 0;
}

void MatchAction::step(FrameRing& ring, SlotIndex in, uint64_t now) {
  hits_ = misses_ = 0;
  if (frames_ == 0 && in == kNoSlot) return;
  if (pipe_[at(latency())].slot != kNoSlot) --frames_;
  ++head_;
  // The frame on the parser's output now is, after this edge, one step into stage 0.
  pipe_[at(1)].slot = in;
  if (in != kNoSlot) {
    ++frames_;
    ring[in].clear_stages();
  }
  for (unsigned s = 0; s < stages_.size(); ++s) {
    InFlight& matching = pipe_[at(s * kStageCycles + kMatchStep)];
    if (matching.slot != kNoSlot) {
      matching.found = stages_[s].lookup(ring[matching.slot]);
      const uint8_t bit = static_cast<uint8_t>(1u << s);
      if (matching.found.looked) (matching.found.hit ? hits_ : misses_) |= bit;
    }
    InFlight& acting = pipe_[at((s + 1) * kStageCycles)];
    if (acting.slot == kNoSlot) continue;
    if (observer_ != nullptr) {
      act_watched(s, acting.found, now, ring[acting.slot]);
    } else {
      stages_[s].act(acting.found, now, ring[acting.slot]);
    }
  }
}

void MatchAction::act_watched(unsigned stage, const Lookup& found, uint64_t now, FrameSlot& frame) {
  if (!observer_->watches(frame.tag)) return stages_[stage].act(found, now, frame);
  const Phv before = frame.phv;
  StateUse use;
  stages_[stage].act(found, now, frame, &use);
  observer_->acted(stage, found, before, frame, use, now + 1);
}

}  // namespace fp::rmt
