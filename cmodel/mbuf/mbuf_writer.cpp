// SPDX-License-Identifier: Apache-2.0
#include "cmodel/mbuf/mbuf_writer.hpp"

#include <algorithm>
#include <cstring>

namespace fp::mbuf {

void Writer::begin(const MbufWr& h) {
  conn_ = h.conn.conn_id;
  gen_ = h.conn.gen;
  dir_ = h.dir;
  cls = static_cast<uint8_t>(h.cls);
  code_ = 0;
  noctx_ = false;
  len_ = 0;
  n_cells_ = n_new_ = 0;
  used_p_ = false;
  first_ = 0;
  offset_ = 0;
  rsv = rsv_taken_ = false;
  acc_lo_ = acc_hi_ = 0;
  acc_.fill(0);
}

void Writer::load_row(bool next_v, uint16_t next, bool shared) {
  wq.has_row = true;
  wq.row_cell = cur_;
  wq.row = {conn_, next, 0, gen_, grant_, dir_, next_v, tog_, shared};
}

void Writer::fill_slot(const MbufWr* popped) {
  slot.noctx = noctx_;
  slot.code = code_;
  slot.conn_id = conn_;
  slot.gen = gen_;
  slot.dir = dir_;
  slot.cls = cls;
  slot.seg_len = static_cast<uint16_t>(len_);
  slot.first = first_;
  slot.last = len_ != 0 ? cur_ : 0;
  slot.n_cells = n_cells_;
  slot.offset = offset_;
  slot.n_new = n_new_;
  slot.rsv_taken = rsv_taken_;
  slot.rsv_left = rsv;
  slot.used_p = used_p_;
  slot.pos = pos_;
  slot.tog = tog_;
  slot.grant = grant_;
  if (popped != nullptr) {
    const MbufWr& h = *popped;
    slot.flags = {h.ts,       h.som != 0, h.eom != 0, h.fin != 0,
                  h.rst != 0, h.err != 0, h.err_code, h.epoch};
  } else {
    slot.flags = flags_;
  }
}

// An accepted beat: its bytes go into the word under construction, which is stored when it is
// complete or the segment ends.
void Writer::take(const MbufWr& h, const In& in, bool& finish, bool& store) {
  const unsigned n = h.nbytes;
  const unsigned w = pos_ & 63;
  const bool at_end = pos_ == kCellSize;  // the current cell, if any, is full
  const bool need = need_cell(n);
  const bool leave = need && cur_v_;
  const bool complete = n != 0 && w + n >= 64;
  const bool flush = flush_needed(h);
  const bool finishing = h.last && !flush;

  const unsigned here = std::min(n, 64 - w);
  if (n != 0) {
    if (acc_lo_ == acc_hi_) acc_lo_ = static_cast<uint8_t>(w);
    std::memcpy(acc_.data() + w, h.data.data(), here);
    acc_hi_ = static_cast<uint8_t>(w + here);
  }
  wq.word = complete || (finishing && acc_lo_ != acc_hi_);
  wq.has_row = wq.before = false;
  if (wq.word) {
    wq.cell = at_end ? in.alloc_cell : cur_;
    wq.idx = at_end ? 0 : static_cast<uint8_t>(pos_ >> 6);
    wq.data = acc_;
    wq.lo = acc_lo_;
    wq.hi = acc_hi_;
    acc_.fill(0);
    acc_lo_ = 0;
    acc_hi_ = static_cast<uint8_t>(n - here);
    std::memcpy(acc_.data(), h.data.data() + here, n - here);
  }
  if (leave) {
    load_row(true, in.alloc_cell, n_new_ == 0);
    wq.before = at_end;
  }

  credit_ -= n;
  if (n != 0) {
    if (len_ == 0) {
      first_ = at_end ? in.alloc_cell : cur_;
      offset_ = static_cast<uint8_t>(pos_);
      n_cells_ = !at_end && need ? 2 : 1;
    } else if (need) {
      ++n_cells_;
    }
    if (!at_end && n_new_ == 0) used_p_ = true;
  }
  len_ += n;
  pos_ = static_cast<uint16_t>(need ? pos_ + n - kCellSize : pos_ + n);
  if (need) {
    cur_v_ = true;
    cur_ = in.alloc_cell;
    tog_ = !in.alloc_tog;
    grant_ = rsv ? kGrantReserved : cls;
    rsv = false;
    --left_;
    ++n_new_;
  }
  if (!leave && finishing && len_ != 0) load_row(false, 0, used_p_ && n_new_ == 0);
  const bool load = wq.word || wq.has_row;
  if (load) {
    wq.v = true;
    wq.word_done = wq.row_done = false;
  }
  if (finishing) {
    st = State::kIdle;
    finish = true;
    store = load;
  } else if (h.last) {
    st = State::kFlush;
  }
}

bool Writer::eval(const In& in, uint8_t code, unsigned num_conns) {
  // What the store register's entry does to the sum; the entry itself may be replaced below.
  const bool had_store = sl == SlotState::kStore;
  const bool loading_start = st == State::kWait;
  const bool wq_free = !wq.v || in.retire;
  uint16_t final_sum = 0;
  if (in.retire) {
    const uint16_t base = wq.has_row && wq.before ? 0 : sum_;
    const uint16_t with_word = wq.word ? sum_word(wq.data.data(), base) : base;
    final_sum = wq.has_row && wq.row.next_v && !wq.before ? 0 : with_word;
    sum_ = final_sum;
    wq.v = wq.word = wq.has_row = wq.before = false;
  } else if (wq.v) {
    wq.word_done |= in.word_gnt;
    wq.row_done |= in.row_gnt;
  }

  const bool slot_free = sl == SlotState::kEmpty;
  bool pop = false;
  bool finish = false;
  bool store = false;
  switch (st) {
    case State::kIdle:
      if (in.head != nullptr) {
        begin(*in.head);
        if (in.head->conn.conn_id >= num_conns) {
          st = State::kDrain;
          code_ = kCodeBadConn;
          noctx_ = true;
        } else if (cls == 3) {
          st = State::kDrain;
          code_ = kCodeBadBeat;
          noctx_ = true;
        } else if (in.start_gnt) {
          st = State::kWait;
        }
      }
      break;
    case State::kWait: {
      const Start& s = *in.start;
      const bool room = s.open_v && s.open_fill < kCellSize;
      credit_ = s.credit;
      left_ = s.cells_left;
      rsv = rsv_taken_ = s.rsv_avail;
      cur_v_ = room;
      cur_ = s.open_cell;
      tog_ = s.open_tog;
      grant_ = s.open_grant;
      pos_ = room ? s.open_fill : kCellSize;
      if (s.code != 0) {
        st = State::kDrain;
        code_ = s.code;
        noctx_ = true;
      } else {
        st = State::kRun;
      }
      if (loading_start) sum_ = room ? s.open_sum : 0;
      break;
    }
    case State::kRun:
      if (in.head == nullptr) break;
      if (code != 0) {
        st = State::kDrain;
        code_ = code;
        acc_.fill(0);
        acc_lo_ = acc_hi_ = 0;
      } else if (wq_free && slot_ok(*in.head) && (!need_cell(in.head->nbytes) || in.alloc_gnt)) {
        pop = true;
        take(*in.head, in, finish, store);
      }
      break;
    case State::kDrain:
      if (in.head == nullptr) break;
      if (!in.head->last) {
        pop = true;
      } else if (len_ != 0) {
        pop = true;
        st = State::kFlush;
      } else if (slot_free) {
        pop = true;
        st = State::kIdle;
        finish = true;
      }
      break;
    case State::kFlush:
      if (wq_free && slot_free) {
        wq.word = acc_lo_ != acc_hi_;
        wq.before = false;
        if (wq.word) {
          wq.cell = cur_;
          wq.idx = static_cast<uint8_t>(pos_ >> 6);
          wq.data = acc_;
          wq.lo = acc_lo_;
          wq.hi = acc_hi_;
        }
        load_row(false, 0, used_p_ && n_new_ == 0);
        wq.v = true;
        wq.word_done = wq.row_done = false;
        acc_.fill(0);
        acc_lo_ = acc_hi_ = 0;
        st = State::kIdle;
        finish = true;
        store = true;
      }
      break;
  }

  switch (sl) {
    case SlotState::kEmpty:
      if (finish) {
        fill_slot(pop ? in.head : nullptr);
        sl = store ? SlotState::kStore : SlotState::kReq;
      }
      break;
    case SlotState::kStore:
      if (in.retire && had_store) {
        slot.sum = final_sum;
        sl = SlotState::kReq;
      }
      break;
    case SlotState::kReq:
      if (in.commit_gnt) sl = SlotState::kDone;
      break;
    case SlotState::kDone:
      sl = in.abort_new ? SlotState::kAbort : SlotState::kEmpty;
      break;
    case SlotState::kAbort:
      if (in.abort_gnt) sl = SlotState::kEmpty;
      break;
  }
  if (pop && in.head->last) {
    const MbufWr& h = *in.head;
    flags_ = {h.ts,       h.som != 0, h.eom != 0, h.fin != 0,
              h.rst != 0, h.err != 0, h.err_code, h.epoch};
  }
  return pop;
}

}  // namespace fp::mbuf
