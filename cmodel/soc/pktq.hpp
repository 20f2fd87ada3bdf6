// SPDX-License-Identifier: Apache-2.0
//
// The control core's packet queue (rtl/soc/pktq.yaml, docs/uarch/pktq.md): a clocked block between
// RMT's cpu port and its verdict reports, and a device on the core's bus.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "cmodel/common/block.hpp"
#include "cmodel/common/ports.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/soc/device.hpp"
#include "contract/common.hpp"
#include "contract/pktq.hpp"
#include "contract/rmt.hpp"

namespace fp::soc {

// Time is the blocks' cycles. Bus accesses come between two cycles, as those of every device.
class PacketQueue : public Device, public Block {
 public:
  Rx<common::PktBeat> in;        // from RMT's output cpu; always ready after reset
  Rx<rmt::VerdictReport> notes;  // RMT's verdict port; always ready after reset
  Tx<common::PktBeat> out;       // to RMT's input cpu

  explicit PacketQueue(const sc_core::sc_module_name& name);

  // Interrupt towards the core: a frame waits in an enabled class.
  bool irq() const { return (waiting() & irq_enable_) != 0; }

  void reset() override;
  void eval(uint64_t now) override;
  void commit() override;
  bool idle() const override { return !sending_ && !out.valid; }
  uint64_t wake_at() const override { return kNever; }

  void checkpoint(StateIo& io) override {
    checkpoint_ports<PacketQueue>(io, *this);
    io(rings_, notes_, notes_lost_, irq_enable_, select_, class_, open_, fits_, at_, tx_,
       tx_length_, tx_sent_, tx_frames_, sending_, loopback_, valid_, beat_);
  }

  template <class A, class B, class F>
  static void zip_ports(A& a, B& b, F&& f) {
    f("in", a.in, b.in);
    f("notes", a.notes, b.notes);
    f("out", a.out, b.out);
  }

 private:
  struct Frame {
    uint32_t length;  // bytes
    uint8_t port;
    uint8_t reason;
  };
  // A ring of words with the frames in it, oldest first.
  struct Ring {
    std::vector<uint32_t> words;
    uint32_t read = 0;  // of the oldest frame
    uint32_t used = 0;  // words of all frames held
    std::deque<Frame> frames;
    uint32_t limit = 0;  // frames
    uint32_t taken = 0;
    uint32_t dropped = 0;
  };
  struct Note {
    bool valid = false;
    uint32_t tag = 0;
    uint8_t reason = 0;
  };

  bool peek(uint32_t offset, uint32_t& value) const override;
  bool write(uint32_t offset, uint32_t value) override;

  uint32_t waiting() const;
  void note(const rmt::VerdictReport& report);
  void receive(const common::PktBeat& beat);
  void begin_frame(const common::PktBeat& beat);
  void pop();
  void send(uint32_t length);
  void transmit();

  std::array<Ring, pktq::kNumClasses> rings_;
  std::vector<Note> notes_;
  uint32_t notes_lost_ = 0;
  uint32_t irq_enable_ = 0;
  uint32_t select_ = 0;

  // The frame that is coming in.
  unsigned class_ = 0;
  Frame open_{};
  bool fits_ = false;
  uint32_t at_ = 0;  // words of it stored

  std::vector<uint32_t> tx_;
  uint32_t tx_length_ = 0;  // bytes
  uint32_t tx_sent_ = 0;    // bytes handed to the output register
  uint32_t tx_frames_ = 0;
  bool sending_ = false;
  bool loopback_ = false;
  bool valid_ = false;  // output register behind the coming edge
  common::PktBeat beat_{};
};

}  // namespace fp::soc
