// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/input.hpp"

namespace fp::rmt {

void InputStage::reset() {
  count_ = {};
  head_ = {};
  tail_ = {};
  open_ = {};
  ready_ = {};
  some_ = 0;
  arbiter_.reset();
  locked_ = false;
  out_ = {};
  frame_granted_ = false;
  inflight_ = {};
}

void InputStage::push(unsigned p, const common::PktBeat& beat) {
  common::PktBeat& slot = mem_[kFifoBeats * p + tail_[p]];
  slot = beat;
  // The TOE's place may name the MAC port a frame of its own is meant for; a recirculated frame
  // keeps its source.
  const bool names_wire = p == static_cast<unsigned>(common::PortId::kToe) &&
                          static_cast<unsigned>(slot.port) >> 2 == 2;
  if (!names_wire && p != kAgain) slot.port = static_cast<common::PortId>(p);
  tail_[p] ^= 1;
  ++count_[p];
  open_[p] = !slot.eop;
}

void InputStage::step(const Ports& ports, const Rx<common::PktBeat>& again, const AgainSide& side,
                      const Control& control) {
  // Arbiter, on what the FIFOs held at the start of the cycle. An open frame goes on whatever holds
  // up new ones, and what comes again has begun long ago.
  unsigned req = some_;
  if (!locked_ && (!control.enable || control.pause)) req &= 1u << kAgain;
  const int granted = arbiter_.pick(req);
  const bool grant = granted != WrrArbiter::kNobody;
  frame_granted_ = false;
  out_.valid = grant;
  unsigned popped = kNumInputs;
  bool fresh = false;
  if (grant) {
    const auto source = static_cast<unsigned>(granted);
    const common::PktBeat& head = mem_[kFifoBeats * source + head_[source]];
    out_.beat = &head;
    if (!locked_) {
      fresh = source != kAgain;
      const AgainSide& from = sides_[head_[kAgain]];
      out_.epoch = fresh ? control.epoch : from.epoch;
      out_.passes = fresh ? 0 : from.passes;
      out_.recirc = fresh ? 0 : from.recirc;
    }
    popped = source;
    locked_ = !head.eop;
    frame_granted_ = head.eop && source != kAgain;
    arbiter_.eval(granted, true, head.eop, (*control.weight)[source]);
    arbiter_.commit();
  }

  // FIFOs.
  for (unsigned p = 0; p < kNumInputs; ++p) {
    if (p == kAgain) {
      if (ready_[p] && *again.valid) {
        sides_[tail_[p]] = side;
        push(p, *again.data);
      }
    } else if (ready_[p] && *ports[p].valid) {
      push(p, *ports[p].data);
    }
    if (p == popped) {
      head_[p] ^= 1;
      --count_[p];
    }
    const bool accepting = control.init_done && (control.enable || p == kAgain);
    ready_[p] = count_[p] < kFifoBeats && (open_[p] || accepting);
    some_ = (some_ & ~(1u << p)) | (count_[p] != 0 ? 1u << p : 0);
  }

  if (fresh) ++inflight_[control.epoch & 1];
  if (control.dropped) --inflight_[control.dropped_bank ? 1 : 0];
  if (control.gone) --inflight_[control.gone_bank ? 1 : 0];
}

void InputStage::publish(Ports& ports, Rx<common::PktBeat>& again) const {
  for (unsigned p = 0; p < kNumPorts; ++p) ports[p].ready = ready_[p];
  again.ready = ready_[kAgain];
}

bool InputStage::idle(bool accepting, bool init_done) const {
  if (some_ != 0 || out_.valid || inflight_[0] != 0 || inflight_[1] != 0) return false;
  for (unsigned p = 0; p < kNumPorts; ++p) {
    if (ready_[p] != accepting) return false;
  }
  return ready_[kAgain] == init_done;
}

}  // namespace fp::rmt
