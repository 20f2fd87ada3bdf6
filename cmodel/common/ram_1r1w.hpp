// SPDX-License-Identifier: Apache-2.0
//
// Cycle-exact twin of rtl/common/ram_1r1w.sv for use inside a block model: registered read, old row
// on a simultaneous write, swept after reset. Timing: docs/uarch/common.md.
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>

#include "cmodel/common/state_io.hpp"

namespace fp {

template <class T>
class Ram1r1w {
 public:
  // `depth` rows, 2 or more; the sweep writes `init`.
  explicit Ram1r1w(size_t depth, T init = {})
      : depth_(depth), init_(std::move(init)), rows_(std::make_unique<T[]>(depth)) {
    assert(depth >= 2);
  }

  // Outputs, as the last commit() published them.
  bool init_done() const { return done_; }
  const T& rd_data() const { return rd_data_; }  // of the last read; undefined before the first

  // Starts the sweep: init_done() after `depth` further cycles.
  void reset() {
    done_ = false;
    sweep_ = 0;
    write_ = read_ = false;
  }

  // Inputs of this cycle. Before init_done() both enables are ignored and the sweep goes on.
  void eval(bool wr_en, size_t wr_addr, const T& wr_data, bool rd_en, size_t rd_addr) {
    read(rd_en, rd_addr);
    write_ = done_ && wr_en && wr_addr < depth_;
    if (!write_) return;
    wr_addr_ = wr_addr;
    wr_data_ = wr_data;
  }
  // A cycle without a write.
  void eval(bool rd_en, size_t rd_addr) {
    read(rd_en, rd_addr);
    write_ = false;
  }

  void commit() {
    // The read first: it gets the row as it was before this edge.
    if (read_) {
      if (rd_addr_ < depth_) {
        rd_data_ = rows_[rd_addr_];
      } else {
        rd_data_ = T{};
      }
    }
    if (write_) rows_[wr_addr_] = wr_data_;
    if (!done_) {
      rows_[sweep_] = init_;
      done_ = ++sweep_ == depth_;
    }
  }

  // For scoreboards and statistics, not for models: the row as it lies.
  const T& peek(size_t row) const { return rows_[row]; }

  void checkpoint(StateIo& io) {
    io.elements(rows_.get(), depth_);
    io(rd_data_, wr_data_, sweep_, wr_addr_, rd_addr_, done_, write_, read_);
  }

 private:
  void read(bool en, size_t addr) {
    read_ = done_ && en;
    rd_addr_ = addr;
  }

  size_t depth_;
  T init_;
  std::unique_ptr<T[]> rows_;
  T rd_data_{};
  T wr_data_{};
  size_t sweep_ = 0;
  size_t wr_addr_ = 0;
  size_t rd_addr_ = 0;
  bool done_ = false;
  bool write_ = false;
  bool read_ = false;
};

}  // namespace fp
