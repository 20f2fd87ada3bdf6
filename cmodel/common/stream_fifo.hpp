// SPDX-License-Identifier: Apache-2.0
//
// Cycle-exact twin of rtl/common/stream_fifo.sv for use inside a block model. Timing:
// docs/uarch/common.md. Allocates at construction only; a payload is copied once, when pushed.
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>

#include "cmodel/common/state_io.hpp"

namespace fp {

template <class T>
class StreamFifo {
 public:
  // Elements held in all; 2 or more.
  explicit StreamFifo(size_t depth) : depth_(depth), slots_(std::make_unique<T[]>(depth)) {
    assert(depth >= 2);
  }

  // Outputs, as the last commit() published them.
  bool in_ready() const { return ready_; }
  bool out_valid() const { return level_ != 0; }
  const T& out_data() const { return slots_[head_]; }  // meaningful while out_valid()
  size_t level() const { return level_; }
  size_t depth() const { return depth_; }
  bool full() const { return level_ == depth_; }
  bool empty() const { return level_ == 0; }
  // A clock edge with in_valid low and the same hold changes nothing.
  bool idle(bool hold = false) const { return level_ == 0 && ready_ == !hold; }

  void reset() {
    head_ = tail_ = level_ = 0;
    level_d_ = 0;
    ready_ = ready_d_ = false;
    push_ = pop_ = false;
  }

  // Inputs of this cycle. in_data is read only when a push happens; its slot is not visible before
  // commit().
  void eval(bool in_valid, const T& in_data, bool out_ready, bool hold = false) {
    push_ = in_valid && ready_;
    if (push_) slots_[tail_] = in_data;
    finish_eval(out_ready, hold);
  }
  // A cycle without in_valid.
  void eval(bool out_ready, bool hold = false) {
    push_ = false;
    finish_eval(out_ready, hold);
  }

  void commit() {
    if (push_ && ++tail_ == depth_) tail_ = 0;
    if (pop_ && ++head_ == depth_) head_ = 0;
    level_ = level_d_;
    ready_ = ready_d_;
  }

  void checkpoint(StateIo& io) {
    io.elements(slots_.get(), depth_);
    io(head_, tail_, level_, level_d_, ready_, ready_d_, push_, pop_);
  }

 private:
  void finish_eval(bool out_ready, bool hold) {
    pop_ = level_ != 0 && out_ready;
    level_d_ = level_ + push_ - pop_;
    ready_d_ = !hold && level_d_ != depth_;
  }

  size_t depth_;
  std::unique_ptr<T[]> slots_;
  size_t head_ = 0;
  size_t tail_ = 0;
  size_t level_ = 0;
  size_t level_d_ = 0;
  bool ready_ = false;
  bool ready_d_ = false;
  bool push_ = false;
  bool pop_ = false;
};

}  // namespace fp
