// SPDX-License-Identifier: Apache-2.0
//
// What one operation of the connection engine does to one direction; twin of rtl/mbuf/mbuf_step.sv.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cmodel/mbuf/mbuf_types.hpp"

namespace fp::mbuf {

enum class Op : uint8_t { kStart, kCommit, kQuery, kCret, kFreed, kTable };

struct StepIn {
  Op op = Op::kTable;
  uint8_t gen = 0;
  bool dir = false;
  bool dir_ok = false;
  bool in_range = false;
  const Slot* slot = nullptr;  // kCommit
  const Row* row = nullptr;    // kFreed
  uint16_t cell = 0;
  uint32_t conn = 0;
  uint16_t cnt = 0;  // released-toggle bit << 9 | chains beyond one, of `cell`
  uint32_t bytes = 0;
  bool shared_ok = false;
  uint8_t shared_avail = 0;
};

struct StepOut {
  Start start;
  uint32_t q_bytes = 0;
  uint8_t code = 0;
  uint8_t q_cells = 0;
  uint8_t held_add = 0;
  bool abort = false, fire = false, arm = false, disarm = false;
  bool rel = false, rel_tog = false;
  uint8_t rel_grant = 0;
  uint16_t rel_cell = 0;
  bool cnt_we = false;
  uint16_t cnt_cell = 0;
  uint16_t cnt = 0;
  bool rsv_add = false, rsv_sub = false;
};

namespace step {

inline void release(StepOut& o, uint16_t cell, bool tog, uint8_t grant) {
  o.rel = true;
  o.rel_cell = cell;
  o.rel_tog = tog;
  o.rel_grant = grant;
  o.cnt_we = true;
  o.cnt_cell = cell;
  o.cnt = static_cast<uint16_t>(tog << 9);
}

inline void commit(const Ctx& row, Dir& st, const Slot& s, StepOut& o, bool& check_want) {
  o.code = s.code;
  if (s.noctx) return;
  if (o.code == 0 && !row.valid) o.code = kCodeStale;
  o.abort = o.code != 0 && s.n_cells != 0;
  st.lock = false;
  if (o.code == 0) st.credit -= s.seg_len;
  o.held_add = s.n_new;
  st.held = static_cast<uint8_t>(st.held + s.n_new);
  if (s.rsv_taken && s.rsv_left) {
    if (row.valid) {
      st.rsv_used = false;
    } else {
      o.rsv_sub = true;
    }
  }
  if (st.open_v) {
    const uint16_t live = static_cast<uint16_t>(st.open_live - (s.used_p ? 0 : 1));
    if (live == 0) {
      release(o, st.open_cell, st.open_tog, st.open_grant);
      st.open_v = false;
      if (st.held != 0) --st.held;
      if (st.open_grant == kGrantReserved && row.valid) {
        st.rsv_used = false;
        o.rsv_add = true;
      }
    } else if (s.n_new != 0) {
      o.cnt_we = true;
      o.cnt_cell = st.open_cell;
      o.cnt = static_cast<uint16_t>(!st.open_tog << 9 | (live - 1));
    } else {
      st.open_live = live;
      if (s.used_p) {
        st.open_fill = s.pos;
        st.open_sum = s.sum;
      }
    }
  }
  if (s.n_new != 0) {
    st.open_v = true;
    st.open_cell = s.last;
    st.open_fill = s.pos;
    st.open_live = 1;
    st.open_sum = s.sum;
    st.open_tog = s.tog;
    st.open_grant = s.grant;
  }
  if (o.code == kCodeNoCredit || o.code == kCodeCellCap || o.code == kCodeNoCells) {
    st.want = true;
    check_want = st.touched;
  }
}

inline void freed(const Ctx& row, Dir& st, const StepIn& in, StepOut& o, bool& check_want) {
  const Row& r = *in.row;
  const bool tracked = st.open_v && st.open_cell == in.cell;
  const unsigned beyond = in.cnt & 0x1ff;
  if (r.tog == ((in.cnt >> 9) != 0)) {
    o.code = kCodeDeadCell;
  } else if (r.conn_id != in.conn || r.dir != in.dir) {
    o.code = kCodeForeignCell;
  } else if (r.gen != in.gen) {
    o.code = kCodeStale;
  } else if (tracked && st.lock && st.open_live == 1) {
    o.code = kCodeDeadCell;
  } else if (tracked && st.open_live > 1) {
    --st.open_live;
  } else if (!tracked && beyond != 0) {
    o.cnt_we = true;
    o.cnt_cell = in.cell;
    o.cnt = static_cast<uint16_t>((in.cnt & 0x200) | (beyond - 1));
  } else {
    release(o, in.cell, r.tog, r.grant);
    if (tracked) st.open_v = false;
    if (r.grant == kGrantReserved && row.valid) {
      st.rsv_used = false;
      o.rsv_add = true;
    }
    if (st.held != 0) --st.held;
    st.touched = true;
    check_want = true;
  }
}

}  // namespace step

// Applies `in` to the direction; `row.dir` other than st is not touched.
inline StepOut run_step(const Ctx& row, Dir& st, const StepIn& in) {
  StepOut o;
  const bool want_before = st.want;
  bool check_want = false;
  const unsigned cap_room = row.cap > st.held ? row.cap - st.held : 0u;

  if (in.op == Op::kStart || in.op == Op::kQuery || in.op == Op::kCret) {
    if (!in.in_range) {
      o.code = kCodeBadConn;
    } else if (!row.valid || row.gen != in.gen) {
      o.code = kCodeStale;
    } else if (!in.dir_ok) {
      o.code = kCodeForeignPort;
    }
  }
  switch (in.op) {
    case Op::kStart:
      o.start = {st.credit,     st.open_cell, st.open_fill,
                 st.open_sum,   o.code,       static_cast<uint8_t>(cap_room),
                 st.open_grant, !st.rsv_used, st.open_v,
                 st.open_tog};
      if (o.code != 0) break;
      st.lock = true;
      st.touched = false;
      st.rsv_used = true;
      if (st.open_v) ++st.open_live;
      break;
    case Op::kCommit:
      step::commit(row, st, *in.slot, o, check_want);
      break;
    case Op::kQuery:
      if (o.code == 0) {
        const unsigned cells =
            std::min<unsigned>(cap_room, in.shared_avail + (st.rsv_used ? 0u : 1u));
        const uint32_t room = cells * kCellSize + (st.open_v ? kCellSize - st.open_fill : 0u);
        o.q_cells = static_cast<uint8_t>(cells);
        o.q_bytes = std::min(st.credit, room);
        if (o.q_bytes == 0) st.want = true;
      }
      break;
    case Op::kCret:
      if (o.code == 0) {
        const uint64_t sum = uint64_t{st.credit} + in.bytes;
        st.credit = sum > 0xffffffffu ? 0xffffffffu : static_cast<uint32_t>(sum);
        st.touched = true;
        check_want = true;
      }
      break;
    case Op::kFreed:
      step::freed(row, st, in, o, check_want);
      break;
    case Op::kTable:
      break;
  }
  const bool more = row.valid && st.credit != 0 &&
                    ((st.open_v && st.open_fill < kCellSize) ||
                     (st.held < row.cap && (!st.rsv_used || in.shared_ok)));
  if (check_want && st.want && more) {
    o.fire = true;
    st.want = false;
  }
  o.arm = st.want && !want_before;
  o.disarm = !st.want && want_before;
  return o;
}

}  // namespace fp::mbuf
