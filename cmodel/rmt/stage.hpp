// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_stage: one match-action stage's tables and what it does to a frame, and the row of
// stages with its timing.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cmodel/rmt/frame_slot.hpp"

namespace fp::rmt {

// One stage. run() does in one call what rmt_stage spreads over five cycles: nothing outside can
// tell, because a bank that has frames in flight is never written.
class Stage {
 public:
  explicit Stage(unsigned index);

  // Registers and swept RAMs read 0 again.
  void reset();

  // Looks the frame up and applies the action.
  void run(FrameSlot& frame) const;

  // A row of this stage's tables; `offset` is the table id within the stage, `row` is in range.
  // read_row zeroes what lies past the row's end. words holds kTblDataCount words.
  void write_row(unsigned offset, unsigned bank, unsigned row, const uint32_t* words);
  void read_row(unsigned offset, unsigned bank, unsigned row, uint32_t* words) const;

 private:
  static constexpr unsigned kKeyWords = kKeyBits / 32;

  // An exact_entry laid out for comparing.
  struct alignas(64) Row {
    std::array<uint32_t, kKeyWords> key{};
    std::array<uint32_t, kParamWords> params{};
    uint8_t action = 0;
    bool valid = false;
  };
  // One slot of an instruction that writes.
  struct Op {
    AluOp op;
    AluB b;
    uint8_t dst;  // container id
    uint8_t src;  // container id
    uint32_t imm;
  };
  struct Instruction {
    std::array<uint32_t, ActionInstr::kWords> image{};
    std::array<Op, kNumContainers> ops;
    unsigned count = 0;
  };
  struct Bank {
    KeyCfg key;
    std::array<uint32_t, kKeyWords> mask{};
    DefaultAction dflt;
    std::vector<Row> rows;  // way * kExactRows + row
    std::vector<Instruction> instructions;
  };

  static void decode(Instruction& instruction);
  static void apply(const Instruction& instruction, const uint32_t* params, FrameSlot& frame);

  unsigned index_;
  std::array<Bank, kNumBanks> banks_;
};

// All stages in a row: a frame that enters in cycle t leaves in t + kLatency.
class MatchAction {
 public:
  static constexpr unsigned kLatency = kNumStages * kStageCycles;  // cycles

  MatchAction();
  void reset();

  // One cycle; `in` is the parser's output register.
  void step(FrameRing& ring, SlotIndex in);

  // Output register of the last stage as of the last step().
  SlotIndex out() const { return pipe_[at(kLatency)]; }
  // Lookups that a stage finished in the cycle before: its counter pulses.
  bool hit_pulse(unsigned stage) const { return (hits_ >> stage & 1) != 0; }
  bool miss_pulse(unsigned stage) const { return (misses_ >> stage & 1) != 0; }
  bool busy() const { return frames_ != 0; }

  Stage& stage(unsigned index) { return stages_[index]; }
  const Stage& stage(unsigned index) const { return stages_[index]; }

 private:
  // Steps (from 1) after which a stage's compare result is registered.
  static constexpr unsigned kMatchStep = 3;
  static constexpr unsigned kSlots = 128;  // > kLatency, a power of two
  static_assert(kLatency < kSlots);

  // Where the frame that entered `age` steps ago stands.
  unsigned at(unsigned age) const { return (head_ - age) % kSlots; }

  std::vector<Stage> stages_;
  std::array<SlotIndex, kSlots> pipe_;
  unsigned head_ = 0;
  unsigned frames_ = 0;
  uint8_t hits_ = 0;
  uint8_t misses_ = 0;
};

}  // namespace fp::rmt
