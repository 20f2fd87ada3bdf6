// SPDX-License-Identifier: Apache-2.0
//
// The CSR interconnect as a SystemC module (docs/integration/csr.md): one socket above, the blocks'
// register ports below, connected port to port with connect_slave().
#pragma once

#include <array>
#include <memory>
#include <systemc>

#include "cmodel/common/axil.hpp"
#include "cmodel/common/sc/clocked_module.hpp"
#include "cmodel/common/sc/csr_target.hpp"
#include "cmodel/soc/csr_if.hpp"
#include "contract/soc.hpp"

namespace fp::soc {

class CsrSc : public sc::BlockHolder<CsrIf>, public sc::ClockedModule {
 public:
  // CSR space from its base on: slot in address bits 19:16.
  sc::CsrTarget<CsrReq> up{"up", kCsrBytes};

  // Without `block` the cycle model.
  explicit CsrSc(const sc_core::sc_module_name& name, std::unique_ptr<CsrIf> block = nullptr);

  // Port `i`'s slave; a block's port is its block().csr. The block must have the same clock. A port
  // left alone answers SLVERR.
  void connect_slave(unsigned i, AxilSlavePort& slave) { connect(block(), i, slave); }

 private:
  // What stands at a port that nobody has connected.
  class NoSlave : public sc::PortEnd {
   public:
    AxilSlavePort& port() { return slave_.port; }
    void reset() override { slave_.reset(); }
    void sample(const sc_core::sc_time&) override { slave_.eval(0, true); }
    void publish() override { slave_.commit(); }

   private:
    AxilSlave slave_;
  };

  void before_end_of_elaboration() override;

  std::array<NoSlave, CsrIf::kNumSlaves> no_slaves_;
};

}  // namespace fp::soc
