// SPDX-License-Identifier: Apache-2.0
//
// A packet stream as wires with a name each, in the manner of AXI4-Stream: valid, ready, data,
// keep, sop, eop (tlast), err, port, tag. No cycle is added to the block's own.
#pragma once

#include <systemc>

#include "cmodel/common/ports.hpp"
#include "cmodel/common/sc/clocked_module.hpp"
#include "contract/common.hpp"

namespace fp::sc {

using PacketData = sc_dt::sc_bv<8 * common::kBeatBytes>;  // byte 0 in bits 7:0
using PacketKeep = sc_dt::sc_bv<common::kBeatBytes>;      // from bit 0 on without holes

// Wires into a block. `module` clocks `port`; both outlive the pins. Connects at once. A hole in
// keep, or none of it, is an SC_ERROR.
class PacketPinsIn : public sc_core::sc_module, public PortEnd {
 public:
  sc_core::sc_in<bool> valid_i{"valid_i"};
  sc_core::sc_out<bool> ready_o{"ready_o"};
  sc_core::sc_in<PacketData> data_i{"data_i"};
  sc_core::sc_in<PacketKeep> keep_i{"keep_i"};
  sc_core::sc_in<bool> sop_i{"sop_i"};
  sc_core::sc_in<bool> eop_i{"eop_i"};
  sc_core::sc_in<bool> err_i{"err_i"};  // looked at with eop
  sc_core::sc_in<sc_dt::sc_uint<4>> port_i{"port_i"};
  sc_core::sc_in<uint32_t> tag_i{"tag_i"};

  PacketPinsIn(const sc_core::sc_module_name& name, ClockedModule& module,
               Rx<common::PktBeat>& port);

  void reset() override;
  void sample(const sc_core::sc_time& edge) override;
  void publish() override { ready_o.write(port_.ready); }

 private:
  const Rx<common::PktBeat>& port_;
  bool valid_ = false;
  common::PktBeat beat_{};
};

// Wires out of a block. Bytes beyond keep are 0.
class PacketPinsOut : public sc_core::sc_module, public PortEnd {
 public:
  sc_core::sc_out<bool> valid_o{"valid_o"};
  sc_core::sc_in<bool> ready_i{"ready_i"};
  sc_core::sc_out<PacketData> data_o{"data_o"};
  sc_core::sc_out<PacketKeep> keep_o{"keep_o"};
  sc_core::sc_out<bool> sop_o{"sop_o"};
  sc_core::sc_out<bool> eop_o{"eop_o"};
  sc_core::sc_out<bool> err_o{"err_o"};
  sc_core::sc_out<sc_dt::sc_uint<4>> port_o{"port_o"};
  sc_core::sc_out<uint32_t> tag_o{"tag_o"};

  PacketPinsOut(const sc_core::sc_module_name& name, ClockedModule& module,
                Tx<common::PktBeat>& port);

  void reset() override;
  void sample(const sc_core::sc_time&) override { ready_ = ready_i.read(); }
  void publish() override;

 private:
  const Tx<common::PktBeat>& port_;
  bool ready_ = false;
};

}  // namespace fp::sc
