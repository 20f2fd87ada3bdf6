// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_egress: one output of the traffic manager, which inserts a frame's edit as it
// leaves.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/ports.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/tm_cells.hpp"
#include "cmodel/rmt/tm_read.hpp"

namespace fp::rmt {

class Egress {
 public:
  void reset();

  // What a step gave back to the reader.
  struct Taken {
    bool beat = false;
    bool edit = false;
  };
  // One cycle. `beat` is what the memories show for this output, or null; `row` its frame's edit,
  // looked at with the first beat of an edited frame only.
  Taken step(const Reader::Beat* beat, const CellMemory& memory, const EgressEdit* row, bool ready);
  void publish(Tx<common::PktBeat>& port, AgainSide& side) const;

  bool valid() const { return valid_; }
  // Nothing is held; a beat that the memories show does not count.
  bool empty() const { return level_ == 0 && !valid_ && !alone(); }

  void checkpoint(StateIo& io) {
    io(buffer_, wr_, rd_, level_, ins_, ins_len_, ins_at_, carry_, kept_, flush_, open_, record_,
       valid_, fresh_, out_);
  }

 private:
  static constexpr unsigned kBuffer = 4;
  static constexpr unsigned kWide = common::kBeatBytes + kEditBytes;

  struct Slot {
    CellMemory::Beat data;
    FrameRecord record;  // with the first beat
    bool first = false;
    bool last = false;
    bool edit = false;
  };

  bool alone() const { return kept_ >= common::kBeatBytes || flush_; }
  void load_edit(const EgressEdit& row, const FrameRecord& record);

  std::array<Slot, kBuffer> buffer_{};
  unsigned wr_ = 0, rd_ = 0, level_ = 0;
  // The edit as bytes, zeros behind them.
  std::array<uint8_t, kEditBytes> ins_{};
  unsigned ins_len_ = 0, ins_at_ = 0;
  // Bytes taken and not sent, zeros behind them.
  std::array<uint8_t, kEditBytes> carry_{};
  unsigned kept_ = 0;
  bool flush_ = false;  // the frame's last beat is taken
  bool open_ = false;   // the next beat is not a frame's first
  FrameRecord record_;
  bool valid_ = false;
  bool fresh_ = false;  // out_ changed in the last step()
  common::PktBeat out_;
};

}  // namespace fp::rmt
