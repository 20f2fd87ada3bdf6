// SPDX-License-Identifier: Apache-2.0
//
// Twins of rmt_tm_read and rmt_tm_release: a reader fetches a beat a cycle for the destinations it
// serves; a chain goes back when its last copy has been read.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cmodel/common/arbiter.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/rmt/tm_cells.hpp"
#include "cmodel/rmt/tm_queues.hpp"

namespace fp::rmt {

// A copy has been read to its end.
struct Release {
  Chain chain;
  bool shared = false;
  uint8_t bank = 0;
  bool again = false;  // the frame goes to the input once more
};

class Releaser {
 public:
  // The replicator has finished with a frame.
  struct End {
    Chain chain;
    uint8_t copies = 0;  // > 0
    uint8_t bank = 0;
  };

  explicit Releaser(unsigned cells) : counts_(cells), turn_(kTmReaders) {}
  void reset();

  bool room(unsigned reader) const { return level_[reader] < kDepth; }
  // One cycle; `released[r]` and `end` unless null. put() and gone() are this cycle's then.
  void step(const std::array<const Release*, kTmReaders>& released, const End* end);

  // The chain that went back in the last step(), or null.
  const Chain* put() const { return put_ ? &chain_ : nullptr; }
  // Its frame has left for good.
  bool gone() const { return gone_; }
  uint8_t gone_bank() const { return gone_bank_; }
  bool empty() const { return waiting_ == 0 && !event_ && !settling_; }

  void checkpoint(StateIo& io) {
    io(counts_, ring_, wr_, rd_, level_, waiting_, turn_, event_, what_, add_, settling_, put_,
       chain_, gone_, gone_bank_);
  }

 private:
  static constexpr unsigned kDepth = 4;
  static constexpr uint8_t kCountMask = 2 * kGroupCopies - 1;

  std::vector<uint8_t> counts_;  // copies made less copies read, modulo 2 * kGroupCopies
  std::array<std::array<Release, kDepth>, kTmReaders> ring_{};
  std::array<unsigned, kTmReaders> wr_{}, rd_{}, level_{};
  unsigned waiting_ = 0;  // all readers'
  RrArbiter turn_;
  bool event_ = false;  // an event is in its second cycle
  Release what_;
  uint8_t add_ = 0;
  bool settling_ = false;  // a count was written in the last cycle
  bool put_ = false;
  Chain chain_;
  bool gone_ = false;
  uint8_t gone_bank_ = 0;
};

class Reader {
 public:
  static constexpr unsigned kLanes = kNumOutputs / kTmReaders;

  explicit Reader(unsigned index) : index_(index), turn_(kLanes) {}
  void reset();

  // What the memories show in this cycle.
  struct Beat {
    bool valid = false;
    unsigned dest = 0;
    bool first = false;
    bool last = false;
    uint8_t edit = 0;
    uint8_t bank = 0;
    uint32_t at = 0;  // beat in CellMemory::data
    uint16_t head = 0;
  };
  const Beat& beat() const { return beat_; }

  // One cycle. `take`, `edit_free`: bit per destination, what its output gave back in this cycle.
  // Returns the bit of the destination whose job is done, 0 for none; released() is set then.
  unsigned step(const EgressQueues& queues, const CellMemory& memory, bool room, unsigned take,
                unsigned edit_free);
  const Release& released() const { return released_; }

  void checkpoint(StateIo& io) { io(turn_, lanes_, beat_, released_); }

 private:
  static constexpr unsigned kBuffer = 4;  // beats an output can hold

  struct Lane {
    uint16_t cell = 0;
    unsigned idx = 0;   // beat in the cell
    unsigned left = 0;  // beats
    bool started = false;
    bool edit = false;  // the output's edit register is taken
    unsigned used = 0;  // beats on their way or in the output's buffer
  };

  const unsigned index_;
  RrArbiter turn_;
  std::array<Lane, kLanes> lanes_{};
  Beat beat_;
  Release released_;
};

}  // namespace fp::rmt
