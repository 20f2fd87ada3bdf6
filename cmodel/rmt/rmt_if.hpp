// SPDX-License-Identifier: Apache-2.0
//
// Ports of the RMT pipeline, whatever implements it: RmtModel (cycle model) or RmtRtl (Verilated).
// docs/uarch/rmt.md has the timing, docs/uarch/interfaces.md the meaning of the streams.
#pragma once

#include <array>

#include "cmodel/common/axil.hpp"
#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "contract/common.hpp"
#include "contract/rmt.hpp"

namespace fp::rmt {

class RmtIf : public Block {
 public:
  std::array<Rx<common::PktBeat>, kNumPorts> in;   // by common.port_id
  std::array<Tx<common::PktBeat>, kNumPorts> out;  // by common.port_id
  Tx<ParseReport> parsed;                          // one cycle per frame, ready ignored
  Tx<VerdictReport> verdict;                       // one cycle per frame, ready ignored
  AxilSlavePort csr;
  Out<bool> irq;  // level: ERR_FIRST.VALID and IRQ_ENABLE.ERR

  // Calls f("name", a.port, b.port) for every port.
  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("in", a.in, b.in);
    f("out", a.out, b.out);
    f("parsed", a.parsed, b.parsed);
    f("verdict", a.verdict, b.verdict);
    f("csr", a.csr, b.csr);
    f("irq", a.irq, b.irq);
  }
};

}  // namespace fp::rmt
