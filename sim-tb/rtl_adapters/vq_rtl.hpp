// SPDX-License-Identifier: Apache-2.0
//
// The Verilated VQ/DMA block behind VqIf.
#pragma once

#include "Vrtl_vq.h"
#include "cmodel/vq/vq_if.hpp"
#include "sim-tb/rtl_adapters/rtl_block.hpp"

namespace fp::vq {

template <class Top = Vrtl_vq>
class VqRtl final : public sim::RtlBlock<VqRtl<Top>, VqIf, Top> {
 public:
  using sim::RtlBlock<VqRtl<Top>, VqIf, Top>::RtlBlock;

  template <class Io>
  void ports(Io&& io, Top& t) {
    io.rx(this->desc_rx, t.desc_rx_valid_i, t.desc_rx_data_i, t.desc_rx_ready_o);
    io.tx(this->desc_tx, t.desc_tx_valid_o, t.desc_tx_data_o, t.desc_tx_ready_i);
    io.tx(this->rd, t.rd_valid_o, t.rd_data_o, t.rd_ready_i);
    io.rx(this->rdata, t.rdata_valid_i, t.rdata_data_i, t.rdata_ready_o);
    io.tx(this->free, t.free_valid_o, t.free_data_o, t.free_ready_i);
    io.tx(this->cret, t.cret_valid_o, t.cret_data_o, t.cret_ready_i);
    io.tx(this->cq, t.cq_valid_o, t.cq_data_o, t.cq_ready_i);
    io.rx(this->cr, t.cr_valid_i, t.cr_data_i, t.cr_ready_o);
    io.rx(this->cevt, t.cevt_valid_i, t.cevt_data_i, t.cevt_ready_o);
    io.tx(this->wr, t.wr_valid_o, t.wr_data_o, t.wr_ready_i);
    io.rx(this->desc, t.desc_valid_i, t.desc_data_i, t.desc_ready_o);
    io.tx(this->dma_wr, t.dma_wr_valid_o, t.dma_wr_data_o, t.dma_wr_ready_i);
    io.tx(this->dma_rd, t.dma_rd_valid_o, t.dma_rd_data_o, t.dma_rd_ready_i);
    io.rx(this->dma_rd_data, t.dma_rd_data_valid_i, t.dma_rd_data_data_i, t.dma_rd_data_ready_o);
    io.rx(this->db, t.db_valid_i, t.db_data_i, t.db_ready_o);
    io.tx(this->msix, t.msix_valid_o, t.msix_data_o, t.msix_ready_i);
    io.axil(this->csr, t.axil_req_i, t.axil_rsp_o);
    io.out(this->irq, t.irq_o);
  }
};

}  // namespace fp::vq
