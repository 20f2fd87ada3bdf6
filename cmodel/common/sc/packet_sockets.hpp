// SPDX-License-Identifier: Apache-2.0
//
// Packet streams behind TLM-2.0 sockets: a transaction is a whole frame, from the destination MAC
// on, without FCS, 1 to common.MaxFrame bytes. One beat a cycle on the block's side.
#pragma once

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "cmodel/common/sc/stream_sockets.hpp"
#include "contract/common.hpp"

namespace fp::sc {

// What a frame carries beside its bytes. Ignorable: without it a frame enters with zeros.
struct PacketExtension : tlm::tlm_extension<PacketExtension> {
  uint32_t tag = 0;  // reported in verdicts, kept by every copy
  bool err = false;  // the frame must not be committed
  common::PortId port{};
  // Frames that leave: the edges at which the first and the last beat moved.
  sc_core::sc_time first_beat, last_beat;

  tlm_extension_base* clone() const override { return new PacketExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const PacketExtension&>(other);
  }
};

// Frames into a block.
class PacketTarget final : public StreamTargetBase<common::PktBeat> {
 public:
  explicit PacketTarget(const sc_core::sc_module_name& name) : StreamTargetBase(name) {}

 private:
  struct Frame {
    std::vector<unsigned char> bytes;
    uint32_t tag = 0;
    bool err = false;
    common::PortId port{};
  };

  bool length_ok(size_t bytes) const override { return bytes > 0 && bytes <= common::kMaxFrame; }
  void load(const tlm::tlm_generic_payload& trans) override;
  void begin() override;
  bool next_beat(common::PktBeat& beat) override;

  Frame waiting_, current_;
  size_t sent_ = 0;
};

// Frames out of a block.
class PacketInitiator final : public StreamInitiatorBase<common::PktBeat> {
 public:
  explicit PacketInitiator(const sc_core::sc_module_name& name, size_t depth = kDepth)
      : StreamInitiatorBase(name, depth) {}

 private:
  bool collect(const common::PktBeat& beat, const sc_core::sc_time& edge) override;
  Item item() override;
  void forget() override { bytes_.clear(); }

  std::vector<unsigned char> bytes_;
  PacketExtension extension_;
};

}  // namespace fp::sc
