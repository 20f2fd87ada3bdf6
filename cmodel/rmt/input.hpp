// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_input: a two-beat FIFO per input, the weighted round robin over whole frames, the
// epoch stamp and the in-flight count per bank. The last input is recirculation.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/arbiter.hpp"
#include "cmodel/common/ports.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/frame_slot.hpp"

namespace fp::rmt {

class InputStage {
 public:
  using Ports = std::array<Rx<common::PktBeat>, kNumPorts>;

  // What other parts drive in this cycle.
  struct Control {
    bool enable = false;                                      // CTRL.ENABLE
    bool init_done = false;                                   // RAMs are swept
    bool pause = false;                                       // no new frames
    uint8_t epoch = 0;                                        // EPOCH
    const std::array<uint8_t, kNumInputs>* weight = nullptr;  // IN_WEIGHT
    bool dropped = false;                                     // a frame was dropped
    bool dropped_bank = false;
    bool gone = false;  // a frame's last copy has left
    bool gone_bank = false;
  };

  InputStage() : arbiter_(kNumInputs) {}
  void reset();

  // One cycle: takes beats that fire at `ports` and `again`, grants one beat. `side` goes with the
  // beat at `again`. Ready changes at publish() only.
  void step(const Ports& ports, const Rx<common::PktBeat>& again, const AgainSide& side,
            const Control& control);
  void publish(Ports& ports, Rx<common::PktBeat>& again) const;

  // Output register; its beat stays in the FIFO until the next step().
  const InBeat& out() const { return out_; }
  // The last step() granted the last beat of a frame that came in for the first time.
  bool frame_granted() const { return frame_granted_; }
  uint16_t inflight(unsigned bank) const { return inflight_[bank]; }
  // `accepting`: ENABLE, once the RAMs are swept.
  bool idle(bool accepting, bool init_done) const;

  void checkpoint(StateIo& io) {
    io(mem_, sides_, count_, head_, tail_, open_, ready_, some_, arbiter_, locked_, frame_granted_,
       inflight_, out_.valid, out_.epoch, out_.passes, out_.recirc);
    // The beat that out_ shows lies in mem_.
    uint32_t shown = out_.beat == nullptr ? 0 : static_cast<uint32_t>(out_.beat - mem_.data()) + 1;
    io(shown);
    if (shown > mem_.size()) io.fail("beat " + std::to_string(shown), "one of the input FIFOs");
    out_.beat = shown == 0 ? nullptr : &mem_[shown - 1];
  }

 private:
  static constexpr unsigned kFifoBeats = 2;
  static constexpr unsigned kAgain = kNumInputs - 1;

  void push(unsigned p, const common::PktBeat& beat);

  std::array<common::PktBeat, kFifoBeats * kNumInputs> mem_{};
  std::array<AgainSide, kFifoBeats> sides_{};
  std::array<uint8_t, kNumInputs> count_{};
  std::array<uint8_t, kNumInputs> head_{};
  std::array<uint8_t, kNumInputs> tail_{};
  std::array<bool, kNumInputs> open_{};  // a frame has begun and not ended at the input
  std::array<bool, kNumInputs> ready_{};
  unsigned some_ = 0;  // bit per input: count_ != 0
  WrrArbiter arbiter_;
  bool locked_ = false;
  InBeat out_;
  bool frame_granted_ = false;
  std::array<uint16_t, kNumBanks> inflight_{};
};

}  // namespace fp::rmt
