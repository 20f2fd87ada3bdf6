// SPDX-License-Identifier: Apache-2.0
//
// Producer port of the mbuf model; twin of rtl/mbuf/mbuf_writer.sv, state for state.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "cmodel/mbuf/mbuf_types.hpp"

namespace fp::mbuf {

class Writer {
 public:
  enum class State : uint8_t { kIdle, kWait, kRun, kDrain, kFlush };
  enum class SlotState : uint8_t { kEmpty, kStore, kReq, kDone, kAbort };

  // The register in front of the banks: a word and a side row to be stored.
  struct Store {
    alignas(64) std::array<uint8_t, 64> data{};  // zero outside lo..hi
    Row row;
    uint16_t cell = 0;
    uint16_t row_cell = 0;
    uint8_t idx = 0;
    uint8_t lo = 0, hi = 0;  // bytes to write
    bool v = false, word = false, has_row = false, before = false;
    bool word_done = false, row_done = false;
    bool wants_word() const { return v && word && !word_done; }
    bool wants_row() const { return v && has_row && !row_done; }
  };

  // What the cycle's grants and answers are.
  struct In {
    const MbufWr* head = nullptr;  // null: the input FIFO is empty
    bool retire = false;           // wq: everything it wanted is stored
    bool word_gnt = false, row_gnt = false;
    bool start_gnt = false;
    const Start* start = nullptr;  // when the state is kWait
    bool commit_gnt = false;
    bool abort_new = false;  // answer to the commit of the cycle before
    bool abort_gnt = false;
    bool alloc_gnt = false;
    uint16_t alloc_cell = 0;
    bool alloc_tog = false;
  };

  void reset() { *this = Writer(); }

  bool resting() const { return st == State::kIdle && !wq.v && sl == SlotState::kEmpty; }
  bool fresh() const {
    return sl != SlotState::kEmpty && sl != SlotState::kAbort && slot.n_new != 0;
  }
  bool wants_commit() const { return sl == SlotState::kReq; }
  bool wants_abort() const { return sl == SlotState::kAbort; }
  Job abort_job() const {
    return {slot.conn_id, slot.first, slot.last, slot.gen, slot.n_cells, slot.dir};
  }
  bool wants_start(const MbufWr& h, bool can_wq, unsigned num_conns) const {
    return st == State::kIdle && h.conn.conn_id < num_conns && static_cast<unsigned>(h.cls) != 3 &&
           can_wq && !(sl != SlotState::kEmpty && slot.conn_id == h.conn.conn_id);
  }

  // The reason the head beat would be refused with now, 0 for none.
  uint8_t beat_code(const MbufWr& h, unsigned shared_ok) const {
    const unsigned n = h.nbytes;
    if (n > 64 || (n == 0 && !h.last)) return kCodeBadBeat;
    if (n > credit_) return kCodeNoCredit;
    if (!need_cell(n)) return 0;
    if (left_ == 0) return kCodeCellCap;
    if (!rsv && !((shared_ok >> cls) & 1)) return kCodeNoCells;
    return 0;
  }
  bool need_cell(unsigned n) const { return n != 0 && pos_ + n > kCellSize; }
  bool flush_needed(const MbufWr& h) const {
    const unsigned n = h.nbytes;
    return h.last && ((need_cell(n) && cur_v_) || (n != 0 && (pos_ & 63) + n > 64));
  }
  bool slot_ok(const MbufWr& h) const {
    return sl == SlotState::kEmpty || !(h.last && !flush_needed(h));
  }

  // The sum that goes with the row being stored.
  uint16_t row_sum() const {
    return wq.before ? sum_ : wq.word ? sum_word(wq.data.data(), sum_) : sum_;
  }

  // One cycle. code is beat_code() when the state is kRun and a head is there. True: pop the head.
  bool eval(const In& in, uint8_t code, unsigned num_conns);

  State st = State::kIdle;
  SlotState sl = SlotState::kEmpty;
  bool rsv = false;  // the next cell comes out of the reservation
  uint8_t cls = 0;
  Store wq;
  Slot slot;

  void checkpoint(StateIo& io) {
    io(st, sl, rsv, cls, wq, slot, flags_, conn_, credit_, len_, cur_, first_, pos_, sum_, code_,
       gen_, left_, grant_, offset_, n_cells_, n_new_, acc_lo_, acc_hi_, dir_, noctx_, rsv_taken_,
       cur_v_, tog_, used_p_, acc_);
  }

 private:
  void begin(const MbufWr& h);
  void take(const MbufWr& h, const In& in, bool& finish, bool& store);
  void fill_slot(const MbufWr* popped);
  void load_row(bool next_v, uint16_t next, bool shared);

  SegFlags flags_;
  uint32_t conn_ = 0;
  uint32_t credit_ = 0;
  uint32_t len_ = 0;
  uint16_t cur_ = 0, first_ = 0, pos_ = 0, sum_ = 0;
  uint8_t code_ = 0, gen_ = 0, left_ = 0, grant_ = 0;
  uint8_t offset_ = 0, n_cells_ = 0, n_new_ = 0;
  uint8_t acc_lo_ = 0, acc_hi_ = 0;  // bytes collected for the word at pos_
  bool dir_ = false, noctx_ = false, rsv_taken_ = false, cur_v_ = false, tog_ = false;
  bool used_p_ = false;
  alignas(64) std::array<uint8_t, 64> acc_{};
};

}  // namespace fp::mbuf
