// SPDX-License-Identifier: Apache-2.0
#include "cmodel/vq/table_unit.hpp"

namespace fp::vq {

Fault TableUnit::check(const In& in) const {
  if (is(TableId::kRing)) {
    if (q_.index >= kNumRings) return Fault::kTblBadIndex;
    if (op_is(TableOp::kWrite)) {
      const RingCfg ring = RingCfg::unpack(in.data.data());
      if (!q_.vq.valid || q_.index >= q_.vq.ring_count) return Fault::kTblBadIndex;
      if (ring.rx_log2 < kRingLog2Min || ring.tx_log2 < kRingLog2Min || ring.conn_id >= kNumConns ||
          ring.tx_cls == 3) {
        return Fault::kTblBadValue;
      }
      const uint32_t slots = uint32_t{1} << q_.vq.ev_log2;
      if (slots < 2 * (in.bound + 1) + kEvSlotSlack) return Fault::kTblEvSlots;
      return Fault::kNone;
    }
    const bool known = op_is(TableOp::kRead) || op_is(TableOp::kClear) || op_is(TableOp::kOpen);
    return known ? Fault::kNone : Fault::kTblBadOp;
  }
  if (is(TableId::kRingState)) {
    if (q_.index >= kNumRings) return Fault::kTblBadIndex;
    return op_is(TableOp::kRead) ? Fault::kNone : Fault::kTblBadOp;
  }
  if (is(TableId::kVq)) {
    if (q_.index >= kNumVqs) return Fault::kTblBadIndex;
    if (op_is(TableOp::kWrite)) {
      const VqCfg vq = VqCfg::unpack(in.data.data());
      if (in.bound != 0) return Fault::kTblInUse;
      const bool bad =
          vq.ev_log2 < kEvLog2Min || vq.ev_log2 > kEvLog2Max || vq.ring_count > kNumRings;
      return vq.valid && bad ? Fault::kTblBadValue : Fault::kNone;
    }
    return op_is(TableOp::kRead) ? Fault::kNone : Fault::kTblBadOp;
  }
  if (is(TableId::kWindow)) {
    if (q_.index >= kNumWindows) return Fault::kTblBadIndex;
    if (op_is(TableOp::kWrite)) {
      const WindowCfg w = WindowCfg::unpack(in.data.data());
      return w.base_page + w.pages > kPageMask + 1 ? Fault::kTblBadValue : Fault::kNone;
    }
    return op_is(TableOp::kRead) || op_is(TableOp::kClear) ? Fault::kNone : Fault::kTblBadOp;
  }
  return Fault::kTblBadTable;
}

TableUnit::Pulses TableUnit::eval(const In& in) {
  Pulses p;
  p.index = q_.index;
  d_ = q_;
  win_write_ = win_clear_fn_ = false;
  if (in.op_qe && !q_.cmd) {
    d_.cmd = true;
    d_.op = in.op;
    d_.table = in.table;
    d_.index = in.index;
  }
  if (in.flr_qe && !q_.flr) {
    d_.flr = true;
    d_.flr_fn = in.flr_fn;
  }
  const bool reading = op_is(TableOp::kRead);
  switch (q_.state) {
    case State::kIdle:
      if (q_.flr) {
        d_.state = q_.vq.valid && q_.vq.fn == q_.flr_fn ? State::kFlrWait : State::kFlrEnd;
      } else if (q_.cmd) {
        d_.state = State::kExec;
      }
      break;
    case State::kExec: {
      const Fault code = check(in);
      d_.error = code != Fault::kNone;
      d_.code = code;
      d_.cmd = false;
      d_.state = State::kIdle;
      if (code != Fault::kNone) {
        p.fault = true;
        p.code = code;
      } else if (is(TableId::kRing) || is(TableId::kRingState)) {
        d_.cmd = true;
        d_.state = State::kRing;
      } else if (is(TableId::kVq)) {
        if (reading) {
          p.data_we = true;
          q_.vq.pack(p.data.data());
        } else {
          d_.cmd = true;
          d_.state = State::kEvWait;
        }
      } else if (reading) {
        p.data_we = true;
        windows_[q_.index].pack(p.data.data());
      } else {
        win_write_ = true;
        win_at_ = q_.index;
        win_row_ = op_is(TableOp::kWrite) ? WindowCfg::unpack(in.data.data()) : WindowCfg{};
      }
      break;
    }
    case State::kRing:
      if (in.rsp) {
        const bool no = in.answer->res != kOk;
        const Fault code = op_is(TableOp::kWrite) ? Fault::kTblInUse : Fault::kTblNotBound;
        if (reading) {
          p.data_we = true;
          if (is(TableId::kRingState)) {
            in.answer->st.pack(p.data.data());
          } else {
            in.answer->cfg.pack(p.data.data());
          }
        }
        p.fault = no;
        p.code = code;
        d_.error = no;
        d_.code = no ? code : Fault::kNone;
        d_.cmd = false;
        d_.state = State::kIdle;
      }
      break;
    case State::kEvWait:
      // The GONE event of the last ring may still be on its way.
      if (!in.ev_busy) {
        p.ev_clear = true;
        d_.vq = VqCfg::unpack(in.data.data());
        d_.cmd = false;
        d_.state = State::kIdle;
      }
      break;
    case State::kFlrWait:
      if (in.quiet) d_.state = State::kSweep;
      break;
    case State::kSweep:
      p.ev_clear = true;
      d_.vq = {};
      if (in.sweep_done) d_.state = State::kFlrEnd;
      break;
    case State::kFlrEnd:
      p.flr_done = true;
      d_.flr = false;
      d_.state = State::kIdle;
      win_clear_fn_ = true;
      break;
  }
  return p;
}

}  // namespace fp::vq
