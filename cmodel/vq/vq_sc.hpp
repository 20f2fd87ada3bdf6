// SPDX-License-Identifier: Apache-2.0
//
// The VQ/DMA block as a SystemC module (docs/integration/vq.md).
#pragma once

#include <memory>
#include <systemc>

#include "cmodel/common/sc/block_module.hpp"
#include "cmodel/common/sc/stream_sockets.hpp"
#include "cmodel/vq/vq_if.hpp"

namespace fp::vq {

class VqSc : public sc::BlockModule<VqIf> {
 public:
  // The streams of VqIf, one beat a transaction.
  sc::StreamTarget<common::MsgDesc> desc_rx{"desc_rx"};
  sc::StreamInitiator<common::MsgDesc> desc_tx{"desc_tx"};
  sc::StreamInitiator<mbuf::MbufRd> rd{"rd"};
  sc::StreamTarget<mbuf::MbufRdata> rdata{"rdata"};
  sc::StreamInitiator<common::MsgDesc> free{"free"};
  sc::StreamInitiator<mbuf::MbufCret> cret{"cret"};
  sc::StreamInitiator<common::ConnRef> cq{"cq"};
  sc::StreamTarget<mbuf::MbufCredit> cr{"cr"};
  sc::StreamTarget<common::ConnRef> cevt{"cevt"};
  sc::StreamInitiator<mbuf::MbufWr> wr{"wr"};
  sc::StreamTarget<common::MsgDesc> desc{"desc"};
  sc::StreamInitiator<PcieWr> dma_wr{"dma_wr"};
  sc::StreamInitiator<PcieRd> dma_rd{"dma_rd"};
  sc::StreamTarget<PcieCpl> dma_rd_data{"dma_rd_data"};
  sc::StreamTarget<PcieMmio> db{"db"};
  sc::StreamInitiator<Msix> msix{"msix"};

  // Without `block` the cycle model.
  explicit VqSc(const sc_core::sc_module_name& name, std::unique_ptr<VqIf> block = nullptr);

 private:
  void before_end_of_elaboration() override;
};

}  // namespace fp::vq
