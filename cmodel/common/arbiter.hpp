// SPDX-License-Identifier: Apache-2.0
//
// Cycle-exact twins of rtl/common/rr_arbiter.sv and wrr_arbiter.sv for use inside a block model.
// Grant and pointer rules: docs/uarch/common.md.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>

#include "cmodel/common/state_io.hpp"

namespace fp {

// Fair choice among 2..64 requesters, held from a frame's first to its last beat.
class RrArbiter {
 public:
  explicit RrArbiter(unsigned n) : n_(n) { assert(n >= 2 && n <= 64); }

  void reset() { ptr_ = ptr_d_ = 0, lock_ = lock_d_ = kNobody; }

  // Index granted to the requests in `req` (bit i = requester i), kNobody for none. Registers only:
  // as often as wanted in a cycle.
  int pick(uint64_t req) const {
    if (lock_ != kNobody) return (req >> lock_) & 1 ? lock_ : kNobody;
    if (req == 0) return kNobody;
    const uint64_t preferred = req >> ptr_ << ptr_;
    return std::countr_zero(preferred != 0 ? preferred : req);
  }

  // `granted` is pick() of this cycle; accept: its beat moves; last: and ends its frame.
  void eval(int granted, bool accept, bool last) {
    ptr_d_ = ptr_;
    lock_d_ = lock_;
    if (!accept) return;
    assert(granted != kNobody);
    lock_d_ = last ? kNobody : granted;
    if (last) ptr_d_ = static_cast<unsigned>(granted) + 1 == n_ ? 0 : granted + 1;
  }
  void commit() {
    ptr_ = ptr_d_;
    lock_ = lock_d_;
  }

  static constexpr int kNobody = -1;

  void checkpoint(StateIo& io) { io(ptr_, ptr_d_, lock_, lock_d_); }

 private:
  unsigned n_;
  unsigned ptr_ = 0;
  unsigned ptr_d_ = 0;
  int lock_ = kNobody;
  int lock_d_ = kNobody;
};

// Weighted round robin in frames per turn.
class WrrArbiter {
 public:
  explicit WrrArbiter(unsigned n) : n_(n) { assert(n >= 2 && n <= 64); }

  void reset() {
    ptr_ = ptr_d_ = 0;
    lock_ = lock_d_ = kNobody;
    left_ = left_d_ = 0;
  }

  // As RrArbiter::pick.
  int pick(uint64_t req) const {
    if (lock_ != kNobody) return (req >> lock_) & 1 ? lock_ : kNobody;
    if (req == 0) return kNobody;
    const uint64_t preferred = req >> ptr_ << ptr_;
    return std::countr_zero(preferred != 0 ? preferred : req);
  }

  // As RrArbiter::eval; `weight` is the granted requester's, in frames per turn, 0 counts as 1.
  void eval(int granted, bool accept, bool last, uint32_t weight) {
    ptr_d_ = ptr_;
    lock_d_ = lock_;
    left_d_ = left_;
    if (!accept) return;
    assert(granted != kNobody);
    lock_d_ = last ? kNobody : granted;
    if (!last) return;
    const unsigned g = static_cast<unsigned>(granted);
    const bool open = g == ptr_ && left_ != 0;
    left_d_ = open ? left_ - 1 : (weight == 0 ? 0 : weight - 1);
    ptr_d_ = left_d_ != 0 ? g : (g + 1 == n_ ? 0 : g + 1);
  }
  void commit() {
    ptr_ = ptr_d_;
    lock_ = lock_d_;
    left_ = left_d_;
  }

  static constexpr int kNobody = -1;

  void checkpoint(StateIo& io) { io(ptr_, ptr_d_, lock_, lock_d_, left_, left_d_); }

 private:
  unsigned n_;
  unsigned ptr_ = 0;
  unsigned ptr_d_ = 0;
  int lock_ = kNobody;
  int lock_d_ = kNobody;
  uint32_t left_ = 0;
  uint32_t left_d_ = 0;
};

}  // namespace fp
