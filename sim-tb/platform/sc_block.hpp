// SPDX-License-Identifier: Apache-2.0
//
// A block as a SystemC module: it has a name in the module hierarchy and can be placed in somebody
// else's platform. The platform's Ticker clocks it; with `clocked(...)` it clocks itself.
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <utility>

#include "cmodel/common/block.hpp"

namespace fp::platform {

// If: the block's interface class with its ports, for example rmt::RmtIf.
template <class If>
class ScBlock : public sc_core::sc_module {
 public:
  ScBlock(const sc_core::sc_module_name& name, std::unique_ptr<If> block)
      : sc_core::sc_module(name), block_(std::move(block)) {}

  If& block() { return *block_; }
  const If& block() const { return *block_; }
  If* operator->() { return block_.get(); }

  // Clocks the block from `clock` and leaves the tick order to nobody: inputs are read on the
  // rising edge, outputs change on the falling one. Call before the simulation starts.
  void clocked(sc_core::sc_clock& clock) {
    sc_core::sc_spawn_options rise, fall;
    rise.spawn_method();
    rise.dont_initialize();
    rise.set_sensitivity(&clock.posedge_event());
    fall.spawn_method();
    fall.dont_initialize();
    fall.set_sensitivity(&clock.negedge_event());
    sc_core::sc_spawn([this] { block_->eval(now_); }, "rise", &rise);
    sc_core::sc_spawn(
        [this] {
          block_->commit();
          ++now_;
        },
        "fall", &fall);
  }

 private:
  std::unique_ptr<If> block_;
  uint64_t now_ = 0;
};

}  // namespace fp::platform
