// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_window: gathers the first kWindowBytes of each frame for the parser and queues the
// beats after them (the body) for the deparser. docs/uarch/rmt-parser.md has the timing.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/frame_slot.hpp"

namespace fp::rmt {

// What parser and deparser keep of a frame beside its FrameSlot, at the same index.
struct FrameContext {
  // The window, then zeros: a slice or a word may be read from any byte of the window.
  std::array<uint8_t, kWindowBytes + kSliceBytes + sizeof(uint32_t)> bytes{};
  uint16_t len = 0;                             // bytes in the window, 1..kWindowBytes
  bool whole = false;                           // the frame ends inside the window
  bool err = false;                             // with whole: marked bad at its end
  std::array<uint16_t, kNumHeaders> hdr_off{};  // bytes; 0 for headers not found

  FrameFate fate;  // written by the deparser
};

using ContextRing = std::array<FrameContext, FrameRing::kSlots>;

// A beat after the window.
struct BodyBeat {
  std::array<uint8_t, common::kBeatBytes> data{};
  uint8_t nbytes = 0;
  bool eop = false;
  bool err = false;
};

class Window {
 public:
  // Beats the body queue can hold; rmt_window's parameter BodyDepth.
  static constexpr unsigned kBodyDepth = 128;

  void reset();

  // One cycle. `body_pop`: the deparser takes body() in this cycle.
  void step(const InBeat& in, bool body_pop, FrameRing& ring, ContextRing& contexts);

  // Frame whose window became complete at the last step(), or kNoSlot.
  SlotIndex out() const { return out_; }
  // Oldest body beat, or nullptr; valid until the step() that pops it.
  const BodyBeat* body() const { return head_valid_ ? &queue_[head_] : nullptr; }
  // Body beats held.
  unsigned body_level() const { return level_ + (head_valid_ ? 1 : 0); }
  bool busy() const { return open_ || out_ != kNoSlot || head_valid_ || level_ != 0; }

  void checkpoint(StateIo& io) {
    io(beat_, open_, slot_, out_, queue_, wr_, rd_, head_, level_, head_valid_);
  }

 private:
  static constexpr unsigned kWindowBeats = kWindowBytes / common::kBeatBytes;

  unsigned beat_ = 0;         // beats of the open frame so far, stops at kWindowBeats
  bool open_ = false;         // sop seen, eop not yet
  SlotIndex slot_ = kNoSlot;  // of the open frame
  SlotIndex out_ = kNoSlot;

  std::array<BodyBeat, kBodyDepth> queue_{};
  unsigned wr_ = 0;     // next to write
  unsigned rd_ = 0;     // next to become head
  unsigned head_ = 0;   // output register's beat
  unsigned level_ = 0;  // beats behind the head
  bool head_valid_ = false;
};

}  // namespace fp::rmt
