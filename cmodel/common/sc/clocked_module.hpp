// SPDX-License-Identifier: Apache-2.0
//
// A block as a SystemC module under somebody else's clock: clk_i, rst_ni and the levels every block
// has. On a rising edge inputs are read (first delta cycle), one delta later outputs change: two
// blocks may be connected port to port, and pins behave like those of clocked RTL.
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <utility>
#include <vector>

#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"

namespace fp::sc {

// Ports that may stay unbound.
template <class T>
using OptionalIn = sc_core::sc_port<sc_core::sc_signal_in_if<T>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
template <class T>
using OptionalOut =
    sc_core::sc_port<sc_core::sc_signal_inout_if<T>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;

template <class T>
void write_if_bound(OptionalOut<T>& port, const T& value) {
  if (port.size() > 0) port->write(value);
}

// What meets a block's port from the SystemC side: a socket or a set of pins. It keeps the rules of
// Block: outputs are registers.
class PortEnd {
 public:
  virtual ~PortEnd() = default;
  // Reset is low at this edge; called instead of the other two.
  virtual void reset() = 0;
  // Rising edge at time `edge`, before the block's: reads what the block and the outside showed
  // before the edge.
  virtual void sample(const sc_core::sc_time& edge) = 0;
  // Behind the block's commit(): shows the new outputs.
  virtual void publish() = 0;
  // An edge would change nothing, so that whoever skips edges (Block's idle contract) may.
  virtual bool idle() const { return false; }
};

// Clocks one Block. clk_i and rst_ni must be bound; the reset must be low at a first rising edge.
// All clocks of blocks connected port to port must be the same signal.
class ClockedModule : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_in<bool> rst_ni{"rst_ni"};  // synchronous, active low
  // Time in cycles as the block is to see it; unbound: rising edges since reset.
  OptionalIn<uint64_t> now_i{"now_i"};
  OptionalOut<bool> idle_o{"idle_o"};
  OptionalOut<uint64_t> wake_at_o{"wake_at_o"};
  OptionalOut<bool> irq_o{"irq_o"};  // stays unbound for a block without an interrupt

  // Puts an end under this module's clock, before the simulation starts. It must outlive it.
  void attach(PortEnd& end) { ends_.push_back(&end); }
  // Rising edges since reset: the number of the next one.
  uint64_t cycle() const { return cycle_; }

 protected:
  // `irq` may be null.
  ClockedModule(const sc_core::sc_module_name& name, Block& block, const Out<bool>* irq);

 private:
  SC_HAS_PROCESS(ClockedModule);
  void rise();
  void settle();

  Block& block_;
  const Out<bool>* const irq_;
  std::vector<PortEnd*> ends_;
  sc_core::sc_event edge_;
  uint64_t cycle_ = 0;
  bool resetting_ = false;
  bool was_reset_ = false;
};

// Owns the block; a base class of the modules, before ClockedModule.
template <class If>
class BlockHolder {
 public:
  // The C++ ports, for connections port to port (ports.hpp), made before the simulation starts. A
  // stream connected there takes no part in its socket.
  If& block() { return *block_; }

 protected:
  explicit BlockHolder(std::unique_ptr<If> block) : block_(std::move(block)) {}

 private:
  std::unique_ptr<If> block_;
};

}  // namespace fp::sc
