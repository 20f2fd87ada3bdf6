// SPDX-License-Identifier: Apache-2.0
//
// Twins of rmt_tm_cells and rmt_tm_free: the traffic manager's memories and its list of free cells.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/frame_slot.hpp"
#include "cmodel/rmt/ram_fifo.hpp"

namespace fp::rmt {

inline constexpr unsigned kCellBeats = common::kCellBytes / common::kBeatBytes;

// Beats and cells that so many bytes or beats take.
constexpr unsigned beats_of(unsigned bytes) {
  return (bytes + common::kBeatBytes - 1) / common::kBeatBytes;
}
constexpr unsigned cells_of(unsigned beats) { return (beats + kCellBeats - 1) / kCellBeats; }

// What is kept of a frame at its head cell; rmt_tm_pkg::rec_t.
struct FrameRecord {
  uint32_t tag = 0;
  common::PortId port{};
  uint16_t len = 0;  // bytes
  uint16_t entropy = 0;
  AgainSide side;
};

// Cells of one frame.
struct Chain {
  uint16_t head = 0;
  uint8_t cells = 0;
};

// Beats by cell, the link from a cell to the next of its frame, a record a frame.
struct CellMemory {
  using Beat = std::array<uint8_t, common::kBeatBytes>;
  explicit CellMemory(unsigned cells) : data(cells * kCellBeats), link(cells), record(cells) {}

  void checkpoint(StateIo& io) { io(data, link, record); }

  std::vector<Beat> data;  // kCellBeats a cell; zeros behind a frame's end
  std::vector<uint16_t> link;
  std::vector<FrameRecord> record;
};

// Whole chains come back, single cells go out; a walker keeps four cells ready.
class FreeList {
 public:
  // `waiting`: frames that may wait for their decision.
  FreeList(unsigned cells, unsigned waiting);
  // As after the sweep: every cell is free.
  void reset();

  bool valid() const { return level_ != 0; }
  uint16_t cell() const { return ready_[rd_]; }
  unsigned free() const { return free_; }
  bool settled() const;

  // One cycle: `get` took cell(); `put` and `drop` come back unless null.
  void step(const CellMemory& memory, bool get, const Chain* put, const Chain* drop);

  void checkpoint(StateIo& io) {
    io(main_, drop_, cur_, cell_, left_, ready_, wr_, rd_, level_, free_);
  }

 private:
  static constexpr unsigned kReady = 4;

  const unsigned cells_;
  RamFifo<Chain> main_, drop_;
  bool cur_ = false;  // cell_ is a cell at hand
  uint16_t cell_ = 0;
  unsigned left_ = 0;  // cells of the chain, this one included
  std::array<uint16_t, kReady> ready_{};
  unsigned wr_ = 0, rd_ = 0, level_ = 0;
  unsigned free_ = 0;
};

}  // namespace fp::rmt
