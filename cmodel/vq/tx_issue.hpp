// SPDX-License-Identifier: Apache-2.0
//
// TX issue: cuts segments out of TX rings within mbuf's credit and issues their reads. Twin of
// rtl/vq/vq_txi.sv.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "cmodel/vq/ring_unit.hpp"
#include "cmodel/vq/windows.hpp"
#include "contract/vq.hpp"

namespace fp::vq {

class TxIssue {
 public:
  enum class State : uint8_t { kIdle, kBegin, kCq, kCr, kXlate, kIssue, kSeg, kRead };
  struct In {
    bool grant = false, rsp = false, cq_ready = false, seg_ready = false, rd_fire = false;
    bool cr_valid = false, cr_ok = false;
    uint32_t cr_bytes = 0;
    const RingAnswer* answer = nullptr;
    const Windows* windows = nullptr;
    uint8_t fn = 0;
    unsigned mrrs_log2 = 9;
  };

  State state() const { return q_.state; }
  bool busy() const { return q_.state != State::kIdle; }
  bool req_valid(bool sched_valid, bool block, bool seg_ready) const {
    return (q_.state == State::kIdle && sched_valid && !block && seg_ready) ||
           q_.state == State::kIssue;
  }
  RingReq req(uint16_t sched_ring) const {
    RingReq r;
    const bool issue = q_.state == State::kIssue;
    r.op = issue ? Op::kTxIssue : Op::kTxBegin;
    r.ring = issue ? q_.ring : sched_ring;
    r.start = q_.start;
    r.len = q_.len;
    r.kind = q_.kind;
    r.rst = q_.rst;
    r.info = q_.raw;
    return r;
  }
  uint32_t conn_id() const { return q_.cfg.conn_id; }
  uint8_t gen() const { return q_.cfg.gen; }
  TxSeg seg() const {
    TxSeg s;
    s.start = q_.start;
    s.len = q_.len;
    s.ring = q_.ring;
    s.conn_id = q_.cfg.conn_id;
    s.gen = q_.cfg.gen;
    s.dir = q_.cfg.tx_dir;
    s.cls = q_.cfg.tx_cls;
    s.fin = q_.fin;
    s.rst = q_.rst;
    return s;
  }
  uint64_t rd_addr() const { return q_.page << kPageLog2 | q_.in_page; }
  uint16_t rd_len(unsigned mrrs_log2) const {
    const unsigned mrrs = 1u << mrrs_log2;
    return static_cast<uint16_t>(std::min<unsigned>(mrrs - (q_.in_page & (mrrs - 1)), q_.rem));
  }
  bool rd_seg_end(unsigned mrrs_log2) const { return rd_len(mrrs_log2) == q_.rem; }

  void reset() { q_ = d_ = S{}; }

  void eval(const In& in) {
    d_ = q_;
    switch (q_.state) {
      case State::kIdle:
        if (in.grant) d_.state = State::kBegin;
        break;
      case State::kBegin:
        if (in.rsp) begin(*in.answer);
        break;
      case State::kCq:
        if (in.cq_ready) d_.state = State::kCr;
        break;
      case State::kCr:
        if (in.cr_valid) credit(in);
        break;
      case State::kXlate: {
        const uint64_t mask = (uint64_t{1} << (q_.cfg.tx_log2 - kPageLog2)) - 1;
        const uint64_t raw = (q_.cfg.tx_page + ((q_.start >> kPageLog2) & mask)) & kPageMask;
        const Translation t = translate(*in.windows, in.fn, false, raw);
        d_.page = t.page;
        d_.raw = static_cast<uint32_t>(raw);
        if (!t.hit) d_.kind = kIssueFault;
        d_.state = State::kIssue;
        break;
      }
      case State::kIssue:
        if (in.rsp) {
          d_.fin = in.answer->fin;
          d_.in_page = q_.start & (kPageBytes - 1);
          d_.rem = q_.len;
          d_.state = in.answer->res == kOk ? State::kSeg : State::kIdle;
        }
        break;
      case State::kSeg:
        if (in.seg_ready) d_.state = q_.len != 0 ? State::kRead : State::kIdle;
        break;
      case State::kRead:
        if (in.rd_fire) {
          const unsigned n = rd_len(in.mrrs_log2);
          d_.in_page = (q_.in_page + n) & (kPageBytes - 1);
          d_.rem = static_cast<uint16_t>(q_.rem - n);
          if (q_.rem == n) d_.state = State::kIdle;
        }
        break;
    }
  }
  void commit() { q_ = d_; }

  void checkpoint(StateIo& io) { io(q_, d_); }

 private:
  struct S {
    State state = State::kIdle;
    bool rst = false, fin = false;
    uint8_t kind = 0;
    uint16_t ring = 0, len = 0, rem = 0, in_page = 0;
    uint32_t start = 0, avail = 0, flight = 0, raw = 0;
    uint64_t page = 0;
    RingCfg cfg;
  };

  void begin(const RingAnswer& a) {
    d_.cfg = a.cfg;
    d_.ring = a.ring;
    d_.start = a.st.tx_fetch;
    d_.avail = a.st.tx_tail - a.st.tx_fetch;
    d_.flight = a.st.tx_fetch - a.st.tx_head;
    d_.rst = a.st.ctl_rst;
    d_.len = 0;
    d_.kind = kIssueGo;
    if (a.res != kOk) {
      d_.state = State::kIdle;
    } else {
      d_.state = a.st.ctl_rst || d_.avail == 0 ? State::kIssue : State::kCq;
    }
  }

  void credit(const In& in) {
    const uint32_t room = kPageBytes - (q_.start & (kPageBytes - 1));
    // Segments on their way to mbuf have spoken for part of the credit it just quoted.
    const uint32_t free = in.cr_bytes > q_.flight ? in.cr_bytes - q_.flight : 0;
    if (in.cr_ok && free != 0) {
      d_.len = static_cast<uint16_t>(std::min({q_.avail, room, free, uint32_t{kSegMax}}));
      d_.state = State::kXlate;
    } else {
      d_.len = 0;
      d_.kind = in.cr_ok && in.cr_bytes != 0 ? kIssueWait : kIssuePark;
      d_.state = State::kIssue;
    }
  }

  S q_, d_;
};

}  // namespace fp::vq
