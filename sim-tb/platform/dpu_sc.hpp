// SPDX-License-Identifier: Apache-2.0
//
// The whole DPU as one SystemC module for somebody else's platform (docs/integration/dpu.md):
// packet sockets at its wires, the mailbox's outside as a socket, firmware from an ELF, a thread
// and a clock of its own.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "cmodel/common/sc/packet_sockets.hpp"
#include "contract/mailbox.hpp"
#include "firmware/linux/pipeline/compiler.hpp"
#include "sim-tb/platform/host_side.hpp"
#include "sim-tb/platform/profile.hpp"

namespace fp::platform {

struct DpuScConfig {
  Profile profile = kPaper;  // clock; line rates are the surroundings' business
  std::string firmware;      // ELF; CMake's package names it flatproxy_FIRMWARE
  // Tables and listeners that the module's own configuration plane sends at start. Without an image
  // nobody does: the mailbox's configuration channel is then the socket's.
  std::optional<pipeline::Image> image;
  std::vector<mailbox::Listen> listens;
  std::vector<mailbox::InterfaceAddress> addresses;  // that the firmware answers for
  bool lossless = false;
  // Cycles between two meetings with SystemC's time. 1: frames enter and leave at exact cycles, as
  // a clocked block's do. More: faster, frames enter up to so many cycles late, frames leave with
  // exact stamps in delay and extension.
  uint64_t quantum = 1;
  std::function<void(char)> console;  // every character that the firmware prints; may be empty
};

// All blocks are cycle models. Cycle 0 is the time at which the simulation starts. A firmware that
// crashes, hangs or breaks the mailbox's protocol is an SC_ERROR.
class DpuSc : public sc_core::sc_module {
 public:
  static constexpr unsigned kNumWires = 4;
  // p0..p3. An input accepts frames once the pipeline is enabled.
  sc_core::sc_vector<sc::PacketTarget> in;
  sc_core::sc_vector<sc::PacketInitiator> out;
  // The mailbox from outside, a message a transaction (rtl/soc/mailbox.yaml: header word, body);
  // the address is the channel's number. A write of whole words waits until the slot is empty, a
  // read of at least SlotWords words until there is a message. TLM_ADDRESS_ERROR_RESPONSE: no such
  // channel, or it is the module's own (configuration with an image, host with a HostSide).
  tlm_utils::simple_target_socket_optional<DpuSc> mail{"mail"};
  // The data path runs: the firmware has said READY.
  sc::OptionalOut<bool> ready_o{"ready_o"};

  // `host`: who is behind PCIe (its streams and service controller), or null. It must outlive the
  // module. Throws io::InputError when the firmware cannot be loaded.
  DpuSc(const sc_core::sc_module_name& name, DpuScConfig config, HostSide* host = nullptr);
  ~DpuSc() override;

  sc_core::sc_time period() const { return period_; }
  // Cycle of READY; empty before. What `flatproxy-sim run` calls cycle 0.
  std::optional<uint64_t> ready_cycle() const { return ready_cycle_; }

 private:
  SC_HAS_PROCESS(DpuSc);
  struct Parts;

  void before_end_of_elaboration() override;
  void run();
  uint64_t advance(uint64_t end, const std::function<bool()>& stop);
  void meet();
  bool pump();
  bool own_channel(uint64_t channel) const;
  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay);

  const DpuScConfig config_;
  HostSide* const host_;
  const sc_core::sc_time period_;
  std::optional<uint64_t> ready_cycle_;
  sc_core::sc_event slots_;  // of the mailbox may have changed
  std::unique_ptr<Parts> parts_;
};

}  // namespace fp::platform
