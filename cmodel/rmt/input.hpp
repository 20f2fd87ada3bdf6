// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_input: a two-beat FIFO per input, the round-robin arbiter over whole frames, the
// epoch stamp and the in-flight count per bank.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/ports.hpp"
#include "cmodel/rmt/frame_slot.hpp"

namespace fp::rmt {

class InputStage {
 public:
  using Ports = std::array<Rx<common::PktBeat>, kNumPorts>;

  // What other parts drive in this cycle.
  struct Control {
    bool enable = false;     // CTRL.ENABLE
    bool init_done = false;  // RAMs are swept
    bool pause = false;      // no new frames
    uint8_t epoch = 0;       // EPOCH
    bool judged = false;     // the traffic manager's verdict is out
    bool judged_bank = false;
  };

  void reset();

  // One cycle: takes beats that fire at `ports`, grants one beat. Ready changes at publish() only.
  void step(const Ports& ports, const Control& control);
  void publish(Ports& ports) const;

  // Output register; its beat stays in the FIFO until the next step().
  const InBeat& out() const { return out_; }
  // The last step() granted the last beat of a frame.
  bool frame_granted() const { return frame_granted_; }
  uint16_t inflight(unsigned bank) const { return inflight_[bank]; }
  bool idle(bool accepting) const;

 private:
  static constexpr unsigned kFifoBeats = 2;

  std::array<common::PktBeat, kFifoBeats * kNumPorts> mem_{};
  std::array<uint8_t, kNumPorts> count_{};
  std::array<uint8_t, kNumPorts> head_{};
  std::array<uint8_t, kNumPorts> tail_{};
  std::array<bool, kNumPorts> open_{};  // a frame has begun and not ended at the input
  std::array<bool, kNumPorts> ready_{};
  unsigned some_ = 0;  // bit per input: count_ != 0
  unsigned ptr_ = 0;   // first in turn
  unsigned owner_ = 0;
  bool locked_ = false;
  InBeat out_;
  bool frame_granted_ = false;
  std::array<uint16_t, kNumBanks> inflight_{};
};

}  // namespace fp::rmt
