// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/input.hpp"

#include <bit>

namespace fp::rmt {

void InputStage::reset() {
  count_ = {};
  head_ = {};
  tail_ = {};
  open_ = {};
  ready_ = {};
  some_ = 0;
  ptr_ = 0;
  owner_ = 0;
  locked_ = false;
  out_ = {};
  frame_granted_ = false;
  inflight_ = {};
}

void InputStage::step(const Ports& ports, const Control& control) {
  // Arbiter, on what the FIFOs held at the start of the cycle.
  const bool first = !locked_ && some_ != 0 && control.enable && !control.pause;
  unsigned source = owner_;
  if (!locked_) {
    const unsigned above = some_ & (~0u << ptr_);
    source =
        static_cast<unsigned>(std::countr_zero((above != 0 ? above : some_) | 1u << kNumPorts));
  }
  const bool grant = first || (locked_ && (some_ >> source & 1) != 0);
  frame_granted_ = false;
  out_.valid = grant;
  unsigned popped = kNumPorts;
  if (grant) {
    const common::PktBeat& head = mem_[kFifoBeats * source + head_[source]];
    out_.beat = &head;
    if (first) out_.epoch = control.epoch;
    popped = source;
    owner_ = source;
    locked_ = !head.eop;
    if (head.eop) {
      ptr_ = source == kNumPorts - 1 ? 0 : source + 1;
      frame_granted_ = true;
    }
  }

  // FIFOs.
  const bool accepting = control.enable && control.init_done;
  for (unsigned p = 0; p < kNumPorts; ++p) {
    if (ready_[p] && *ports[p].valid) {
      common::PktBeat& slot = mem_[kFifoBeats * p + tail_[p]];
      slot = *ports[p].data;
      // The TOE's place may name the MAC port a frame of its own is meant for.
      const bool names_wire = p == static_cast<unsigned>(common::PortId::kToe) &&
                              static_cast<unsigned>(slot.port) >> 2 == 2;
      if (!names_wire) slot.port = static_cast<common::PortId>(p);
      tail_[p] ^= 1;
      ++count_[p];
      open_[p] = !slot.eop;
    }
    if (p == popped) {
      head_[p] ^= 1;
      --count_[p];
    }
    ready_[p] = count_[p] < kFifoBeats && (open_[p] || accepting);
    some_ = (some_ & ~(1u << p)) | (count_[p] != 0 ? 1u << p : 0);
  }

  // A grant and a verdict of the same bank cancel out.
  if (first) ++inflight_[control.epoch & 1];
  if (control.judged) --inflight_[control.judged_bank ? 1 : 0];
}

void InputStage::publish(Ports& ports) const {
  for (unsigned p = 0; p < kNumPorts; ++p) ports[p].ready = ready_[p];
}

bool InputStage::idle(bool accepting) const {
  if (some_ != 0 || out_.valid || inflight_[0] != 0 || inflight_[1] != 0) return false;
  for (const bool ready : ready_) {
    if (ready != accepting) return false;
  }
  return true;
}

}  // namespace fp::rmt
