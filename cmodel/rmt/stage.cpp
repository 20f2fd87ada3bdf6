// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/stage.hpp"

#include <algorithm>
#include <cstring>

#include "cmodel/common/crc32c.hpp"

namespace fp::rmt {
namespace {

constexpr unsigned kDataWords = reg::kTblDataCount;

// Table ids within a stage.
constexpr unsigned offset_of(TableId id) { return static_cast<unsigned>(id) - kStageTableBase; }
constexpr unsigned kKeyTable = offset_of(TableId::kStage0Key);
constexpr unsigned kExactTable = offset_of(TableId::kStage0Exact);
constexpr unsigned kActionTable = offset_of(TableId::kStage0Action);
constexpr unsigned kDefaultTable = offset_of(TableId::kStage0Default);

// Packs a contract struct into `words` and zeroes the rest of the row image.
template <class T>
void put_row(const T& value, uint32_t* words) {
  value.pack(words);
  std::fill(words + T::kWords, words + kDataWords, 0u);
}

uint32_t container(const Phv& phv, unsigned id) {
  if (id < kC16Base) return phv.c8[id];
  if (id < kC32Base) return phv.c16[id - kC16Base];
  return phv.c32[id - kC32Base];
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

// Action data as an operand of the container's width, little-endian.
uint32_t param(const uint32_t* params, unsigned dst, uint32_t imm) {
  if (dst < kC16Base) return params[imm / 4 % 4] >> (8 * (imm % 4)) & 0xff;
  if (dst < kC32Base) return params[imm / 2 % 4] >> (16 * (imm % 2)) & 0xffff;
  return params[imm % 4];
}

}  // namespace

Stage::Stage(unsigned index) : index_(index) {
  for (Bank& bank : banks_) {
    bank.rows.resize(kExactWays * kExactRows);
    bank.instructions.resize(kNumActions);
  }
}

void Stage::reset() {
  for (Bank& bank : banks_) {
    bank.key = {};
    bank.mask = {};
    bank.dflt = {};
    std::fill(bank.rows.begin(), bank.rows.end(), Row{});
    for (Instruction& instruction : bank.instructions) {
      instruction.image = {};
      instruction.count = 0;
    }
  }
}

void Stage::run(FrameSlot& frame) const {
  const Bank& bank = banks_[frame.epoch & 1];
  const KeyCfg& cfg = bank.key;
  if (!cfg.en || ((frame.hdr_valid ^ cfg.gw_value) & cfg.gw_mask) != 0) return;
  frame.stage_run |= static_cast<uint8_t>(1u << index_);

  // Key crossbar: first selector at bit 0.
  const Phv& phv = frame.phv;
  std::array<uint32_t, kKeyWords> key;
  for (unsigned i = 0; i < kKeySel32; ++i) key[i] = phv.c32[cfg.sel32[i]];
  key[8] = phv.c16[cfg.sel16[0]] | static_cast<uint32_t>(phv.c16[cfg.sel16[1]]) << 16;
  key[9] = phv.c16[cfg.sel16[2]] | static_cast<uint32_t>(phv.c8[cfg.sel8[0]]) << 16 |
           static_cast<uint32_t>(phv.c8[cfg.sel8[1]]) << 24;
  static_assert(kKeySel32 == 8 && kKeySel16 == 3 && kKeySel8 == 2 && kKeyWords == 10);
  for (unsigned i = 0; i < kKeyWords; ++i) key[i] &= bank.mask[i];

  const uint32_t hash = crc32c({reinterpret_cast<const uint8_t*>(key.data()), sizeof key});
  const uint32_t* params = bank.dflt.params.data();
  unsigned action = bank.dflt.action;
  bool run = bank.dflt.en;
  for (unsigned way = 0; way < kExactWays; ++way) {
    const Row& row = bank.rows[way * kExactRows + (hash >> (8 * way)) % kExactRows];
    if (row.valid && row.key == key) {
      frame.stage_hit |= static_cast<uint8_t>(1u << index_);
      params = row.params.data();
      action = row.action;
      run = true;
      break;
    }
  }
  if (!run) return;
  frame.stage_action[index_] = static_cast<uint8_t>(action + 1);
  apply(bank.instructions[action], params, frame);
}

void Stage::apply(const Instruction& instruction, const uint32_t* params, FrameSlot& frame) {
  // All slots read the vector as it entered: results are written back only when all are known.
  std::array<uint32_t, kNumContainers> result;
  for (unsigned i = 0; i < instruction.count; ++i) {
    const Op& op = instruction.ops[i];
    uint32_t b = 0;
    switch (op.b) {
      case AluB::kContainer:
        b = container(frame.phv, op.src);
        break;
      case AluB::kImm:
        b = op.imm;
        break;
      case AluB::kParam:
        b = param(params, op.dst, op.imm);
        break;
    }
    result[i] = alu(op.op, container(frame.phv, op.dst), b);
  }
  for (unsigned i = 0; i < instruction.count; ++i) {
    const unsigned dst = instruction.ops[i].dst;
    frame.set_dirty(dst);
    if (dst < kC16Base) {
      frame.phv.c8[dst] = static_cast<uint8_t>(result[i]);
    } else if (dst < kC32Base) {
      frame.phv.c16[dst - kC16Base] = static_cast<uint16_t>(result[i]);
    } else {
      frame.phv.c32[dst - kC32Base] = result[i];
    }
  }
}

void Stage::decode(Instruction& instruction) {
  const ActionInstr instr = ActionInstr::unpack(instruction.image.data());
  instruction.count = 0;
  const auto add = [&](const auto& slot, unsigned base, unsigned i) {
    if (slot.op == AluOp::kNop || slot.op > AluOp::kXor) return;
    instruction.ops[instruction.count++] = {slot.op, slot.b, static_cast<uint8_t>(base + i),
                                            static_cast<uint8_t>(base + slot.src), slot.imm};
  };
  for (unsigned i = 0; i < kNumC8; ++i) add(instr.a8[i], 0, i);
  for (unsigned i = 0; i < kNumC16; ++i) add(instr.a16[i], kC16Base, i);
  for (unsigned i = 0; i < kNumC32; ++i) add(instr.a32[i], kC32Base, i);
}

void Stage::write_row(unsigned offset, unsigned bank_index, unsigned row, const uint32_t* words) {
  Bank& bank = banks_[bank_index];
  switch (offset) {
    case kKeyTable:
      bank.key = KeyCfg::unpack(words);
      bank.mask = bank.key.mask;
      break;
    case kExactTable: {
      const ExactEntry entry = ExactEntry::unpack(words);
      bank.rows[row] = {entry.key, entry.params, entry.action, entry.valid};
      break;
    }
    case kActionTable: {
      Instruction& instruction = bank.instructions[row];
      std::copy_n(words, ActionInstr::kWords, instruction.image.begin());
      decode(instruction);
      break;
    }
    case kDefaultTable:
      bank.dflt = DefaultAction::unpack(words);
      break;
    default:
      break;
  }
}

void Stage::read_row(unsigned offset, unsigned bank_index, unsigned row, uint32_t* words) const {
  const Bank& bank = banks_[bank_index];
  switch (offset) {
    case kKeyTable:
      put_row(bank.key, words);
      break;
    case kExactTable: {
      const Row& stored = bank.rows[row];
      ExactEntry entry;
      entry.valid = stored.valid;
      entry.action = stored.action;
      entry.params = stored.params;
      entry.key = stored.key;
      put_row(entry, words);
      break;
    }
    case kActionTable:
      static_assert(ActionInstr::kBits == 32 * ActionInstr::kWords, "the image has no spare bits");
      std::copy(bank.instructions[row].image.begin(), bank.instructions[row].image.end(), words);
      std::fill(words + ActionInstr::kWords, words + kDataWords, 0u);
      break;
    case kDefaultTable:
      put_row(bank.dflt, words);
      break;
    default:
      std::fill(words, words + kDataWords, 0u);
      break;
  }
}

MatchAction::MatchAction() {
  for (unsigned i = 0; i < kNumStages; ++i) stages_.emplace_back(i);
  pipe_.fill(kNoSlot);
}

void MatchAction::reset() {
  for (Stage& stage : stages_) stage.reset();
  pipe_.fill(kNoSlot);
  head_ = 0;
  frames_ = 0;
  hits_ = misses_ = 0;
}

void MatchAction::step(FrameRing& ring, SlotIndex in) {
  hits_ = misses_ = 0;
  if (frames_ == 0 && in == kNoSlot) return;
  if (pipe_[at(kLatency)] != kNoSlot) --frames_;
  ++head_;
  // The frame on the parser's output now is, after this edge, one step into stage 0.
  pipe_[at(1)] = in;
  if (in != kNoSlot) {
    ++frames_;
    ring[in].clear_stages();
  }
  for (unsigned s = 0; s < kNumStages; ++s) {
    const SlotIndex slot = pipe_[at(s * kStageCycles + kMatchStep)];
    if (slot == kNoSlot) continue;
    FrameSlot& frame = ring[slot];
    stages_[s].run(frame);
    const uint8_t bit = static_cast<uint8_t>(1u << s);
    if ((frame.stage_run & bit) != 0) ((frame.stage_hit & bit) != 0 ? hits_ : misses_) |= bit;
  }
}

}  // namespace fp::rmt
