// SPDX-License-Identifier: Apache-2.0
//
// The Verilated RMT pipeline behind RmtIf. RTL built with a fixed queue depth: see rtl/rmt.
#pragma once

#include "Vrtl_rmt.h"
#include "cmodel/rmt/rmt_if.hpp"
#include "sim-tb/rtl_adapters/rtl_block.hpp"

namespace fp::rmt {

template <class Top = Vrtl_rmt>
class RmtRtl final : public sim::RtlBlock<RmtRtl<Top>, RmtIf, Top> {
 public:
  using sim::RtlBlock<RmtRtl<Top>, RmtIf, Top>::RtlBlock;

  template <class Io>
  void ports(Io&& io, Top& t) {
    io.rx(this->in, t.in_valid_i, t.in_data_i, t.in_ready_o);
    io.tx(this->out, t.out_valid_o, t.out_data_o, t.out_ready_i);
    // Reports cannot be held up: RTL has no ready for them.
    unsigned no_ready = 0;
    io.tx(this->parsed, t.parsed_valid_o, t.parsed_data_o, no_ready);
    io.tx(this->verdict, t.verdict_valid_o, t.verdict_data_o, no_ready);
    io.axil(this->csr, t.axil_req_i, t.axil_rsp_o);
    io.out(this->irq, t.irq_o);
  }
};

}  // namespace fp::rmt
