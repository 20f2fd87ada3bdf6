// SPDX-License-Identifier: Apache-2.0
//
// Free engine of the mbuf model; twin of rtl/mbuf/mbuf_free.sv: a check walk and a release walk.
#pragma once

#include <array>
#include <cstdint>

#include "cmodel/common/state_io.hpp"
#include "cmodel/mbuf/mbuf_types.hpp"

namespace fp::mbuf {

class FreeEngine {
 public:
  // The side RAMs, as they are before this cycle's writes.
  struct Rams {
    const Row* rows;
    const uint8_t* tog;
  };

  void reset() { *this = FreeEngine(); }
  bool resting() const { return !chk_ && !rel_; }
  bool takes_job() const { return !chk_; }
  int pick(uint32_t req) { return arb_.grant(req); }

  bool wants_freed() const { return rel_; }
  const Row& freed_row() const { return rel_row_; }
  Job freed_job() const {
    Job j = rel_job_;
    j.first = rel_at_;
    return j;
  }
  uint8_t freed_port() const { return rel_port_; }

  // One cycle. `job`: what was picked, null for nothing; fresh cells may not be freed.
  void eval(const Rams& rams, const Job* job, unsigned source, unsigned fresh,
            const std::array<uint16_t, 3>& fresh_cell, bool freed_gnt, unsigned num_cells,
            unsigned num_conns, Fault& fault) {
    const bool rel_before = rel_;
    if (rel_ && freed_gnt) {
      rel_at_ = rel_row_.next;
      if (rel_left_ == 0) {
        rel_ = false;
      } else {
        rel_row_ = rams.rows[rel_at_];
      }
      --rel_left_;
    }
    if (!chk_) {
      if (job != nullptr) accept(rams, *job, source, num_cells, num_conns, fault);
      return;
    }
    bool is_fresh = false;
    for (unsigned p = 0; p < 3; ++p) is_fresh |= ((fresh >> p) & 1) && fresh_cell[p] == cell_;
    const uint8_t err = walk_code(is_fresh);
    if (err != 0) {
      fault = {job_.conn_id, err, Source::kFree, port_, job_.gen};
      chk_ = false;
    } else if (count_ + 1u != job_.n_cells) {
      read(rams, chk_row_.row.next);
      ++count_;
    } else if (!rel_before) {
      chk_ = false;
      rel_ = true;
      rel_job_ = job_;
      rel_port_ = port_;
      rel_at_ = job_.first;
      rel_left_ = static_cast<uint8_t>(job_.n_cells - 1);
      rel_row_ = rams.rows[rel_at_];
    }
  }

  void checkpoint(StateIo& io) {
    io(arb_, chk_, job_, port_, count_, cell_, chk_row_, rel_, rel_job_, rel_port_, rel_left_,
       rel_at_, rel_row_);
  }

 private:
  void read(const Rams& rams, uint16_t cell) {
    cell_ = cell;
    chk_row_.row = rams.rows[cell];
    chk_row_.dead = chk_row_.row.tog == (rams.tog[cell] != 0);
  }

  void accept(const Rams& rams, const Job& job, unsigned source, unsigned num_cells,
              unsigned num_conns, Fault& fault) {
    if (job.n_cells == 0) return;
    const uint8_t port = static_cast<uint8_t>(source >= 3 ? source - 3 : source);
    uint8_t err = 0;
    if (job.conn_id >= num_conns) {
      err = kCodeBadConn;
    } else if (job.first >= num_cells || job.last >= num_cells) {
      err = kCodeBadCell;
    }
    if (err != 0) {
      fault = {job.conn_id, err, Source::kFree, port, job.gen};
      return;
    }
    chk_ = true;
    job_ = job;
    port_ = port;
    count_ = 0;
    read(rams, job.first);
  }

  uint8_t walk_code(bool is_fresh) const {
    const Row& r = chk_row_.row;
    if (chk_row_.dead) return kCodeDeadCell;
    if (r.conn_id != job_.conn_id || r.dir != job_.dir || is_fresh) return kCodeForeignCell;
    if (r.gen != job_.gen) return kCodeStale;
    const bool at_end = count_ + 1u == job_.n_cells;
    if (at_end ? cell_ != job_.last : !r.next_v) return kCodeBadChain;
    return 0;
  }

  RoundRobin arb_{6};
  bool chk_ = false;
  Job job_;
  uint8_t port_ = 0;
  uint8_t count_ = 0;
  uint16_t cell_ = 0;
  RowRead chk_row_;

  bool rel_ = false;
  Job rel_job_;
  uint8_t rel_port_ = 0;
  uint8_t rel_left_ = 0;
  uint16_t rel_at_ = 0;
  Row rel_row_;
};

}  // namespace fp::mbuf
