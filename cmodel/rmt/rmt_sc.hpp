// SPDX-License-Identifier: Apache-2.0
//
// The RMT pipeline as a SystemC module (docs/integration/rmt.md).
#pragma once

#include <memory>
#include <systemc>

#include "cmodel/common/sc/block_module.hpp"
#include "cmodel/common/sc/packet_sockets.hpp"
#include "cmodel/common/sc/stream_sockets.hpp"
#include "cmodel/rmt/rmt_if.hpp"

namespace fp::rmt {

class RmtSc : public sc::BlockModule<RmtIf> {
 public:
  // Frames, by common.port_id.
  sc_core::sc_vector<sc::PacketTarget> in{"in", kNumPorts};
  sc_core::sc_vector<sc::PacketInitiator> out{"out", kNumPorts};
  // Reports, one transaction a frame. RTL looks at no ready here: answer within a cycle.
  sc::StreamInitiator<ParseReport> parsed{"parsed"};
  sc::StreamInitiator<VerdictReport> verdict{"verdict"};

  // Without `block` the cycle model.
  explicit RmtSc(const sc_core::sc_module_name& name, std::unique_ptr<RmtIf> block = nullptr);

 private:
  void before_end_of_elaboration() override;
};

}  // namespace fp::rmt
