// SPDX-License-Identifier: Apache-2.0
//
// Event unit: due events into the event ring, interrupts on `arm`. Twin of rtl/vq/vq_ev.sv.
#pragma once

#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "cmodel/vq/ring_unit.hpp"
#include "cmodel/vq/windows.hpp"
#include "contract/vq.hpp"

namespace fp::vq {

class EventUnit {
 public:
  enum class State : uint8_t { kIdle, kTake, kXlate, kWrite, kMsix };
  struct In {
    bool block = false, clear = false, ev_head = false, arm = false, due_valid = false;
    bool grant = false, rsp = false, ready = false;
    uint32_t db_data = 0;
    const RingAnswer* answer = nullptr;
    const Windows* windows = nullptr;
    const VqCfg* cfg = nullptr;
  };
  struct Pulses {
    bool bad_head = false, bad_window = false, event = false, msix = false, held = false;
    uint32_t bad_page = 0;
  };

  State state() const { return q_.state; }
  bool busy() const { return q_.state != State::kIdle; }
  bool fault() const { return q_.fault; }
  uint32_t tail() const { return q_.tail; }
  uint32_t head() const { return q_.head; }

  bool req_valid(const VqCfg& cfg, bool block, bool due_valid) const {
    return q_.state == State::kIdle && !q_.arm_pend && may_take(cfg, block, due_valid) &&
           !full(cfg);
  }
  bool idle(const VqCfg& cfg, bool block, bool due_valid) const {
    const bool may = may_take(cfg, block, due_valid);
    return q_.state == State::kIdle && !q_.arm_pend && !(may && full(cfg) && !q_.held) &&
           !(may && !full(cfg)) && !(q_.held && !full(cfg));
  }

  PcieWr write(const VqCfg& cfg) const {
    PcieWr w;
    HostEvent ev = q_.ev;
    ev.phase = (q_.tail & slots(cfg)) == 0;
    uint32_t words[HostEvent::kWords];
    ev.pack(words);
    for (unsigned i = 0; i < kEventBytes; ++i) {
      w.data[i] = static_cast<uint8_t>(words[i / 4] >> (8 * (i % 4)));
    }
    w.addr = q_.page << kPageLog2 | ((index(cfg) & 0x1ff) << 3);
    w.nbytes = kEventBytes;
    w.last = true;
    w.fn = cfg.fn;
    return w;
  }

  void reset() { q_ = d_ = S{}; }

  Pulses eval(const In& in) {
    const VqCfg& cfg = *in.cfg;
    Pulses p;
    d_ = q_;
    const bool is_full = full(cfg);
    switch (q_.state) {
      case State::kIdle:
        if (q_.arm_pend) {
          // Never reads host memory: the level the host saw against the level written.
          d_.arm_pend = false;
          d_.armed = q_.tail == q_.arm;
          if (q_.tail != q_.arm) d_.state = State::kMsix;
        } else if (in.grant) {
          d_.state = State::kTake;
        }
        p.held = may_take(cfg, in.block, in.due_valid) && is_full && !q_.held;
        if (p.held) d_.held = true;
        if (!is_full) d_.held = false;
        break;
      case State::kTake:
        if (in.rsp) {
          d_.ev = in.answer->ev;
          d_.state = in.answer->ev_valid ? State::kXlate : State::kIdle;
        }
        break;
      case State::kXlate: {
        const uint64_t raw = (cfg.ev_page + (index(cfg) >> 9)) & kPageMask;
        const Translation t = translate(*in.windows, cfg.fn, true, raw);
        d_.page = t.page;
        p.bad_window = !t.hit;
        p.bad_page = static_cast<uint32_t>(raw);
        d_.state = t.hit ? State::kWrite : State::kIdle;
        if (!t.hit) d_.fault = true;
        break;
      }
      case State::kWrite:
        if (in.ready) {
          p.event = true;
          ++d_.tail;
          d_.armed = false;
          d_.state = q_.armed ? State::kMsix : State::kIdle;
        }
        break;
      case State::kMsix:
        if (in.ready) {
          p.msix = true;
          d_.state = State::kIdle;
        }
        break;
    }
    if (in.ev_head) {
      p.bad_head = in.db_data - q_.head > q_.tail - q_.head;
      if (p.bad_head) {
        d_.fault = true;
      } else {
        d_.head = in.db_data;
      }
    }
    if (in.arm) {
      d_.arm = in.db_data;
      d_.arm_pend = true;
    }
    if (in.clear) {
      d_.tail = d_.head = 0;
      d_.arm_pend = d_.armed = d_.fault = d_.held = false;
    }
    return p;
  }
  void commit() { q_ = d_; }

  void checkpoint(StateIo& io) { io(q_, d_); }

 private:
  struct S {
    State state = State::kIdle;
    bool arm_pend = false, armed = false, fault = false, held = false;
    uint32_t tail = 0, head = 0, arm = 0;
    uint64_t page = 0;
    HostEvent ev;
  };

  static uint32_t slots(const VqCfg& cfg) { return uint32_t{1} << cfg.ev_log2; }
  uint32_t index(const VqCfg& cfg) const { return q_.tail & (slots(cfg) - 1); }
  bool full(const VqCfg& cfg) const { return q_.tail - q_.head >= slots(cfg); }
  bool may_take(const VqCfg& cfg, bool block, bool due_valid) const {
    return cfg.valid && !q_.fault && !block && due_valid;
  }

  S q_, d_;
};

}  // namespace fp::vq
