// SPDX-License-Identifier: Apache-2.0
//
// Ports of the CSR interconnect (rtl/soc/csr.sv): the embedded core's bridge above, the blocks'
// register ports below.
#pragma once

#include <array>

#include "cmodel/common/axil.hpp"
#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "contract/common.hpp"
#include "contract/soc.hpp"

namespace fp::soc {

class CsrIf : public Block {
 public:
  static constexpr unsigned kNumSlaves = kNumCsrSlaves;

  In<CsrReq> up_req;
  Out<common::AxilRsp> up_rsp;
  std::array<Out<common::AxilReq>, kNumSlaves> down_req;
  std::array<In<common::AxilRsp>, kNumSlaves> down_rsp;

  // Slot (address bits 19:16) that port `i` serves.
  static constexpr unsigned slot(unsigned i) { return kCsrSlots >> (4 * i) & 0xf; }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("up_req", a.up_req, b.up_req);
    f("up_rsp", a.up_rsp, b.up_rsp);
    f("down_req", a.down_req, b.down_req);
    f("down_rsp", a.down_rsp, b.down_rsp);
  }
};

// Wires port `i` to a block's registers.
inline void connect(CsrIf& csr, unsigned i, AxilSlavePort& slave) {
  slave.req = &csr.down_req[i].value;
  csr.down_rsp[i].value = &slave.rsp;
}

}  // namespace fp::soc
