// SPDX-License-Identifier: Apache-2.0
//
// Somebody who watches single frames go through the RMT model, for tools that explain them. Looks
// only: a watched run is the same run in every cycle.
#pragma once

#include <cstdint>
#include <optional>

#include "cmodel/rmt/frame_slot.hpp"
#include "cmodel/rmt/stage.hpp"
#include "cmodel/rmt/window.hpp"

namespace fp::rmt {

// `now` is the block time (eval()'s) from which the result stands in the part's output register.
class Observer {
 public:
  virtual ~Observer() = default;

  // Asked for every frame at every step; the calls below are made for these frames alone.
  virtual bool watches(uint32_t tag) const = 0;
  // The parser has finished. Once a pass.
  virtual void parsed(const FrameSlot& frame, const FrameContext& window, uint64_t now) = 0;
  // Stage `stage` has acted. `before` is the header vector as it entered; `use` what the action did
  // with the stage's state.
  virtual void acted(unsigned stage, const Lookup& found, const Phv& before, const FrameSlot& after,
                     const StateUse& use, uint64_t now) = 0;
  // One beat from the deparser to the traffic manager.
  virtual void deparsed(const OutBeat& beat, uint64_t now) = 0;
};

}  // namespace fp::rmt
