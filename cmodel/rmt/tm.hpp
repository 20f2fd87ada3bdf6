// SPDX-License-Identifier: Apache-2.0
//
// Model of rmt_tm: beats into cells, a verdict a frame, multicast, weighted queues, egress edits.
// docs/uarch/rmt-tm.md has the timing.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cmodel/common/ports.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/egress.hpp"
#include "cmodel/rmt/frame_slot.hpp"
#include "cmodel/rmt/tm_cells.hpp"
#include "cmodel/rmt/tm_decide.hpp"
#include "cmodel/rmt/tm_queues.hpp"
#include "cmodel/rmt/tm_read.hpp"

namespace fp::rmt {

class TrafficManager {
 public:
  using Ports = std::array<Tx<common::PktBeat>, kNumPorts>;
  using PerQueue8 = std::array<uint8_t, EgressQueues::kQueues>;
  using PerQueue16 = std::array<uint16_t, EgressQueues::kQueues>;

  // rmt_tm's parameters.
  struct Sizes {
    unsigned cells = kTmCells;
    unsigned queue_frames = kQueueFrames;
    unsigned waiting = 64;       // frames that may wait for a group's copies
    unsigned pause_cells = 128;  // fewer free cells pause the inputs in lossless mode
  };
  struct Control {
    bool lossless = false;
    unsigned threshold = 0;  // cells
    const PerQueue8* weights = nullptr;
    const PerQueue16* limits = nullptr;
  };

  TrafficManager() : TrafficManager(Sizes{}) {}
  explicit TrafficManager(const Sizes& sizes);

  // As after the sweep.
  void reset();

  // One cycle: takes `in`, moves everything. Ports change at publish() only.
  void step(const OutBeat& in, const Ports& ports, const Control& control);
  void publish(Ports& ports, Tx<VerdictReport>& verdict);

  // Frames for the input again, and what goes with their beats; published with the ports.
  Tx<common::PktBeat>& again() { return again_; }
  const AgainSide& again_side() const { return again_side_; }

  // Output registers and pulses as of the last step().
  bool judged() const { return decider_.judged(); }
  const VerdictReport& verdict() const { return decider_.verdict(); }
  bool bad_port_valid() const { return decider_.bad_port_valid(); }
  uint8_t bad_port() const { return decider_.bad_port(); }
  bool copied() const { return decider_.copied(); }
  bool copy_dropped() const { return decider_.copy_dropped(); }
  bool recirculated() const { return decider_.again(); }
  // A frame's last copy left in the last step(); the RTL's signal of the same cycle.
  bool gone() const { return releaser_.gone(); }
  uint8_t gone_bank() const { return releaser_.gone_bank(); }
  unsigned free_cells() const { return free_.free(); }
  // Frames that wait for their decision.
  unsigned waiting() const { return decider_.waiting(); }
  bool pause() const { return pause_; }
  bool idle() const;

  // A row of `group` or `edit`; `index` is in range. read_row zeroes what lies past the row's end.
  void write_row(TableId table, unsigned bank, unsigned index, const uint32_t* words);
  void read_row(TableId table, unsigned bank, unsigned index, uint32_t* words) const;

  void checkpoint(StateIo& io) {
    io(memory_, free_, decider_, queues_, releaser_, readers_, egress_, edits_, open_, cell_, idx_,
       len_, get_, again_, again_side_, moving_, pause_);
  }

 private:
  bool write_beat(const OutBeat& in);

  const Sizes sizes_;
  CellMemory memory_;
  FreeList free_;
  Decider decider_;
  EgressQueues queues_;
  Releaser releaser_;
  std::array<Reader, kTmReaders> readers_;
  std::array<Egress, kNumOutputs> egress_;
  std::array<std::vector<EgressEdit>, kNumBanks> edits_;

  // The open frame.
  Decider::Ended open_;
  uint16_t cell_ = 0;
  unsigned idx_ = 0;
  unsigned len_ = 0;
  bool get_ = false;

  Tx<common::PktBeat> again_;
  AgainSide again_side_;
  unsigned moving_ = 0;  // bit per output: it holds something
  bool pause_ = false;
};

}  // namespace fp::rmt
