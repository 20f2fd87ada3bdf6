// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_stage: one match-action stage's tables and what it does to a frame, and the row of
// stages with its timing.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/exact.hpp"
#include "cmodel/rmt/frame_slot.hpp"
#include "cmodel/rmt/lpm.hpp"
#include "cmodel/rmt/state.hpp"
#include "cmodel/rmt/ternary.hpp"

namespace fp::rmt {

// What a stage knows of a frame after step 3.
struct Lookup {
  bool looked = false;  // a table took part
  bool hit = false;     // in one of them
  bool run = false;     // an action runs
  uint8_t action = 0;
  uint32_t hash = 0;  // CRC32C over the masked key
  Params params{};
};

// Rows of a stage's state that an action used, before and after.
struct StateUse {
  template <class Row>
  struct Change {
    bool used = false;
    unsigned row = 0;
    Row before{}, after{};
  };
  Change<CounterRow> counter;
  Change<MeterState> meter;  // `before` as the frame before left it: not refilled
  Colour colour = Colour::kGreen;
  Change<uint32_t> reg;
};

class Observer;

// One stage. lookup() does in one call what rmt_stage spreads over three cycles: nothing outside
// can tell, because a bank that has frames in flight is never written. act() is its fifth.
class Stage {
 public:
  explicit Stage(unsigned index);

  // Registers and swept RAMs read 0 again.
  void reset();

  // Step 3.
  Lookup lookup(const FrameSlot& frame) const;
  // Step 5 in cycle `now`: the action, on the frame and on this stage's state.
  // Tells `use`, if it is given, what became of the state.
  void act(const Lookup& found, uint64_t now, FrameSlot& frame, StateUse* use = nullptr);

  // A row of this stage's tables; `offset` is the table id within the stage, `row` is in range.
  // Live tables ignore `bank`. read_row zeroes what lies past the row's end. words holds
  // kTblDataCount words.
  void write_row(unsigned offset, unsigned bank, unsigned row, const uint32_t* words);
  void read_row(unsigned offset, unsigned bank, unsigned row, uint32_t* words) const;

  void checkpoint(StateIo& io) {
    for (Bank& bank : banks_) {
      io(bank.key, bank.dflt, bank.state, bank.exact, bank.ternary, bank.lpm, bank.meters);
      for (Instruction& instruction : bank.instructions) {
        io(instruction.image, instruction.side, instruction.has_side);
        if (io.loading()) decode(instruction);
      }
    }
    io(state_);
  }

 private:
  // One slot of an instruction that writes; containers are counted within their width.
  struct Op {
    AluOp op;
    AluB b;
    uint8_t dst;
    uint8_t src;
    uint32_t imm;
  };
  struct Instruction {
    std::array<uint32_t, ActionInstr::kWords> image{};
    std::array<Op, kNumContainers> ops;       // of 8, then 16, then 32 bits
    unsigned end8 = 0, end16 = 0, end32 = 0;  // where each width's end
    std::array<uint64_t, 2> dirty{};          // as FrameSlot::dirty
    ActionSide side;
    bool has_side = false;  // side is not all 0
  };
  struct Bank {
    KeyCfg key;
    DefaultAction dflt;
    StateCfg state;
    ExactTable exact;
    TernaryTable ternary;
    LpmTable lpm;
    std::array<MeterCfg, kMeterRows> meters{};
    std::vector<Instruction> instructions;
  };
  // What the state gives back to the frame.
  struct SideResult {
    bool has_colour = false, has_value = false;
    Colour colour = Colour::kGreen;
    uint32_t value = 0;
  };

  static void decode(Instruction& instruction);
  static void apply(const Instruction& instruction, const Lookup& found, FrameSlot& frame);
  SideResult use_state(const Bank& bank, const ActionSide& side, const Lookup& found, uint64_t now,
                       const Phv& phv, StateUse* use);

  unsigned index_;
  std::vector<Bank> banks_;
  std::unique_ptr<StageState> state_;
};

// Stages in a row: a frame that enters in cycle t leaves in t + latency().
class MatchAction {
 public:
  // `first` is the number of the first of `stages` stages; a test may have fewer than all.
  explicit MatchAction(unsigned stages = kNumStages, unsigned first = 0);
  void reset();

  // Cycle `now`; `in` is the parser's output register.
  void step(FrameRing& ring, SlotIndex in, uint64_t now);
  // Null: nobody watches. It must outlive the block or be taken back.
  void observe(Observer* observer) { observer_ = observer; }

  // Output register of the last stage as of the last step().
  SlotIndex out() const { return pipe_[at(latency())].slot; }
  // Lookups that a stage finished in the cycle before: its counter pulses.
  bool hit_pulse(unsigned stage) const { return (hits_ >> stage & 1) != 0; }
  bool miss_pulse(unsigned stage) const { return (misses_ >> stage & 1) != 0; }
  bool busy() const { return frames_ != 0; }

  unsigned latency() const { return static_cast<unsigned>(stages_.size()) * kStageCycles; }
  Stage& stage(unsigned index) { return stages_[index]; }
  const Stage& stage(unsigned index) const { return stages_[index]; }

  void checkpoint(StateIo& io) { io(stages_, pipe_, head_, frames_, hits_, misses_); }

 private:
  // Steps (from 1) after which a stage's compare result is registered.
  static constexpr unsigned kMatchStep = 3;
  static constexpr unsigned kSlots = 128;  // > latency, a power of two
  static_assert(kNumStages * kStageCycles < kSlots);

  struct InFlight {
    SlotIndex slot = kNoSlot;
    Lookup found;  // of the stage that the frame is in
  };

  // Where the frame that entered `age` steps ago stands.
  unsigned at(unsigned age) const { return (head_ - age) % kSlots; }

  void act_watched(unsigned stage, const Lookup& found, uint64_t now, FrameSlot& frame);

  std::vector<Stage> stages_;
  Observer* observer_ = nullptr;
  std::array<InFlight, kSlots> pipe_;
  unsigned head_ = 0;
  unsigned frames_ = 0;
  uint8_t hits_ = 0;
  uint8_t misses_ = 0;
};

}  // namespace fp::rmt
