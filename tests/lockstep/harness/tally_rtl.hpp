// SPDX-License-Identifier: Apache-2.0
//
// Adapter of tally.sv; what every block's adapter looks like.
#pragma once

#include "Vtally_rtl.h"
#include "sim-tb/rtl_adapters/rtl_block.hpp"
#include "tests/lockstep/harness/tally_if.hpp"

namespace fp::tally {

template <class Top = Vtally_rtl>
class TallyRtl final : public sim::RtlBlock<TallyRtl<Top>, TallyIf, Top> {
 public:
  using sim::RtlBlock<TallyRtl<Top>, TallyIf, Top>::RtlBlock;

  template <class Io>
  void ports(Io&& io, Top& t) {
    io.rx(this->in, t.in_valid_i, t.in_data_i, t.in_ready_o);
    io.tx(this->out, t.out_valid_o, t.out_data_o, t.out_ready_i);
    io.axil(this->csr, t.axil_req_i, t.axil_rsp_o);
    io.out(this->irq, t.irq_o);
  }
};

}  // namespace fp::tally
