// SPDX-License-Identifier: Apache-2.0
//
// The Verilated CSR interconnect behind CsrIf.
#pragma once

#include "Vrtl_csr.h"
#include "cmodel/soc/csr_if.hpp"
#include "sim-tb/rtl_adapters/rtl_block.hpp"

namespace fp::soc {

template <class Top = Vrtl_csr>
class CsrRtl final : public sim::RtlBlock<CsrRtl<Top>, CsrIf, Top> {
 public:
  using sim::RtlBlock<CsrRtl<Top>, CsrIf, Top>::RtlBlock;

  template <class Io>
  void ports(Io&& io, Top& t) {
    io.in(this->up_req, t.up_req_i);
    io.out(this->up_rsp, t.up_rsp_o);
    io.out(this->down_req, t.down_req_o);
    io.in(this->down_rsp, t.down_rsp_i);
  }
};

}  // namespace fp::soc
