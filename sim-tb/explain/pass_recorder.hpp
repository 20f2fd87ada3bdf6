// SPDX-License-Identifier: Apache-2.0
//
// Keeps what the RMT model did with one frame, pass by pass.
#pragma once

#include <cstdint>
#include <vector>

#include "cmodel/rmt/observer.hpp"

namespace fp::explain {

// One stage's work on the frame. Cycles are the block's.
struct StageStep {
  unsigned stage = 0;
  rmt::Lookup found;
  rmt::Phv before, after;
  rmt::StateUse use;
  uint64_t cycle = 0;
};

// The frame's way once through the pipeline.
struct Pass {
  rmt::FrameSlot frame;  // as the parser left it
  rmt::FrameContext window;
  uint64_t parsed_cycle = 0;
  std::vector<StageStep> stages;
  std::vector<uint8_t> bytes;  // as the deparser sent them
  rmt::FrameFate fate;
  uint64_t first_beat = 0, last_beat = 0;
  bool sent = false;   // the last beat is out
  bool error = false;  // it was marked bad
};

class PassRecorder final : public rmt::Observer {
 public:
  explicit PassRecorder(uint32_t tag) : tag_(tag) {}

  const std::vector<Pass>& passes() const { return passes_; }

  bool watches(uint32_t tag) const override { return tag == tag_; }
  void parsed(const rmt::FrameSlot& frame, const rmt::FrameContext& window, uint64_t now) override {
    passes_.emplace_back();
    passes_.back().frame = frame;
    passes_.back().window = window;
    passes_.back().parsed_cycle = now;
  }
  void acted(unsigned stage, const rmt::Lookup& found, const rmt::Phv& before,
             const rmt::FrameSlot& after, const rmt::StateUse& use, uint64_t now) override {
    passes_.back().stages.push_back({stage, found, before, after.phv, use, now});
  }
  void deparsed(const rmt::OutBeat& beat, uint64_t now) override {
    Pass& pass = passes_.back();
    if (beat.beat.sop) {
      pass.first_beat = now;
      pass.fate = beat.fate;
    }
    pass.last_beat = now;
    pass.sent = beat.beat.eop;
    pass.error = beat.beat.err;
    pass.bytes.insert(pass.bytes.end(), beat.beat.data.begin(),
                      beat.beat.data.begin() + beat.beat.nbytes);
  }

 private:
  const uint32_t tag_;
  std::vector<Pass> passes_;
};

}  // namespace fp::explain
