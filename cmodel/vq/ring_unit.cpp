// SPDX-License-Identifier: Apache-2.0
#include "cmodel/vq/ring_unit.hpp"

namespace fp::vq {

void RingUnit::eval(int granted, const std::array<RingReq, kNumClients>& reqs, const RingSlot& slot,
                    const RingCfg& bind, bool sweep) {
  const bool wr = state_ == State::kWr;
  const bool sweeping = state_ == State::kSweep;
  bool row_rd = false, map_rd = false;
  uint32_t row_addr = 0, map_addr = 0;
  state_d_ = state_;
  load_req_ = load_ans_ = false;
  ring_d_ = ring_;
  bound_d_ = bound_;
  sweep_d_ = sweep_;

  switch (state_) {
    case State::kIdle:
      if (sweep && init_done()) {
        state_d_ = State::kSweep;
        sweep_d_ = 0;
      } else if (granted >= 0) {
        req_d_ = reqs[granted];
        load_req_ = true;
        client_d_ = granted;
        const bool lookup = req_d_.op == Op::kRxBegin || req_d_.op == Op::kCredit;
        if (lookup) {
          map_rd = true;
          map_addr = req_d_.conn_id % kNumConns;
          state_d_ = State::kMap;
        } else {
          row_rd = true;
          row_addr = req_d_.ring % kNumRings;
          state_d_ = State::kRow;
        }
        ring_d_ = static_cast<uint16_t>(req_d_.ring % kNumRings);
      }
      break;
    case State::kMap:
      row_rd = true;
      row_addr = map_.rd_data();
      ring_d_ = map_.rd_data();
      state_d_ = State::kRow;
      break;
    case State::kRow:
      execute(slot, bind);
      load_ans_ = true;
      state_d_ = State::kWr;
      break;
    case State::kWr:
      state_d_ = State::kIdle;
      break;
    case State::kSweep:
      sweep_d_ = sweep_ + 1;
      bound_d_ = 0;
      if (sweep_ == kNumRings - 1) state_d_ = State::kIdle;
      break;
  }

  static const RingCfg kNoCfg{};
  static const RingState kNoState{};
  const uint32_t wr_addr = sweeping ? sweep_ : ring_;
  cfg_.eval((wr && cfg_we_) || sweeping, wr_addr, sweeping ? kNoCfg : cfg_new_, row_rd, row_addr);
  st_.eval((wr && st_we_) || sweeping, wr_addr, sweeping ? kNoState : ans_.st, row_rd, row_addr);
  map_.eval(wr && map_we_, cfg_new_.conn_id % kNumConns, ring_, map_rd, map_addr);
  arb_.eval(granted, granted >= 0, true);
}

void RingUnit::commit() {
  cfg_.commit();
  st_.commit();
  map_.commit();
  arb_.commit();
  state_ = state_d_;
  ring_ = ring_d_;
  bound_ = bound_d_;
  sweep_ = sweep_d_;
  if (load_req_) {
    req_ = req_d_;
    client_ = client_d_;
    lookup_ = req_.op == Op::kRxBegin || req_.op == Op::kCredit;
  }
  if (load_ans_) {
    ans_ = ans_d_;
    cfg_new_ = cfg_new_d_;
    cfg_we_ = cfg_we_d_;
    st_we_ = st_we_d_;
    map_we_ = map_we_d_;
  }
}

void RingUnit::execute(const RingSlot& slot, const RingCfg& bind) {
  const RingCfg& cfg = cfg_.rd_data();
  const RingState& st = st_.rd_data();
  RingCfg cfg_d = cfg;
  RingState d = st;
  RingAnswer a;
  bool cfg_we = false, st_we = true, bind_ok = false, want_sched = false;
  a.ring = ring_;
  a.cfg = cfg;
  a.len = req_.len;
  a.fault_data = req_.info;

  const uint32_t rx_size = uint32_t{1} << cfg.rx_log2;
  const uint32_t tx_size = uint32_t{1} << cfg.tx_log2;
  const uint32_t rx_used = st.rx_tail - st.rx_head;
  const uint32_t tx_used = st.tx_tail - st.tx_head;
  const uint32_t tx_used_new = slot.tx_tail - st.tx_head;
  const uint32_t rx_back = slot.rx_head - st.rx_head;
  const uint32_t seen_new = slot.tx_seen - st.tx_seen;
  const bool conn_match = cfg.valid && cfg.conn_id == req_.conn_id;
  const bool rx_live = !st.stopped && !st.closing && !st.rx_fin;
  const bool tx_live = cfg.valid && !st.stopped && !st.closing;
  const bool tx_work =
      tx_live && !st.fin_sent && (st.ctl_rst || st.ctl_fin || st.tx_tail != st.tx_fetch);
  const bool bad_tx =
      tx_used_new > tx_size || tx_used_new < tx_used || (st.ctl_fin && slot.tx_tail != st.tx_tail);
  const bool bad_rx = rx_back > rx_used;
  const bool bad_seen = seen_new > st.tx_head - st.tx_seen;
  const auto stop = [&](Fault code) {
    d.stopped = true;
    d.err_due = true;
    a.fault = true;
    a.fault_code = code;
  };

  switch (req_.op) {
    case Op::kBind:
      if (cfg.valid) {
        a.res = kNo;
        st_we = false;
      } else {
        cfg_d = bind;
        cfg_d.valid = true;
        cfg_we = true;
        d = {};
        bind_ok = true;
      }
      break;
    case Op::kClear:
      if (!cfg.valid || st.closing) {
        a.res = kNo;
      } else {
        d.closing = true;
      }
      break;
    case Op::kOpen:
      if (!cfg.valid || st.closing) {
        a.res = kNo;
      } else {
        d.open_due = true;
      }
      break;
    case Op::kRxBegin:
      if (!conn_match) {
        a.res = kUnknown;
        a.fault = true;
        a.fault_code = Fault::kConnUnknown;
      } else if (cfg.gen != req_.gen) {
        a.res = kStale;
        a.fault = true;
        a.fault_code = Fault::kConnStale;
      } else if (!rx_live) {
        a.res = kClosed;
        a.inc_closed = true;
      } else if (req_.len > rx_size - rx_used) {
        a.res = kOverrun;
        stop(Fault::kRxOverrun);
      } else {
        d.rx_busy = true;
      }
      break;
    case Op::kRxEnd:
      d.rx_busy = false;
      if (req_.fault) {
        stop(req_.kind & 1 ? Fault::kReadError : Fault::kWindow);
      } else {
        a.inc_rx = true;
        d.rx_tail = st.rx_tail + req_.len;
        if (req_.len != 0 && (!st.rx_out || cfg.eager)) d.rx_due = d.rx_out = true;
        if (req_.fin) d.fin_due = true;
        if (req_.rst) d.rst_due = true;
        if (req_.fin || req_.rst) d.rx_fin = true;
        if (req_.err) d.err_due = d.stopped = true;
      }
      break;
    case Op::kTxBegin:
      d.sched = false;
      if (tx_work) {
        d.inflight = (st.inflight + 1) & 0x3f;
        d.park_i = true;
      } else {
        a.res = kNo;
      }
      break;
    case Op::kTxIssue:
      d.inflight = (st.inflight - 1) & 0x3f;
      a.res = kNo;
      switch (req_.kind) {
        case kIssuePark:
          a.inc_parked = true;
          break;
        case kIssueWait:
          d.park_i = false;
          want_sched = d.inflight == 0;
          break;
        case kIssueFault:
          d.park_i = false;
          stop(Fault::kWindow);
          break;
        default:
          d.park_i = false;
          want_sched = true;
          if (tx_live && !st.fin_sent && st.tx_fetch == req_.start) {
            a.res = kOk;
            d.inflight = st.inflight;
            d.tx_fetch = st.tx_fetch + req_.len;
            a.fin = st.ctl_fin && d.tx_fetch == st.tx_tail && !req_.rst;
            d.fin_sent = a.fin || req_.rst;
          }
          break;
      }
      break;
    case Op::kTxCheck:
      if (tx_live && st.tx_head == req_.start) {
        d.park_w = true;
      } else {
        a.res = kNo;
      }
      break;
    case Op::kTxDone:
      d.inflight = (st.inflight - 1) & 0x3f;
      want_sched = true;
      switch (req_.kind) {
        case kDoneOk:
          a.inc_tx = true;
          d.park_w = false;
          d.tx_head = st.tx_head + req_.len;
          if (req_.len != 0 && !st.tf_out) d.tf_due = d.tf_out = true;
          break;
        case kDoneRefused:
          a.inc_refused = true;
          d.tx_fetch = st.tx_head;
          d.fin_sent = false;
          // Still parked: mbuf will say when. Already unparked: it has said so.
          want_sched = !st.park_w;
          break;
        case kDoneErr:
          d.park_w = false;
          stop(Fault::kCplError);
          break;
        default:
          a.inc_discarded = true;
          break;
      }
      break;
    case Op::kDb:
      if (!tx_live) break;
      if (bad_tx || bad_rx || bad_seen) {
        stop(Fault::kBadIndex);
        a.fault_data = bad_tx ? slot.tx_tail : bad_rx ? slot.rx_head : slot.tx_seen;
        break;
      }
      want_sched = true;
      d.tx_tail = slot.tx_tail;
      d.ctl_fin = st.ctl_fin || slot.fin;
      d.ctl_rst = st.ctl_rst || slot.rst;
      if (rx_back != 0) {
        a.cret = rx_back;
        d.rx_head = slot.rx_head;
        d.rx_out = d.rx_due = rx_back != rx_used;
      }
      if (seen_new != 0) {
        d.tx_seen = slot.tx_seen;
        d.tf_out = d.tf_due = slot.tx_seen != st.tx_head;
      }
      break;
    case Op::kEvent:
      d.evq = false;
      a.ev.ring = ring_;
      a.ev.gen = cfg.gen;
      a.ev.tail = st.rx_tail;
      if (st.open_due || st.rx_due || st.fin_due || st.rst_due || st.err_due) {
        a.ev_valid = true;
        a.ev.open = st.open_due;
        a.ev.rx = st.rx_due;
        a.ev.fin = st.fin_due;
        a.ev.rst = st.rst_due;
        a.ev.err = st.err_due;
        d.open_due = d.rx_due = d.fin_due = d.rst_due = d.err_due = false;
      } else if (st.tf_due) {
        a.ev_valid = true;
        a.ev.txfree = true;
        a.ev.tail = st.tx_head;
        d.tf_due = false;
      } else if (st.gone_due) {
        a.ev_valid = true;
        a.ev.gone = true;
        a.gone = true;
        cfg_d = {};
        cfg_we = true;
        d = {};
      }
      break;
    case Op::kCredit:
      if (conn_match && cfg.gen == req_.gen && (st.park_i || st.park_w)) {
        d.park_i = d.park_w = false;
        want_sched = true;
      }
      break;
    default:
      st_we = false;
      break;
  }

  // What every operation may have brought about.
  a.sched_push = want_sched && cfg_d.valid && !d.stopped && !d.closing && !d.fin_sent && !d.sched &&
                 (d.ctl_rst || d.ctl_fin || d.tx_tail != d.tx_fetch);
  if (a.sched_push) d.sched = true;
  if (cfg_d.valid && d.closing && d.inflight == 0 && !d.rx_busy && !d.sched) d.gone_due = true;
  const bool due =
      d.open_due || d.rx_due || d.fin_due || d.rst_due || d.err_due || d.tf_due || d.gone_due;
  a.due_push = cfg_d.valid && due && !d.evq;
  if (a.due_push) d.evq = true;
  // A conn_id without a ring names a row that is somebody else's.
  if (lookup_ && (!conn_match || a.res == kStale)) {
    st_we = false;
    a.sched_push = a.due_push = false;
  }
  if (!cfg_d.valid && !cfg_we) {
    st_we = false;
    a.due_push = false;
  }

  a.st = d;
  a.slot_clr = bind_ok;
  a.fault_index = a.fault_code == Fault::kConnUnknown || a.fault_code == Fault::kConnStale
                      ? req_.conn_id
                      : ring_;
  ans_d_ = a;
  cfg_new_d_ = cfg_d;
  cfg_we_d_ = cfg_we;
  st_we_d_ = st_we;
  map_we_d_ = bind_ok;
  if (bind_ok) {
    bound_d_ = bound_ + 1;
  } else if (a.gone) {
    bound_d_ = bound_ - 1;
  }
}

}  // namespace fp::vq
