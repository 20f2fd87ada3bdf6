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
  std::array<Rx<MbufWr>, kNumProducers> wr;              // bytes of segments
  std::array<Tx<common::MsgDesc>, kNumProducers> desc;   // one per segment, in order
  std::array<Rx<common::ConnRef>, kNumProducers> cq;     // credit queries
  std::array<Tx<MbufCredit>, kNumProducers> cr;          // and their answers, in order
  std::array<Tx<common::ConnRef>, kNumProducers> cevt;   // credit is there again
  std::array<Rx<MbufRd>, kNumConsumers> rd;              // reads
  std::array<Tx<MbufRdata>, kNumConsumers> rdata;        // their beats, in order
  std::array<Rx<common::MsgDesc>, kNumConsumers> free;   // descriptors that are done with
  std::array<Rx<MbufCret>, kNumConsumers> cret;          // ring bytes released
  AxilSlavePort csr;
  Out<bool> irq;

  // Calls f(name, a.port, b.port) for every port.
  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    static constexpr const char* kWr[] = {"wr[0]", "wr[1]", "wr[2]"};
    static constexpr const char* kDesc[] = {"desc[0]", "desc[1]", "desc[2]"};
    static constexpr const char* kCq[] = {"cq[0]", "cq[1]", "cq[2]"};
    static constexpr const char* kCr[] = {"cr[0]", "cr[1]", "cr[2]"};
    static constexpr const char* kCevt[] = {"cevt[0]", "cevt[1]", "cevt[2]"};
    static constexpr const char* kRd[] = {"rd[0]", "rd[1]", "rd[2]"};
    static constexpr const char* kRdata[] = {"rdata[0]", "rdata[1]", "rdata[2]"};
    static constexpr const char* kFree[] = {"free[0]", "free[1]", "free[2]"};
    static constexpr const char* kCret[] = {"cret[0]", "cret[1]", "cret[2]"};
    static_assert(kNumProducers == 3 && kNumConsumers == 3, "names above");
    for (unsigned p = 0; p < kNumProducers; ++p) {
      f(kWr[p], a.wr[p], b.wr[p]);
      f(kDesc[p], a.desc[p], b.desc[p]);
      f(kCq[p], a.cq[p], b.cq[p]);
      f(kCr[p], a.cr[p], b.cr[p]);
      f(kCevt[p], a.cevt[p], b.cevt[p]);
    }
    for (unsigned c = 0; c < kNumConsumers; ++c) {
      f(kRd[c], a.rd[c], b.rd[c]);
      f(kRdata[c], a.rdata[c], b.rdata[c]);
      f(kFree[c], a.free[c], b.free[c]);
      f(kCret[c], a.cret[c], b.cret[c]);
    }
    f("csr", a.csr, b.csr);
    f("irq", a.irq, b.irq);
  }
};

}  // namespace fp::mbuf
