// SPDX-License-Identifier: Apache-2.0
//
// Ports of the VQ/DMA block: socket rings in host memory on one side, mbuf on the other. VqModel
// (vq_model.hpp) and VqRtl (sim-tb/rtl_adapters) implement it; docs/uarch/vq.md has the timing.
#pragma once

#include "cmodel/common/axil.hpp"
#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "contract/common.hpp"
#include "contract/mbuf.hpp"
#include "contract/vq.hpp"

namespace fp::vq {

class VqIf : public Block {
 public:
  // Messages for the host, and from it.
  Rx<common::MsgDesc> desc_rx;
  Tx<common::MsgDesc> desc_tx;

  // Consumer 2 of mbuf: read a message, give its cells back, return ring credit.
  Tx<mbuf::MbufRd> rd;
  Rx<mbuf::MbufRdata> rdata;
  Tx<common::MsgDesc> free;
  Tx<mbuf::MbufCret> cret;

  // Producer 2 of mbuf: ask for credit, write a segment, get its descriptor.
  Tx<common::ConnRef> cq;
  Rx<mbuf::MbufCredit> cr;
  Rx<common::ConnRef> cevt;
  Tx<mbuf::MbufWr> wr;
  Rx<common::MsgDesc> desc;

  // PCIe.
  Tx<PcieWr> dma_wr;
  Tx<PcieRd> dma_rd;
  Rx<PcieCpl> dma_rd_data;
  Rx<PcieMmio> db;
  Tx<Msix> msix;

  AxilSlavePort csr;
  Out<bool> irq;

  // f("name", a.port, b.port) for every port, in the order above.
  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("desc_rx", a.desc_rx, b.desc_rx);
    f("desc_tx", a.desc_tx, b.desc_tx);
    f("rd", a.rd, b.rd);
    f("rdata", a.rdata, b.rdata);
    f("free", a.free, b.free);
    f("cret", a.cret, b.cret);
    f("cq", a.cq, b.cq);
    f("cr", a.cr, b.cr);
    f("cevt", a.cevt, b.cevt);
    f("wr", a.wr, b.wr);
    f("desc", a.desc, b.desc);
    f("dma_wr", a.dma_wr, b.dma_wr);
    f("dma_rd", a.dma_rd, b.dma_rd);
    f("dma_rd_data", a.dma_rd_data, b.dma_rd_data);
    f("db", a.db, b.db);
    f("msix", a.msix, b.msix);
    f("csr", a.csr, b.csr);
    f("irq", a.irq, b.irq);
  }
};

}  // namespace fp::vq
