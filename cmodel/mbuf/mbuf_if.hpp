// SPDX-License-Identifier: Apache-2.0
//
// The message buffer's ports (docs/uarch/interfaces.md, mbuf.yaml), the same for model and RTL.
// Port index = producer or consumer number: 0 TOE (or its stand-in), 1 NP cluster, 2 VQ.
#pragma once

#include <array>

#include "cmodel/common/axil.hpp"
#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "contract/mbuf.hpp"

namespace fp::mbuf {

// Sizes fixed when the block is built; RTL and model must be given the same ones.
struct Params {
  unsigned num_cells = kNumCells;  // power of two, 16..65536
  unsigned num_conns = kNumConns;  // 2..65536, rows of table conn
};

class MbufIf : public Block {
 public:
  std::array<Rx<MbufWr>, kNumProducers> wr;             // bytes of segments
  std::array<Tx<common::MsgDesc>, kNumProducers> desc;  // one per segment, in order
  std::array<Rx<common::ConnRef>, kNumProducers> cq;    // credit queries
  std::array<Tx<MbufCredit>, kNumProducers> cr;         // and their answers, in order
  std::array<Tx<common::ConnRef>, kNumProducers> cevt;  // credit is there again
  std::array<Rx<MbufRd>, kNumConsumers> rd;             // reads
  std::array<Tx<MbufRdata>, kNumConsumers> rdata;       // their beats, in order
  std::array<Rx<common::MsgDesc>, kNumConsumers> free;  // descriptors that are done with
  std::array<Rx<MbufCret>, kNumConsumers> cret;         // ring bytes released
  AxilSlavePort csr;
  Out<bool> irq;

  // Calls f(name, a.port, b.port) for every port; streams come as arrays.
  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("wr", a.wr, b.wr);
    f("desc", a.desc, b.desc);
    f("cq", a.cq, b.cq);
    f("cr", a.cr, b.cr);
    f("cevt", a.cevt, b.cevt);
    f("rd", a.rd, b.rd);
    f("rdata", a.rdata, b.rdata);
    f("free", a.free, b.free);
    f("cret", a.cret, b.cret);
    f("csr", a.csr, b.csr);
    f("irq", a.irq, b.irq);
  }
};

}  // namespace fp::mbuf
