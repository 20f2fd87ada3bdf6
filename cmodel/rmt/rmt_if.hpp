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
    static constexpr std::array<const char*, kNumPorts> kIn = {"in[0]", "in[1]", "in[2]",
                                                               "in[3]", "in[4]", "in[5]"};
    static constexpr std::array<const char*, kNumPorts> kOut = {"out[0]", "out[1]", "out[2]",
                                                                "out[3]", "out[4]", "out[5]"};
    for (unsigned i = 0; i < kNumPorts; ++i) f(kIn[i], a.in[i], b.in[i]);
    for (unsigned i = 0; i < kNumPorts; ++i) f(kOut[i], a.out[i], b.out[i]);
    f("parsed", a.parsed, b.parsed);
    f("verdict", a.verdict, b.verdict);
    f("csr", a.csr, b.csr);
    f("irq", a.irq, b.irq);
  }
};

}  // namespace fp::rmt
