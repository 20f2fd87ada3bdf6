// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_tm: the final verdict of every frame at its last beat, and one queue per output.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cmodel/common/ports.hpp"
#include "cmodel/rmt/frame_slot.hpp"

namespace fp::rmt {

class TrafficManager {
 public:
  using Ports = std::array<Tx<common::PktBeat>, kNumPorts>;

  // Beats a queue; rmt_tm's parameter Depth.
  explicit TrafficManager(unsigned depth = 1024);

  void reset();

  // One cycle: takes `in`, moves the output registers. Ports change at publish() only.
  void step(const OutBeat& in, const Ports& ports, bool lossless, unsigned threshold);
  void publish(Ports& ports, Tx<VerdictReport>& verdict);

  // Output registers as of the last step().
  bool judged() const { return judged_; }
  const VerdictReport& verdict() const { return verdict_; }
  uint8_t bad_port() const { return bad_port_; }
  bool pause() const { return pause_; }
  bool idle() const;

 private:
  struct Queue {
    std::vector<common::PktBeat> ring;
    uint32_t wr = 0;     // free-running; the slot is the value modulo the depth
    uint32_t cm = 0;     // end of committed frames
    uint32_t rd = 0;     // next beat to leave
    bool valid = false;  // output register
    bool load = false;   // publish() loads it from slot rd - 1
  };

  void judge(const OutBeat& in, unsigned target, bool overflow);

  unsigned mask_;
  std::array<Queue, kNumPorts> queues_;
  bool overflow_ = false;  // the open frame has lost a beat
  bool judged_ = false;
  VerdictReport verdict_;
  uint8_t bad_port_ = 0;
  bool pause_ = false;
};

}  // namespace fp::rmt
