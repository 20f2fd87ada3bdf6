// SPDX-License-Identifier: Apache-2.0
//
// Consumer port of the mbuf model; twin of rtl/mbuf/mbuf_reader.sv, state for state.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "cmodel/mbuf/mbuf_types.hpp"

namespace fp::mbuf {

class Reader {
 public:
  static constexpr unsigned kOutDepth = 4;  // beats in the output FIFO

  struct In {
    const MbufRd* head = nullptr;  // null: the input FIFO is empty
    uint8_t head_err = 0;          // head_code() of it
    bool row_gnt = false;
    const RowRead* row = nullptr;  // the shared RAM's output, for whoever was granted a cycle ago
    bool space = false;
    const uint8_t* word = nullptr;  // granted word, null for no grant
  };

  void reset() { *this = Reader(); }
  bool resting() const { return !run && !f_v; }

  static uint8_t head_code(const MbufRd& h, unsigned num_cells, unsigned num_conns) {
    if (h.conn.conn_id >= num_conns) return kCodeBadConn;
    if (h.len == 0) return kCodeBadChain;
    if (h.first_cell >= num_cells) return kCodeBadCell;
    return 0;
  }
  bool wants_row(const MbufRd* head, uint8_t head_err) const {
    return run ? ask_ : head != nullptr && head_err == 0;
  }
  uint16_t row_cell(const MbufRd* head) const { return run ? ask_cell_ : head->first_cell; }
  bool wants_word(bool space) const {
    return run && err_ == 0 && cur_v_ && cur_err_ == 0 && words_ != 0 && space;
  }
  // Byte address of that word.
  uint32_t word_at() const { return static_cast<uint32_t>(cur_) * kCellSize + idx_ * 64u; }

  // A beat leaves in this cycle (from the slot issued in the one before).
  bool emits() const { return f_v && f_emit_; }
  void beat(MbufRdata& out) const;

  // One cycle, after beat(). True: pop the head. `fault` is set when the read ends with err.
  bool eval(const In& in, Fault& fault);

  bool run = false;
  bool f_v = false;  // a slot is in flight

  void checkpoint(StateIo& io) {
    io(run, f_v, conn_, bytes_, words_, cur_, ask_cell_, nxt_cell_, sum_, gen_, shift_, idx_, err_,
       cur_err_, nxt_err_, first_, cur_v_, cur_nv_, ask_, get_, nxt_v_, shared_, nxt_, f_word_,
       f_emit_, f_last_, f_shared_, f_nb_, f_err_, f_shift_, f_sum_, words_buf_);
  }

 private:
  uint32_t conn_ = 0;
  uint32_t bytes_ = 0;
  uint16_t words_ = 0;
  uint16_t cur_ = 0, ask_cell_ = 0, nxt_cell_ = 0;
  uint16_t sum_ = 0;
  uint8_t gen_ = 0, shift_ = 0, idx_ = 0;
  uint8_t err_ = 0, cur_err_ = 0, nxt_err_ = 0;
  bool first_ = false, cur_v_ = false, cur_nv_ = false, ask_ = false, get_ = false, nxt_v_ = false;
  bool shared_ = false;
  Row nxt_;

  bool f_word_ = false, f_emit_ = false, f_last_ = false, f_shared_ = false;
  uint8_t f_nb_ = 0, f_err_ = 0, f_shift_ = 0;
  uint16_t f_sum_ = 0;
  // The word before the one in flight, then the one in flight: beats are cut out of both.
  alignas(64) std::array<uint8_t, 128> words_buf_{};
};

}  // namespace fp::mbuf
