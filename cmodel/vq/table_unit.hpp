// SPDX-License-Identifier: Apache-2.0
//
// Table commands and function-level reset; owns the queue row and the window rows. Twin of
// rtl/vq/vq_tbl.sv.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "cmodel/vq/ring_unit.hpp"
#include "cmodel/vq/windows.hpp"
#include "contract/vq.hpp"

namespace fp::vq {

class TableUnit {
 public:
  static constexpr unsigned kImageWords = 8;
  using Image = std::array<uint32_t, kImageWords>;
  enum class State : uint8_t { kIdle, kExec, kRing, kEvWait, kFlrWait, kSweep, kFlrEnd };
  struct In {
    bool op_qe = false, flr_qe = false, rsp = false, ev_busy = false, quiet = false;
    bool sweep_done = false;
    uint8_t op = 0, table = 0, flr_fn = 0;
    uint16_t index = 0;
    unsigned bound = 0;
    Image data{};
    const RingAnswer* answer = nullptr;
  };
  struct Pulses {
    bool data_we = false, flr_done = false, ev_clear = false, fault = false;
    Fault code = Fault::kNone;
    uint32_t index = 0;
    Image data{};
  };

  bool cmd_busy(bool op_qe) const { return q_.cmd || op_qe; }
  bool flr_busy(bool flr_qe) const { return q_.flr || flr_qe; }
  bool idle() const { return q_.state == State::kIdle && !q_.cmd && !q_.flr; }
  bool error() const { return q_.error; }
  Fault code() const { return q_.code; }
  const VqCfg& vq() const { return q_.vq; }
  const Windows& windows() const { return windows_; }
  bool block() const { return q_.state == State::kFlrWait || sweep(); }
  bool sweep() const { return q_.state == State::kSweep; }
  bool req_valid() const { return q_.state == State::kRing; }
  RingReq req() const {
    RingReq r;
    r.ring = q_.index;
    r.op = Op::kRead;
    if (is(TableId::kRing)) {
      if (op_is(TableOp::kWrite)) r.op = Op::kBind;
      if (op_is(TableOp::kClear)) r.op = Op::kClear;
      if (op_is(TableOp::kOpen)) r.op = Op::kOpen;
    }
    return r;
  }

  void reset() {
    q_ = d_ = S{};
    windows_ = {};
    win_write_ = win_clear_fn_ = false;
  }

  Pulses eval(const In& in);

  void commit() {
    if (win_write_) windows_[win_at_] = win_row_;
    if (win_clear_fn_) {
      for (WindowCfg& w : windows_) {
        if (w.fn == q_.flr_fn) w = {};
      }
    }
    q_ = d_;
  }

  void checkpoint(StateIo& io) {
    io(q_, d_, windows_, win_row_, win_at_, win_write_, win_clear_fn_);
  }

 private:
  struct S {
    State state = State::kIdle;
    bool cmd = false, flr = false, error = false;
    uint8_t op = 0, table = 0, flr_fn = 0;
    uint16_t index = 0;
    Fault code = Fault::kNone;
    VqCfg vq;
  };

  bool is(TableId id) const { return q_.table == static_cast<uint8_t>(id); }
  bool op_is(TableOp op) const { return q_.op == static_cast<uint8_t>(op); }
  Fault check(const In& in) const;

  S q_, d_;
  Windows windows_{};
  WindowCfg win_row_;
  unsigned win_at_ = 0;
  bool win_write_ = false, win_clear_fn_ = false;
};

}  // namespace fp::vq
