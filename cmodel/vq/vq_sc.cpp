// SPDX-License-Identifier: Apache-2.0
#include "cmodel/vq/vq_sc.hpp"

#include <utility>

#include "cmodel/vq/vq_model.hpp"

namespace fp::vq {

VqSc::VqSc(const sc_core::sc_module_name& name, std::unique_ptr<VqIf> block)
    : BlockModule(name, block ? std::move(block) : std::make_unique<VqModel>()) {}

void VqSc::before_end_of_elaboration() {
  VqIf& b = block();
  take_csr();
  take(desc_rx, b.desc_rx);
  take(desc_tx, b.desc_tx);
  take(rd, b.rd);
  take(rdata, b.rdata);
  take(free, b.free);
  take(cret, b.cret);
  take(cq, b.cq);
  take(cr, b.cr);
  take(cevt, b.cevt);
  take(wr, b.wr);
  take(desc, b.desc);
  take(dma_wr, b.dma_wr);
  take(dma_rd, b.dma_rd);
  take(dma_rd_data, b.dma_rd_data);
  take(db, b.db);
  take(msix, b.msix);
}

}  // namespace fp::vq
