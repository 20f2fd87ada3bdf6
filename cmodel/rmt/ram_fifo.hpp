// SPDX-License-Identifier: Apache-2.0
//
// Twin of rmt_ram_fifo: a FIFO in a RAM whose read register is the head, so an entry pushed in
// cycle t is the head in t+2 at the earliest.
#pragma once

#include <cassert>
#include <vector>

#include "cmodel/common/state_io.hpp"

namespace fp::rmt {

template <class T>
class RamFifo {
 public:
  // `depth`: entries in the RAM; the head comes on top.
  explicit RamFifo(unsigned depth) : ring_(depth) {}

  void reset() {
    wr_ = rd_ = level_ = 0;
    valid_ = false;
  }
  bool valid() const { return valid_; }
  const T& head() const { return head_; }
  // The next step moves nothing by itself.
  bool settled() const { return level_ == 0 || valid_; }

  // One cycle; `entry` is pushed unless null, `pop` takes the head.
  void step(const T* entry, bool pop) {
    if (level_ != 0 && (!valid_ || pop)) {
      head_ = ring_[rd_];
      rd_ = rd_ + 1 == ring_.size() ? 0 : rd_ + 1;
      --level_;
      valid_ = true;
    } else if (pop) {
      valid_ = false;
    }
    if (entry == nullptr) return;
    assert(level_ < ring_.size());
    ring_[wr_] = *entry;
    wr_ = wr_ + 1 == ring_.size() ? 0 : wr_ + 1;
    ++level_;
  }

  void checkpoint(StateIo& io) { io(ring_, head_, wr_, rd_, level_, valid_); }

 private:
  std::vector<T> ring_;
  T head_{};
  unsigned wr_ = 0, rd_ = 0, level_ = 0;
  bool valid_ = false;
};

}  // namespace fp::rmt
