// SPDX-License-Identifier: Apache-2.0
//
// Who executes the control core when a debugger is attached: it takes the place of the core's own
// run loop, so that a run without one has no debug check anywhere in that loop.
#pragma once

#include <cstdint>

#include "cmodel/riscv/hart.hpp"

namespace fp::soc {

class RunControl {
 public:
  virtual ~RunControl() = default;

  // Does what hart.run(cycles) does, instruction by instruction the same; may stand still inside,
  // which takes no model time. Returns where hart.run() would have: budget, bus access, sleep.
  virtual void run(riscv::Hart& hart, uint64_t cycles) = 0;
};

}  // namespace fp::soc
