// SPDX-License-Identifier: Apache-2.0
//
// RX DMA: one message at a time from mbuf into the ring of its connection. Twin of rtl/vq/vq_rx.sv.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "cmodel/vq/ring_unit.hpp"
#include "cmodel/vq/windows.hpp"
#include "contract/common.hpp"
#include "contract/vq.hpp"

namespace fp::vq {

// What of mbuf's read data RX uses.
struct ReadBeat {
  std::array<uint8_t, common::kBeatBytes> data{};
  bool last = false;
  bool err = false;
};

class RxEngine {
 public:
  enum class State : uint8_t {
    kIdle,
    kBegin,
    kPage,
    kNext,
    kRead,
    kData,
    kDrain,
    kEnd,
    kCret,
    kFree
  };
  // Inputs of a cycle; desc and beat are the FIFO heads, null when empty.
  struct In {
    const common::MsgDesc* desc = nullptr;
    const ReadBeat* beat = nullptr;
    bool block = false, rsp = false, rd_ready = false, free_ready = false, cret_ready = false;
    bool wr_ready = false;
    const RingAnswer* answer = nullptr;
    const Windows* windows = nullptr;
    uint8_t fn = 0;
    unsigned mps_log2 = 8;
  };
  struct Out {
    bool desc_pop = false, beat_pop = false;
  };

  State state() const { return q_.state; }
  bool busy() const { return q_.state != State::kIdle; }
  bool req_valid() const { return q_.state == State::kBegin || q_.state == State::kEnd; }

  void reset() {
    q_ = d_ = S{};
    load_prev_ = false;
  }

  RingReq req(const common::MsgDesc& desc) const {
    RingReq r;
    const bool end = q_.state == State::kEnd;
    r.op = end ? Op::kRxEnd : Op::kRxBegin;
    r.ring = q_.ring;
    r.conn_id = desc.conn_id;
    r.gen = desc.gen;
    r.len = desc.seg_len;
    r.fin = desc.fin;
    r.rst = desc.rst;
    r.err = desc.err;
    r.fault = q_.fault || q_.cut;
    r.kind = q_.cut;
    r.info = end ? q_.cur_raw : desc.seg_len;
    return r;
  }

  // The write beat offered in this cycle; false when there is none.
  bool write_beat(const ReadBeat* beat, uint8_t fn, unsigned mps_log2, PcieWr* out) const {
    const bool need = needs();
    if (q_.state != State::kData || !q_.cur_hit || (need && (beat == nullptr || beat->err))) {
      return false;
    }
    if (out == nullptr) return true;
    const unsigned n = beat_bytes();
    *out = PcieWr{};
    out->addr = q_.cur_page << kPageLog2 | q_.in_page;
    out->nbytes = static_cast<uint8_t>(n);
    out->last = tlp_end(n, mps_log2);
    out->fn = fn;
    if (q_.cut) return true;
    if (q_.first) {
      std::copy_n(beat->data.begin(), n, out->data.begin());
      return true;
    }
    // The rest of the beat before, then the beginning of this one.
    for (unsigned i = 0; i < n; ++i) {
      const unsigned at = i + q_.shift;
      if (at < common::kBeatBytes) {
        out->data[i] = prev_[at];
      } else if (beat != nullptr) {
        out->data[i] = beat->data[at - common::kBeatBytes];
      }
    }
    return true;
  }

  Out eval(const In& in) {
    d_ = q_;
    load_prev_ = false;
    Out out;
    const bool has_cells = in.desc != nullptr && in.desc->n_cells != 0;
    const auto finish = [&] {
      d_.state = has_cells ? State::kFree : State::kIdle;
      if (!has_cells) out.desc_pop = true;
    };
    switch (q_.state) {
      case State::kIdle:
        if (in.desc != nullptr && !in.block) d_.state = State::kBegin;
        break;
      case State::kBegin:
        if (in.rsp) begin(in, finish);
        break;
      case State::kPage: {
        const uint64_t raw = raw_page();
        const Translation t = translate(*in.windows, in.fn, true, raw);
        d_.cur_hit = t.hit;
        d_.cur_page = t.page;
        d_.cur_raw = static_cast<uint32_t>(raw);
        d_.ring_idx = next_idx();
        d_.state = State::kNext;
        break;
      }
      case State::kNext:
        look_ahead(in);
        d_.state = State::kRead;
        break;
      case State::kRead:
        if (in.rd_ready) d_.state = State::kData;
        break;
      case State::kData:
        out.beat_pop = data(in);
        break;
      case State::kDrain:
        out.beat_pop = in.beat != nullptr;
        if (in.beat != nullptr && in.beat->last) d_.state = State::kEnd;
        break;
      case State::kEnd:
        if (in.rsp) finish();
        break;
      case State::kCret:
        if (in.cret_ready) finish();
        break;
      case State::kFree:
        if (in.free_ready) {
          d_.state = State::kIdle;
          out.desc_pop = true;
        }
        break;
    }
    return out;
  }

  void commit() {
    if (load_prev_) prev_ = prev_d_;
    q_ = d_;
  }

  void checkpoint(StateIo& io) { io(q_, d_, prev_, prev_d_, load_prev_); }

 private:
  struct S {
    State state = State::kIdle;
    bool first = false, mid = false, fault = false, cut = false, cur_hit = false, nxt_hit = false;
    uint8_t rx_log2 = 0, shift = 0;
    uint16_t ring = 0, in_page = 0, rem = 0, left = 0;
    uint32_t cur_raw = 0, nxt_raw = 0;
    uint64_t rx_page = 0, ring_idx = 0, cur_page = 0, nxt_page = 0;
  };

  bool needs() const { return q_.left != 0 && !q_.cut; }
  unsigned beat_bytes() const { return std::min<unsigned>(64 - (q_.in_page & 63), q_.rem); }
  bool tlp_end(unsigned n, unsigned mps_log2) const {
    return q_.rem == n || ((q_.in_page + n) & ((1u << mps_log2) - 1)) == 0;
  }
  uint64_t raw_page() const { return (q_.rx_page + q_.ring_idx) & kPageMask; }
  uint64_t next_idx() const {
    return (q_.ring_idx + 1) & ((uint64_t{1} << (q_.rx_log2 - kPageLog2)) - 1);
  }
  void look_ahead(const In& in) {
    const uint64_t raw = raw_page();
    const Translation t = translate(*in.windows, in.fn, true, raw);
    d_.nxt_hit = t.hit;
    d_.nxt_page = t.page;
    d_.nxt_raw = static_cast<uint32_t>(raw);
  }

  template <class F>
  void begin(const In& in, const F& finish) {
    const RingAnswer& a = *in.answer;
    d_.rx_page = a.cfg.rx_page;
    d_.rx_log2 = a.cfg.rx_log2;
    d_.ring = a.ring;
    d_.in_page = a.st.rx_tail & (kPageBytes - 1);
    d_.ring_idx = 0;
    if (a.res == kOk) {
      d_.ring_idx =
          (a.st.rx_tail >> kPageLog2) & ((uint64_t{1} << (a.cfg.rx_log2 - kPageLog2)) - 1);
    }
    d_.shift = 64 - (a.st.rx_tail & 63);
    d_.rem = d_.left = in.desc->seg_len;
    d_.first = true;
    d_.mid = d_.fault = d_.cut = false;
    if (a.res == kOk) {
      d_.state = in.desc->seg_len == 0 ? State::kEnd : State::kPage;
    } else if (in.desc->seg_len != 0 && (a.res == kClosed || a.res == kOverrun)) {
      d_.state = State::kCret;
    } else {
      finish();
    }
  }

  // kData; whether a read beat is taken.
  bool data(const In& in) {
    look_ahead(in);
    const bool need = needs();
    if (!q_.cur_hit) {
      d_.fault = true;
      d_.state = need ? State::kDrain : State::kEnd;
      return false;
    }
    if (need && in.beat != nullptr && in.beat->err) {
      // The TLP that is open must end; the bytes it pads are beyond the tail.
      d_.cut = true;
      if (!q_.mid) d_.state = State::kEnd;
      return true;
    }
    if ((need && in.beat == nullptr) || !in.wr_ready) return false;
    const unsigned n = beat_bytes();
    const bool end = tlp_end(n, in.mps_log2);
    d_.in_page = (q_.in_page + n) & (kPageBytes - 1);
    d_.rem = static_cast<uint16_t>(q_.rem - n);
    d_.first = false;
    d_.mid = !end;
    if (need) {
      d_.left = static_cast<uint16_t>(q_.left - std::min<unsigned>(q_.left, 64));
      prev_d_ = in.beat->data;
      load_prev_ = true;
    }
    if (q_.in_page + n == kPageBytes) {
      d_.cur_hit = q_.nxt_hit;
      d_.cur_page = q_.nxt_page;
      d_.cur_raw = q_.nxt_raw;
      d_.ring_idx = next_idx();
    }
    if (q_.rem == n || (q_.cut && end)) d_.state = State::kEnd;
    return need;
  }

  S q_, d_;
  std::array<uint8_t, common::kBeatBytes> prev_{}, prev_d_{};
  bool load_prev_ = false;
};

}  // namespace fp::vq
