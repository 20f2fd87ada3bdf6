// SPDX-License-Identifier: Apache-2.0
#include "cmodel/vq/vq_model.hpp"

#include <algorithm>

namespace fp::vq {

namespace {

unsigned pcie_log2(uint8_t value) { return std::clamp<unsigned>(value, kMpsLog2Min, kMpsLog2Max); }

template <class T>
const T* head(const StreamFifo<T>& fifo) {
  return fifo.out_valid() ? &fifo.out_data() : nullptr;
}

}  // namespace

void VqModel::reset() {
  const AxilReq* const req = csr.req;
  regs_.reset();
  csr.req = req;
  ring_.reset();
  db_.reset();
  rx_.reset();
  txi_.reset();
  txw_.reset();
  ev_.reset();
  tbl_.reset();
  sched_.reset();
  due_.reset();
  rxd_.reset();
  rdd_.reset();
  seg_.reset();
  cevt_fifo_.reset();
  posted_.reset();
  wd_.reset();
  cret_fifo_.reset();
  q_ = d_ = {};
  sweep_ = false;
  hw_ = {};
  publish();
}

void VqModel::eval(uint64_t now) {
  const Reg2Hw& reg = regs_.reg2hw();
  const VqCfg& vq = tbl_.vq();
  const Windows& windows = tbl_.windows();
  const RingAnswer& ans = ring_.answer();
  const bool init = init_done();
  const bool hold = hold_work();
  const bool block = tbl_.block();
  sweep_ = tbl_.sweep();
  const unsigned mps = pcie_log2(reg.dma_cfg_mps_log2_q);
  const unsigned mrrs = pcie_log2(reg.dma_cfg_mrrs_log2_q);
  const bool flr_qe = reg.flr_go_qe && reg.flr_go_q;
  TableUnit::Image image;
  std::copy(reg.tbl_data_word_q.begin(), reg.tbl_data_word_q.end(), image.begin());

  // Who asks the ring unit.
  std::array<RingReq, kNumClients> reqs;
  uint64_t mask = 0;
  const auto ask = [&](int client, bool valid, auto&& make) {
    if (!valid) return;
    mask |= uint64_t{1} << client;
    reqs[client] = make();
  };
  const common::MsgDesc* const rxd = head(rxd_);
  const TxSeg* const seg = head(seg_);
  ask(kClTbl, tbl_.req_valid(), [&] { return tbl_.req(); });
  ask(kClRx, rx_.req_valid(), [&] { return rx_.req(*rxd); });
  ask(kClTxi, txi_.req_valid(sched_.out_valid(), block, seg_.in_ready()),
      [&] { return txi_.req(sched_.out_valid() ? sched_.out_data() : 0); });
  ask(kClTxw, txw_.req_valid(), [&] { return txw_.req(*seg); });
  ask(kClDb, db_.ring_valid() && !q_.cret_db && !block, [&] {
    RingReq r;
    r.op = Op::kDb;
    r.ring = db_.ring();
    return r;
  });
  ask(kClEv, ev_.req_valid(vq, block, due_.out_valid()), [&] {
    RingReq r;
    r.op = Op::kEvent;
    r.ring = due_.out_data();
    return r;
  });
  ask(kClCevt, cevt_fifo_.out_valid() && !block, [&] {
    RingReq r;
    r.op = Op::kCredit;
    r.conn_id = cevt_fifo_.out_data().conn_id;
    r.gen = cevt_fifo_.out_data().gen;
    return r;
  });
  const int granted = ring_.pick(mask, sweep_);
  const bool txi_pop = granted == kClTxi && reqs[kClTxi].op == Op::kTxBegin;
  const RingCfg bind = RingCfg::unpack(image.data());
  const bool slot_clr = ring_.wr() && ans.slot_clr;
  const bool quiet = ring_.idle() && !rx_.busy() && !txi_.busy() && txw_.idle() &&
                     !seg_.out_valid() && !ev_.busy();

  // Doorbells.
  const Doorbells::Decoded bell = db_.decode(vq, slot_clr);
  bool merged = false;
  db_.eval(db.fires() ? db.data : nullptr, bell, granted == kClDb, slot_clr, ans.ring, sweep_, hold,
           &merged);

  // Credit returns: what the host released before what RX dropped.
  d_ = q_;
  const bool rx_cret = rx_.state() == RxEngine::State::kCret;
  mbuf::MbufCret cret_in = q_.cret;
  if (!q_.cret_db && rxd != nullptr) {
    cret_in.conn.conn_id = rxd->conn_id;
    cret_in.conn.gen = rxd->gen;
    cret_in.bytes = rxd->seg_len;
  }
  const bool cret_ready = cret_fifo_.in_ready();
  cret_fifo_.eval(q_.cret_db || rx_cret, cret_in, *cret.ready);
  if (ring_.rsp(kClDb)) {
    d_.cret_db = ans.cret != 0;
    d_.cret.conn.conn_id = ans.cfg.conn_id;
    d_.cret.conn.gen = ans.cfg.gen;
    d_.cret.bytes = ans.cret;
  } else if (cret_ready) {
    d_.cret_db = false;
  }

  // Posted queue: an event goes first, but never into an open TLP.
  const ReadBeat* const beat = head(rdd_);
  const bool post_ready = posted_.in_ready();
  const bool ev_wr = ev_.state() == EventUnit::State::kWrite;
  const bool ev_msix = ev_.state() == EventUnit::State::kMsix;
  const bool ev_ready = post_ready && !q_.tlp_open;
  const bool rx_ready = post_ready && (q_.tlp_open || !(ev_wr || ev_msix));
  const bool rx_posts = rx_.write_beat(beat, vq.fn, mps, nullptr);
  const bool post_valid = rx_posts || (!q_.tlp_open && (ev_wr || ev_msix));
  const bool po_valid = posted_.out_valid();
  const bool po_msix = po_valid && posted_.out_data().is_msix;
  const bool po_pop = po_msix ? *msix.ready : *dma_wr.ready;
  const bool tlp_out = po_valid && !po_msix && *dma_wr.ready && posted_.out_data().wr.last;
  if (post_valid && post_ready) {
    post_in_.is_msix = !q_.tlp_open && ev_msix;
    if (!q_.tlp_open && ev_wr) {
      post_in_.wr = ev_.write(vq);
    } else if (post_in_.is_msix) {
      post_in_.msix.vector = vq.vector;
      post_in_.msix.fn = vq.fn;
    } else {
      rx_.write_beat(beat, vq.fn, mps, &post_in_.wr);
      d_.tlp_open = !post_in_.wr.last;
    }
    posted_.eval(true, post_in_, po_pop);
  } else {
    posted_.eval(po_pop);
  }

  // RX.
  RxEngine::In rx_in;
  rx_in.desc = rxd;
  rx_in.beat = beat;
  rx_in.block = block;
  rx_in.rsp = ring_.rsp(kClRx);
  rx_in.rd_ready = *rd.ready;
  rx_in.free_ready = *free.ready;
  rx_in.cret_ready = cret_ready && !q_.cret_db;
  rx_in.wr_ready = rx_ready;
  rx_in.answer = &ans;
  rx_in.windows = &windows;
  rx_in.fn = vq.fn;
  rx_in.mps_log2 = mps;
  const RxEngine::Out rx_out = rx_.eval(rx_in);
  if (desc_rx.fires()) {
    rxd_.eval(true, *desc_rx.data, rx_out.desc_pop, hold);
  } else {
    rxd_.eval(rx_out.desc_pop, hold);
  }
  if (rdata.fires()) {
    beat_in_.data = rdata.data->data;
    beat_in_.last = rdata.data->last;
    beat_in_.err = rdata.data->err;
    rdd_.eval(true, beat_in_, rx_out.beat_pop, !init);
  } else {
    rdd_.eval(rx_out.beat_pop, !init);
  }

  // TX.
  const bool rd_fire = txi_.state() == TxIssue::State::kRead && txw_.tag_free() && *dma_rd.ready;
  TxWriter::In tw;
  tw.cpl = *dma_rd_data.valid && q_.cpl_ready ? dma_rd_data.data : nullptr;
  tw.seg = seg;
  tw.desc = wd_.out_valid() ? &wd_.out_data() : nullptr;
  tw.rd_fire = rd_fire;
  tw.rd_seg_end = txi_.rd_seg_end(mrrs);
  tw.rd_len = txi_.rd_len(mrrs);
  tw.rsp = ring_.rsp(kClTxw);
  tw.wr_ready = *wr.ready;
  tw.desc_tx_ready = *desc_tx.ready;
  tw.ts = (now * reg.dma_cfg_ns_per_cycle_q) & ((uint64_t{1} << 48) - 1);
  tw.answer = &ans;
  const TxWriter::Result tw_out = txw_.eval(tw);
  if (desc.fires()) {
    wd_.eval(true, *desc.data, tw_out.desc_pop, !init);
  } else {
    wd_.eval(tw_out.desc_pop, !init);
  }
  TxIssue::In ti;
  ti.grant = granted == kClTxi;
  ti.rsp = ring_.rsp(kClTxi);
  ti.cq_ready = *cq.ready;
  ti.seg_ready = seg_.in_ready();
  ti.rd_fire = rd_fire;
  ti.cr_valid = *cr.valid;
  if (ti.cr_valid) {
    ti.cr_ok = cr.data->ok;
    ti.cr_bytes = cr.data->bytes;
  }
  ti.answer = &ans;
  ti.windows = &windows;
  ti.fn = vq.fn;
  ti.mrrs_log2 = mrrs;
  txi_.eval(ti);
  seg_.eval(txi_.state() == TxIssue::State::kSeg, txi_.seg(), tw_out.seg_pop);
  if (cevt.fires()) {
    cevt_fifo_.eval(true, *cevt.data, granted == kClCevt, !init);
  } else {
    cevt_fifo_.eval(granted == kClCevt, !init);
  }

  // Tables before events: what they clear counts in this cycle.
  TableUnit::In tb;
  tb.op_qe = reg.tbl_cmd_op_qe;
  tb.flr_qe = flr_qe;
  tb.rsp = ring_.rsp(kClTbl);
  tb.ev_busy = ev_.busy();
  tb.quiet = quiet;
  tb.sweep_done = ring_.sweep_done();
  tb.op = reg.tbl_cmd_op_q;
  tb.table = reg.tbl_cmd_table_id_q;
  tb.flr_fn = reg.flr_fn_q;
  tb.index = reg.tbl_cmd_index_q;
  tb.bound = ring_.bound();
  tb.data = image;
  tb.answer = &ans;
  const bool tbl_busy = tbl_.cmd_busy(reg.tbl_cmd_op_qe);
  const bool flr_busy = tbl_.flr_busy(flr_qe);
  const TableUnit::Pulses tp = tbl_.eval(tb);

  EventUnit::In ei;
  ei.block = block;
  ei.clear = tp.ev_clear;
  ei.ev_head = bell.ev_head;
  ei.arm = bell.arm;
  ei.db_data = bell.data;
  ei.due_valid = due_.out_valid();
  ei.grant = granted == kClEv;
  ei.rsp = ring_.rsp(kClEv);
  ei.ready = ev_ready;
  ei.answer = &ans;
  ei.windows = &windows;
  ei.cfg = &vq;
  const EventUnit::Pulses ep = ev_.eval(ei);

  // Ring unit and its queues.
  sched_.eval(ring_.wr() && ans.sched_push, ans.ring, txi_pop);
  due_.eval(ring_.wr() && ans.due_push, ans.ring, granted == kClEv);
  ring_.eval(granted, reqs, db_.slot(), bind, sweep_);
  d_.cpl_ready = init;

  // Registers.
  const bool rf = ring_.wr() && ans.fault;
  const auto is = [&](Fault f) { return rf && ans.fault_code == f; };
  const bool any = rf || bell.bad || ep.bad_head || ep.bad_window || tw_out.bad_cpl || tp.fault;
  hw_ = {};
  hw_.status_init_done_d = init;
  hw_.status_tbl_busy_d = hw_.tbl_status_busy_d = tbl_busy;
  hw_.status_idle_d = work_idle_;
  hw_.status_flr_busy_d = flr_busy;
  hw_.status_vq_fault_d = ev_.fault();
  hw_.status_bound_d = static_cast<uint8_t>(ring_.bound());
  hw_.irq_status_err_d = hw_.irq_status_gone_d = hw_.irq_status_flr_done_d = true;
  hw_.irq_status_err_de = any;
  hw_.irq_status_gone_de = ring_.wr() && ans.gone;
  hw_.irq_status_flr_done_de = tp.flr_done;
  hw_.ev_tail_count_d = ev_.tail();
  hw_.ev_head_count_d = ev_.head();
  hw_.tbl_status_error_d = tbl_.error();
  hw_.tbl_status_code_d = static_cast<uint8_t>(tbl_.code());
  hw_.tbl_data_word_d = tp.data;
  hw_.tbl_data_word_de.fill(tp.data_we);
  const bool inc_rx = ring_.wr() && ans.inc_rx;
  const bool inc_tx = ring_.wr() && ans.inc_tx;
  hw_.rx_msgs_inc = inc_rx;
  hw_.rx_bytes_inc = inc_rx ? ans.len : 0;
  hw_.tx_segs_inc = inc_tx;
  hw_.tx_bytes_inc = inc_tx ? ans.len : 0;
  hw_.events_inc = ep.event;
  hw_.msix_inc = ep.msix;
  hw_.doorbells_inc = bell.pop;
  hw_.db_merged_inc = merged;
  hw_.tlp_wr_inc = tlp_out;
  hw_.tlp_rd_inc = rd_fire;
  hw_.tx_parked_inc = ring_.wr() && ans.inc_parked;
  hw_.tx_refused_inc = ring_.wr() && ans.inc_refused;
  hw_.tx_discarded_inc = ring_.wr() && ans.inc_discarded;
  hw_.ev_held_inc = ep.held;
  hw_.drop_conn_unknown_inc = is(Fault::kConnUnknown);
  hw_.drop_conn_stale_inc = is(Fault::kConnStale);
  hw_.drop_ring_closed_inc = ring_.wr() && ans.inc_closed;
  hw_.fault_rx_overrun_inc = is(Fault::kRxOverrun);
  hw_.fault_window_inc = is(Fault::kWindow);
  hw_.fault_cpl_error_inc = is(Fault::kCplError);
  hw_.fault_bad_index_inc = is(Fault::kBadIndex);
  hw_.fault_bad_doorbell_inc = bell.bad;
  hw_.fault_bad_ev_head_inc = ep.bad_head;
  hw_.fault_ev_window_inc = ep.bad_window;
  hw_.fault_read_error_inc = is(Fault::kReadError);
  hw_.fault_bad_completion_inc = tw_out.bad_cpl;
  // In one cycle: the ring unit's first, then doorbells, events, completions, tables.
  Fault code = tp.code;
  uint32_t index = tp.index, data = 0;
  if (rf) {
    code = ans.fault_code;
    index = ans.fault_index;
    data = ans.fault_data;
  } else if (bell.bad) {
    code = Fault::kBadDoorbell;
    index = bell.slot;
    data = bell.addr;
  } else if (ep.bad_head) {
    code = Fault::kBadEvHead;
    index = 0;
    data = bell.data;
  } else if (ep.bad_window) {
    code = Fault::kEvWindow;
    index = 0;
    data = ep.bad_page;
  } else if (tw_out.bad_cpl) {
    code = Fault::kBadCompletion;
    index = dma_rd_data.data->tag;
  }
  const bool record = any && !reg.err_first_valid_q;
  hw_.err_first_valid_d = true;
  hw_.err_first_valid_de = any;
  hw_.err_first_code_d = static_cast<uint8_t>(code);
  hw_.err_first_index_d = index;
  hw_.err_data_data_d = data;
  hw_.err_first_code_de = hw_.err_first_index_de = hw_.err_data_data_de = record;
  hw_.err_count_inc =
      static_cast<uint8_t>(rf + bell.bad + ep.bad_head + ep.bad_window + tw_out.bad_cpl + tp.fault);
  regs_.axil.port.req = csr.req;
  regs_.eval(hw_);
}

void VqModel::commit() {
  regs_.commit();
  ring_.commit();
  db_.commit();
  rx_.commit();
  txi_.commit();
  txw_.commit();
  ev_.commit();
  tbl_.commit();
  sched_.commit();
  due_.commit();
  if (sweep_) {
    sched_.reset();
    due_.reset();
  }
  rxd_.commit();
  rdd_.commit();
  seg_.commit();
  cevt_fifo_.commit();
  posted_.commit();
  wd_.commit();
  cret_fifo_.commit();
  q_ = d_;
  publish();
}

void VqModel::publish() {
  const Reg2Hw& reg = regs_.reg2hw();
  const unsigned mrrs = pcie_log2(reg.dma_cfg_mrrs_log2_q);
  const bool init = init_done();
  const bool hold = hold_work();
  const VqCfg& vq = tbl_.vq();

  desc_rx.ready = rxd_.in_ready();
  rdata.ready = rdd_.in_ready();
  cevt.ready = cevt_fifo_.in_ready();
  desc.ready = wd_.in_ready();
  dma_rd_data.ready = q_.cpl_ready;
  db.ready = db_.in_ready();
  cr.ready = txi_.state() == TxIssue::State::kCr;

  rd.valid = rx_.state() == RxEngine::State::kRead;
  if (rd.valid) {
    const common::MsgDesc& m = rxd_.out_data();
    rd.data.conn.conn_id = m.conn_id;
    rd.data.conn.gen = m.gen;
    rd.data.first_cell = m.first_cell;
    rd.data.offset = m.offset;
    rd.data.len = m.seg_len;
  }
  free.valid = rx_.state() == RxEngine::State::kFree;
  if (free.valid) free.data = rxd_.out_data();
  cret.valid = cret_fifo_.out_valid();
  if (cret.valid) cret.data = cret_fifo_.out_data();
  cq.valid = txi_.state() == TxIssue::State::kCq;
  if (cq.valid) {
    cq.data.conn_id = txi_.conn_id();
    cq.data.gen = txi_.gen();
  }
  wr.valid = txw_.wr_valid();
  if (wr.valid) {
    const TxSeg& s = seg_.out_data();
    wr.data = {};
    wr.data.conn.conn_id = s.conn_id;
    wr.data.conn.gen = s.gen;
    wr.data.dir = s.dir;
    wr.data.cls = static_cast<common::MsgCls>(s.cls);
    wr.data.fin = s.fin;
    wr.data.rst = s.rst;
    wr.data.err = txw_.wr_err();
    wr.data.err_code = wr.data.err ? static_cast<uint8_t>(Fault::kCplError) : 0;
    wr.data.ts = txw_.wr_ts();
    wr.data.last = txw_.wr_last();
    if (!txw_.wr_empty()) {
      wr.data.nbytes = txw_.wr_row().nbytes;
      wr.data.data = txw_.wr_row().data;
    }
  }
  desc_tx.valid = txw_.state() == TxWriter::State::kFwd;
  if (desc_tx.valid) desc_tx.data = txw_.desc_tx();
  const bool po = posted_.out_valid();
  dma_wr.valid = po && !posted_.out_data().is_msix;
  if (dma_wr.valid) dma_wr.data = posted_.out_data().wr;
  msix.valid = po && posted_.out_data().is_msix;
  if (msix.valid) msix.data = posted_.out_data().msix;
  dma_rd.valid = txi_.state() == TxIssue::State::kRead && txw_.tag_free();
  if (dma_rd.valid) {
    dma_rd.data.addr = txi_.rd_addr();
    dma_rd.data.len = txi_.rd_len(mrrs);
    dma_rd.data.tag = txw_.tag();
    dma_rd.data.fn = vq.fn;
  }
  csr.rsp = regs_.axil.port.rsp;
  irq.value = (reg.irq_status_err_q && reg.irq_enable_err_q) ||
              (reg.irq_status_gone_q && reg.irq_enable_gone_q) ||
              (reg.irq_status_flr_done_q && reg.irq_enable_flr_done_q);

  work_idle_ = ring_.idle() && !rx_.busy() && rxd_.empty() && !txi_.busy() && sched_.empty() &&
               txw_.idle() && seg_.empty() && ev_.idle(vq, tbl_.block(), due_.out_valid()) &&
               db_.idle(hold) && cevt_fifo_.empty() && posted_.empty() && rdd_.empty() &&
               !wd_.out_valid() && !q_.cret_db && !cret.valid;
  const bool settled = desc_rx.ready == !hold && rdata.ready && cevt.ready && desc.ready &&
                       q_.cpl_ready && cret_fifo_.in_ready() && posted_.in_ready() &&
                       sched_.in_ready() && due_.in_ready() && seg_.in_ready();
  const bool regs_idle =
      csr.rsp.awready && csr.rsp.wready && csr.rsp.arready && !reg.tbl_cmd_op_qe && !reg.flr_go_qe;
  idle_ = init && work_idle_ && tbl_.idle() && settled && regs_idle;
}

}  // namespace fp::vq
