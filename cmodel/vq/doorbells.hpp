// SPDX-License-Identifier: Apache-2.0
//
// Doorbell front end: slots of levels and a queue in which each ring stands at most once. Twin of
// rtl/vq/vq_db.sv.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/ram_1r1w.hpp"
#include "cmodel/common/skid_buffer.hpp"
#include "cmodel/common/state_io.hpp"
#include "contract/vq.hpp"

namespace fp::vq {

class Doorbells {
 public:
  // Of this cycle, from published state and the slot clear only.
  struct Decoded {
    bool pop = false;
    bool ev_head = false, arm = false, bad = false, set = false;
    uint32_t slot = 0, word = 0, addr = 0, data = 0;
  };

  bool init_done() const { return tx_tail_.init_done(); }
  bool in_ready() const { return in_.in_ready(); }
  bool ring_valid() const { return wr_ptr_ != rd_ptr_; }
  uint16_t ring() const { return queue_[rd_ptr_ % kNumRings]; }
  bool idle(bool hold) const { return in_.idle(hold) && !ring_valid(); }

  // The slot read at the last grant.
  RingSlot slot() const {
    RingSlot s;
    s.tx_tail = tx_tail_.rd_data();
    s.rx_head = rx_head_.rd_data();
    s.fin = ctl_.rd_data() & 1;
    s.rst = (ctl_.rd_data() >> 1) & 1;
    s.tx_seen = tx_seen_.rd_data();
    return s;
  }

  void reset() {
    in_.reset();
    tx_tail_.reset();
    rx_head_.reset();
    ctl_.reset();
    tx_seen_.reset();
    pending_ = pending_d_ = {};
    wr_ptr_ = wr_ptr_d_ = rd_ptr_ = rd_ptr_d_ = 0;
    push_ = false;
  }

  Decoded decode(const VqCfg& vq, bool slot_clr) const {
    Decoded d;
    d.pop = in_.out_valid() && !slot_clr;
    if (!d.pop) return d;
    const PcieMmio& m = in_.out_data();
    d.addr = m.addr;
    d.data = m.data;
    d.slot = (m.addr >> 4) & 0xfff;
    d.word = (m.addr >> 2) & 3;
    const bool region = vq.valid && m.fn == vq.fn && (m.addr >> 16) == 0 && (m.addr & 3) == 0;
    const bool is_vq = region && d.slot == kDbVqSlot && d.word < 2;
    d.set = region && d.slot < vq.ring_count && d.slot < kNumRings;
    d.ev_head = is_vq && d.word == 0;
    d.arm = is_vq && d.word == 1;
    d.bad = !is_vq && !d.set;
    return d;
  }

  // `take`: the ring at the head is granted, its slot is read. `merged` tells whether the write in
  // `d` found its ring queued already.
  void eval(const PcieMmio* in, const Decoded& d, bool take, bool slot_clr, uint32_t clr_ring,
            bool flush, bool hold, bool* merged) {
    if (in != nullptr) {
      in_.eval(true, *in, d.pop, hold);
    } else {
      in_.eval(d.pop, hold);
    }
    const uint32_t r = d.slot % kNumRings;
    push_ = d.set && (!pending_[r] || (take && ring() == r));
    *merged = d.set && !push_;
    push_ring_ = static_cast<uint16_t>(r);
    const uint32_t at = slot_clr ? clr_ring : r;
    const uint32_t data = slot_clr ? 0 : d.data;
    const auto we = [&](unsigned word) { return slot_clr || (d.set && d.word == word); };
    const uint32_t rd_at = ring_valid() ? ring() : 0;
    tx_tail_.eval(we(0), at, data, take, rd_at);
    rx_head_.eval(we(1), at, data, take, rd_at);
    ctl_.eval(we(2), at, static_cast<uint8_t>(data & 3), take, rd_at);
    tx_seen_.eval(we(3), at, data, take, rd_at);

    pending_d_ = pending_;
    wr_ptr_d_ = wr_ptr_;
    rd_ptr_d_ = rd_ptr_;
    if (take) pending_d_[ring()] = false;
    if (d.set) pending_d_[r] = true;
    if (push_) ++wr_ptr_d_;
    if (take) ++rd_ptr_d_;
    if (flush) {
      pending_d_ = {};
      wr_ptr_d_ = rd_ptr_d_ = 0;
    }
  }

  void commit() {
    in_.commit();
    tx_tail_.commit();
    rx_head_.commit();
    ctl_.commit();
    tx_seen_.commit();
    if (push_) queue_[wr_ptr_ % kNumRings] = push_ring_;
    pending_ = pending_d_;
    wr_ptr_ = wr_ptr_d_;
    rd_ptr_ = rd_ptr_d_;
  }

  void checkpoint(StateIo& io) {
    io(in_, tx_tail_, rx_head_, tx_seen_, ctl_, pending_, pending_d_, queue_, wr_ptr_, wr_ptr_d_,
       rd_ptr_, rd_ptr_d_, push_ring_, push_);
  }

 private:
  SkidBuffer<PcieMmio> in_;
  Ram1r1w<uint32_t> tx_tail_{kNumRings}, rx_head_{kNumRings}, tx_seen_{kNumRings};
  Ram1r1w<uint8_t> ctl_{kNumRings};
  std::array<bool, kNumRings> pending_{}, pending_d_{};
  std::array<uint16_t, kNumRings> queue_{};
  uint32_t wr_ptr_ = 0, wr_ptr_d_ = 0, rd_ptr_ = 0, rd_ptr_d_ = 0;  // free running
  uint16_t push_ring_ = 0;
  bool push_ = false;
};

}  // namespace fp::vq
