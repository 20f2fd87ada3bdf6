// SPDX-License-Identifier: Apache-2.0
#include "cmodel/mbuf/mbuf_reader.hpp"

#include <algorithm>
#include <cstring>

namespace fp::mbuf {

void Reader::beat(MbufRdata& out) const {
  out.nbytes = f_nb_;
  out.last = f_last_;
  out.err = f_err_ != 0;
  out.err_code = f_err_;
  const bool good_end = f_last_ && f_err_ == 0;
  out.shared = good_end && f_shared_;
  out.csum = good_end ? f_sum_ : 0;
  // Aligned reads are the word in flight; the others begin in the word before it.
  const uint8_t* from = words_buf_.data() + (f_shift_ == 0 ? 64 : f_shift_);
  std::memcpy(out.data.data(), from, f_nb_);
  std::memset(out.data.data() + f_nb_, 0, 64 - f_nb_);
}

bool Reader::eval(const In& in, Fault& fault) {
  if (f_v && f_word_) std::memcpy(words_buf_.data(), words_buf_.data() + 64, 64);
  const uint8_t shift_before = shift_;
  const uint16_t sum_before = sum_;
  const bool shared_before = shared_;
  f_v = false;

  if (!run) {
    ask_ = get_ = nxt_v_ = cur_v_ = false;
    if (in.head == nullptr || (in.head_err == 0 && !in.row_gnt)) return false;
    const MbufRd& h = *in.head;
    run = true;
    conn_ = h.conn.conn_id;
    gen_ = h.conn.gen;
    bytes_ = h.len;
    words_ = static_cast<uint16_t>((h.len + (h.offset & 63u) + 63) >> 6);
    shift_ = h.offset & 63;
    idx_ = h.offset >> 6;
    first_ = true;
    err_ = in.head_err;
    ask_cell_ = h.first_cell;
    sum_ = 0;
    shared_ = false;
    get_ = in.head_err == 0;
    return true;
  }

  const bool got = get_;
  const bool had_cur = cur_v_;
  get_ = false;
  bool ends = false;
  bool issue = false;
  bool leave = false;
  if (err_ != 0 || (cur_v_ && cur_err_ != 0)) {
    if (in.space) {
      f_v = f_emit_ = f_last_ = true;
      f_word_ = false;
      f_nb_ = 0;
      f_err_ = err_ != 0 ? err_ : cur_err_;
      ends = true;
      fault.code = f_err_;
      fault.conn_id = conn_;
      fault.gen = gen_;
    }
  } else if (words_ != 0) {
    issue = in.word != nullptr;
    if (issue) {
      f_word_ = true;
      f_emit_ = !(first_ && shift_ != 0);
      std::memcpy(words_buf_.data() + 64, in.word, 64);
    }
  } else {
    issue = in.space;
    if (issue) {
      f_word_ = false;
      f_emit_ = true;
      std::memset(words_buf_.data() + 64, 0, 64);
    }
  }
  if (issue) {
    f_v = true;
    f_err_ = 0;
    f_nb_ = static_cast<uint8_t>(std::min<uint32_t>(bytes_, 64));
    f_last_ = false;
    first_ = false;
    if (f_word_) {
      leave = idx_ == 3 && words_ != 1;
      --words_;
      idx_ = (idx_ + 1) & 3;
    }
    if (f_emit_) {
      f_last_ = bytes_ <= 64;
      bytes_ -= f_nb_;
      ends |= f_last_;
    }
  }
  if (f_v) {
    f_shift_ = shift_before;
    f_sum_ = sum_before;
    f_shared_ = shared_before;
  }

  if (ask_ && in.row_gnt) {
    ask_ = false;
    get_ = true;
  }
  if (leave) {
    cur_v_ = false;
    if (!cur_nv_) err_ = kCodeBadChain;
  }
  uint8_t row_err = 0;
  if (got) {
    const Row& r = in.row->row;
    if (in.row->dead) {
      row_err = kCodeDeadCell;
    } else if (r.conn_id != conn_) {
      row_err = kCodeForeignCell;
    } else if (r.gen != gen_) {
      row_err = kCodeStale;
    }
  }
  const Row* load = nullptr;
  uint8_t load_err = 0;
  uint16_t load_cell = 0;
  if (nxt_v_ && leave) {
    load = &nxt_;
    load_err = nxt_err_;
    load_cell = nxt_cell_;
    nxt_v_ = false;
  } else if (got && (!had_cur || leave)) {
    load = &in.row->row;
    load_err = row_err;
    load_cell = ask_cell_;
  } else if (got) {
    nxt_v_ = true;
    nxt_ = in.row->row;
    nxt_err_ = row_err;
    nxt_cell_ = ask_cell_;
  }
  if (load != nullptr) {
    cur_v_ = true;
    cur_ = load_cell;
    cur_nv_ = load->next_v;
    cur_err_ = load_err;
    if (load_err == 0) {
      const uint32_t sum = static_cast<uint32_t>(sum_) + load->sum;
      sum_ = static_cast<uint16_t>((sum & 0xffff) + (sum >> 16));
      shared_ |= load->shared;
      if (load->next_v && words_ > 4u - idx_) {
        ask_ = true;
        ask_cell_ = load->next;
      }
    }
  }
  if (ends) run = ask_ = get_ = false;
  return false;
}

}  // namespace fp::mbuf
