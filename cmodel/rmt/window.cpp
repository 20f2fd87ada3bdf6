// SPDX-License-Identifier: Apache-2.0
#include "cmodel/rmt/window.hpp"

#include <algorithm>
#include <cstring>

namespace fp::rmt {

void Window::reset() {
  beat_ = 0;
  open_ = false;
  slot_ = kNoSlot;
  out_ = kNoSlot;
  wr_ = rd_ = head_ = level_ = 0;
  head_valid_ = false;
}

void Window::step(const InBeat& in, bool body_pop, FrameRing& ring, ContextRing& contexts) {
  out_ = kNoSlot;
  const bool fetch = level_ != 0 && (!head_valid_ || body_pop);
  if (fetch) {
    head_ = rd_;
    rd_ = (rd_ + 1) % kBodyDepth;
    head_valid_ = true;
    --level_;
  } else if (body_pop) {
    head_valid_ = false;
  }
  if (!in.valid) return;

  const common::PktBeat& beat = *in.beat;
  const unsigned index = beat.sop ? 0 : beat_;
  open_ = !beat.eop;
  if (index < kWindowBeats) {
    if (beat.sop) {
      slot_ = ring.take();
      FrameSlot& frame = ring[slot_];
      frame.tag = beat.tag;
      frame.port = static_cast<uint8_t>(beat.port);
      frame.epoch = in.epoch;
      frame.passes = in.passes;
      frame.recirc = in.recirc;
    }
    FrameContext& context = contexts[slot_];
    const unsigned at = index * common::kBeatBytes;
    const unsigned bytes = beat.eop ? beat.nbytes : common::kBeatBytes;
    std::memcpy(&context.bytes[at], beat.data.data(), bytes);
    context.len = static_cast<uint16_t>(at + bytes);
    context.whole = beat.eop;
    context.err = beat.eop && beat.err;
    beat_ = index + 1;
    if (beat.eop || beat_ == kWindowBeats) {
      std::memset(&context.bytes[context.len], 0, context.bytes.size() - context.len);
      out_ = slot_;
    }
    return;
  }
  queue_[wr_] = {beat.data, beat.nbytes, beat.eop, beat.err};
  wr_ = (wr_ + 1) % kBodyDepth;
  ++level_;
}

}  // namespace fp::rmt
