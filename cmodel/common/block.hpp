// SPDX-License-Identifier: Apache-2.0
//
// The one interface every hardware block has in C++, whether it is a cycle model, Verilated RTL or
// both in lockstep. A platform owns blocks, connects their ports (ports.hpp) and ticks them.
#pragma once

#include <cstdint>
#include <limits>

#include "cmodel/common/state_io.hpp"

namespace fp {

// No timer is pending: the value of Block::wake_at() then (cycles).
inline constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

// One clocked block. All calls come from the one simulator thread.
//
// One clock cycle is `eval(now)` on every block in any order, then `commit()` on every block in any
// order. eval() may read its own state and what peers published at the previous commit(); it must
// not write anything a peer can see. commit() publishes and must not read a peer. Any tick order
// therefore gives the same bytes.
//
// Idle contract: while idle() holds, no input stream is valid, no CSR request is up and
// `now < wake_at()`, a clock edge changes neither state nor outputs. The platform then skips the
// edge; `now` may jump. A block that measures time must take it from `now`, never count edges.
class Block {
 public:
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  virtual ~Block() = default;

  // Puts state and outputs where a synchronous reset (rst_ni low for two edges) leaves them.
  // RAMs without reset are cleared by the block itself afterwards, behind its init_done.
  virtual void reset() = 0;

  // Computes the next state from last cycle's values. `now` is the cycle number (now_i).
  virtual void eval(uint64_t now) = 0;

  // Publishes what eval() computed: the clock edge.
  virtual void commit() = 0;

  // idle_o as published by the last commit().
  virtual bool idle() const = 0;

  // wake_at_o: the cycle at which an idle block must be ticked again, or kNever.
  virtual uint64_t wake_at() const = 0;

  // Moves everything the next cycles depend on, published outputs included, to or from `io`; the
  // connections stay. Between two cycles only. Loading needs a block of the same kind and size that
  // has been reset, and throws StateError. Blocks of a bench may leave it out: then always.
  virtual void checkpoint(StateIo& io) { io.fail("a block without checkpoint()", "one with it"); }
};

}  // namespace fp
