// SPDX-License-Identifier: Apache-2.0
//
// The Verilated message buffer behind MbufIf. Sizes are those the RTL was Verilated with: the
// default Params for Vrtl_mbuf. Other builds: include their header and name the class.
#pragma once

#include "cmodel/mbuf/mbuf_if.hpp"
#include "sim-tb/rtl_adapters/rtl_block.hpp"

namespace fp::mbuf {

template <class Top>
class MbufRtl final : public sim::RtlBlock<MbufRtl<Top>, MbufIf, Top> {
 public:
  using sim::RtlBlock<MbufRtl<Top>, MbufIf, Top>::RtlBlock;

  template <class Io>
  void ports(Io&& io, Top& t) {
    io.rx(this->wr, t.wr_valid_i, t.wr_data_i, t.wr_ready_o);
    io.tx(this->desc, t.desc_valid_o, t.desc_data_o, t.desc_ready_i);
    io.rx(this->cq, t.cq_valid_i, t.cq_data_i, t.cq_ready_o);
    io.tx(this->cr, t.cr_valid_o, t.cr_data_o, t.cr_ready_i);
    io.tx(this->cevt, t.cevt_valid_o, t.cevt_data_o, t.cevt_ready_i);
    io.rx(this->rd, t.rd_valid_i, t.rd_data_i, t.rd_ready_o);
    io.tx(this->rdata, t.rdata_valid_o, t.rdata_data_o, t.rdata_ready_i);
    io.rx(this->free, t.free_valid_i, t.free_data_i, t.free_ready_o);
    io.rx(this->cret, t.cret_valid_i, t.cret_data_i, t.cret_ready_o);
    io.axil(this->csr, t.axil_req_i, t.axil_rsp_o);
    io.out(this->irq, t.irq_o);
  }
};

}  // namespace fp::mbuf
