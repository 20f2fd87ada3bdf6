// SPDX-License-Identifier: Apache-2.0
//
// What travels between the parts of the RMT model. A frame's header vector stays in one slot of a
// ring from the parser's input to the deparser; only the slot's index moves from step to step.
//
// RmtModel::eval() steps the parts once a cycle, consumers first (TM, deparser, stages, parser,
// window, input), so a part still sees its producer's output register of the last cycle. Table rows
// go in and out by write_row(table, bank, index, words) / read_row(...), indices already checked.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "contract/common.hpp"
#include "contract/rmt.hpp"

namespace fp::rmt {

// Index into FrameRing, kNoSlot for an empty pipeline register.
using SlotIndex = uint16_t;
inline constexpr SlotIndex kNoSlot = 0xffff;

// A verdict that holds whatever the tables say.
struct Exception {
  bool valid = false;
  Verdict verdict = Verdict::kDrop;
  uint8_t reason = 0;
};

// One frame on its way through parser, stages and deparser.
struct FrameSlot {
  Phv phv;
  uint32_t hdr_valid = 0;
  uint32_t tag = 0;
  uint8_t port = 0;
  uint8_t epoch = 0;
  uint8_t passes = 0;   // times it was recirculated
  uint32_t recirc = 0;  // word that the pass before left in MetaRecirc
  Exception exc;

  // Written by the stages; cleared when the frame enters the first one.
  std::array<uint64_t, 2> dirty{};  // bit c % 64 of word c / 64: container c was written
  uint8_t stage_hit = 0;            // bit per stage: it hit
  std::array<uint8_t, 8> stage_action{};

  // Puts what the stages write back to what the parser hands over.
  void clear_stages() {
    dirty = {};
    stage_hit = 0;
    stage_action = {};
  }

  bool is_dirty(unsigned c) const { return (dirty[c / 64] >> (c % 64) & 1) != 0; }
  void set_dirty(unsigned c) { dirty[c / 64] |= uint64_t{1} << (c % 64); }
};

// Slots in the order of the frames. The window takes one per frame, the deparser returns it; the
// pipeline has a fixed number of steps, so the ring cannot overflow (kSlots > all steps together).
class FrameRing {
 public:
  static constexpr unsigned kSlots = 256;

  FrameSlot& operator[](SlotIndex i) { return slots_[i % kSlots]; }
  const FrameSlot& operator[](SlotIndex i) const { return slots_[i % kSlots]; }

  // The next slot in turn; its content is left over from an earlier frame.
  SlotIndex take() {
    const SlotIndex i = next_;
    next_ = static_cast<SlotIndex>((next_ + 1) % kSlots);
    return i;
  }

  void checkpoint(StateIo& io) { io(slots_, next_); }

 private:
  std::array<FrameSlot, kSlots> slots_{};
  SlotIndex next_ = 0;
};

// Interface 1, input stage -> window: one beat a cycle at most, never interleaved.
struct InBeat {
  bool valid = false;
  const common::PktBeat* beat = nullptr;  // of the input stage, until its next step
  // Constant over the frame.
  uint8_t epoch = 0;
  uint8_t passes = 0;
  uint32_t recirc = 0;
};

// What the deparser says of a frame beside its beats; rmt_tm_pkg::side_t.
struct FrameFate {
  Verdict verdict = Verdict::kDrop;
  uint8_t reason = 0;
  uint8_t out_port = 0;  // MetaOutPort as the program left it, checked by the TM; slow: cpu
  uint8_t queue = 0;
  uint8_t edit = 0;
  uint8_t group = 0;
  uint16_t entropy = 0;  // 14 bits
  uint32_t recirc = 0;   // word for the next pass
  uint8_t passes = 0;
  uint8_t epoch = 0;
  uint8_t stage_hit = 0;
  std::array<uint8_t, 8> stage_action{};
};

// Interface 5, deparser -> TM: the side band comes with every beat of the frame.
struct OutBeat {
  bool valid = false;
  common::PktBeat beat;  // zeros behind the frame's end
  FrameFate fate;
};

// TM -> input stage: what goes with a recirculated frame's beats.
struct AgainSide {
  uint8_t epoch = 0;
  uint8_t passes = 0;
  uint32_t recirc = 0;
};

}  // namespace fp::rmt
