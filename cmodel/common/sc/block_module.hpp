// SPDX-License-Identifier: Apache-2.0
//
// What the modules of all blocks share: the block, its clock, its registers' socket, and the rule
// that a socket serves a port which nobody else has connected.
#pragma once

#include <memory>
#include <systemc>
#include <utility>

#include "cmodel/common/axil.hpp"
#include "cmodel/common/register_peek.hpp"
#include "cmodel/common/sc/clocked_module.hpp"
#include "cmodel/common/sc/csr_target.hpp"

namespace fp::sc {

// If: the block's interface class (BLOCK_if.hpp) with ports `csr` and `irq`.
template <class If>
class BlockModule : public BlockHolder<If>, public ClockedModule {
 public:
  // Registers by their offset in the block, 64 KiB.
  CsrTarget<common::AxilReq> csr{"csr", uint64_t{1} << 16};

 protected:
  BlockModule(const sc_core::sc_module_name& name, std::unique_ptr<If> block)
      : BlockHolder<If>(std::move(block)), ClockedModule(name, this->block(), &this->block().irq) {}

  // Call at the end of elaboration, when all connections port to port have been made.
  void take_csr() {
    AxilSlavePort& port = this->block().csr;
    if (port.req != &kAxilIdle) return;
    port.req = &csr.req;
    csr.rsp = &port.rsp;
    attach(csr);
    if (const auto* registers = dynamic_cast<const RegisterPeek*>(&this->block())) {
      csr.peek = [registers](uint32_t addr, uint32_t& value) {
        return registers->peek(addr, value);
      };
    }
  }
  // `end`: a StreamTarget or StreamInitiator for `port`.
  template <class End, class Port>
  void take(End& end, Port& port) {
    if (end.take(port)) attach(end);
  }
  template <class End, class Ports>
  void take_all(sc_core::sc_vector<End>& ends, Ports& ports) {
    for (size_t i = 0; i < ports.size(); ++i) take(ends[i], ports[i]);
  }
};

}  // namespace fp::sc
