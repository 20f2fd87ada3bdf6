// SPDX-License-Identifier: Apache-2.0
//
// One Verilated rmt_stage and its model in step: the same frames, table accesses and cycle counts,
// every output compared after every edge.
#pragma once

#include <gtest/gtest.h>
#include <verilated.h>
#include <verilated_cov.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "Vrtl_rmt_stage_x.h"
#include "cmodel/rmt/stage.hpp"
#include "sim-tb/rtl_adapters/rtl_block.hpp"

namespace fp::rmt::test {

using StageTop = Vrtl_rmt_stage_x;

// A netlist with mutants holds fewer rows of what is compared side by side (rmt_stage_small.sv).
template <class Top>
constexpr bool is_small() {
  return requires(Top& top) { top.mut_sel; };
}
inline constexpr unsigned kHeldTernary = is_small<StageTop>() ? 16 : kTernaryRows;
inline constexpr unsigned kHeldPivots = is_small<StageTop>() ? 8 : kLpmPivots;

// Edges from reset to init_done_o.
inline constexpr unsigned kSweep = 1024;

class StagePair {
 public:
  using Row = std::array<uint32_t, reg::kTblDataCount>;

  // `stage`: which one it is. `seed` > 0 chooses what registers without a reset and RAMs hold at
  // power-up.
  StagePair(unsigned stage, int seed) : model(1, stage), stage_(stage) {
    context_.randReset(2);
    context_.randSeed(seed);
    top_ = std::make_unique<StageTop>(&context_);
    sim::select_mutant(*top_);
    reset();
    wait_init();
  }
  ~StagePair() {
    top_->final();
    sim::write_cover(context_);
  }

  // Two edges of reset; both sides forget programs, state and frames. No cycle() before the sweep
  // is over may bring a frame or a table access.
  void reset() {
    top_->valid_i = top_->tw_valid_i = top_->tr_valid_i = 0;
    top_->stage_i = stage_;
    top_->rst_ni = 0;
    edge();
    edge();
    top_->rst_ni = 1;
    model.reset();
    since_reset_ = 0;
    wait_ = 0;
    write_.valid = read_.valid = false;
  }
  void wait_init() {
    while (since_reset_ < kSweep && !::testing::Test::HasFailure()) cycle(nullptr);
  }

  // Table access in the next cycle() call. A read keeps the port for two cycles more.
  bool port_free() const { return wait_ == 0 && !write_.valid && !read_.valid; }
  void write_row(TableId stage0, unsigned bank, unsigned index, const uint32_t* words) {
    write_ = {true, stage0, bank, index, {}};
    std::copy_n(words, write_.row.size(), write_.row.begin());
  }
  template <class T>
  void put(TableId stage0, unsigned bank, unsigned index, const T& row) {
    Row words{};
    row.pack(words.data());
    write_row(stage0, bank, index, words.data());
    cycle(nullptr);
  }
  void read_row(TableId stage0, unsigned bank, unsigned index) {
    read_ = {true, stage0, bank, index, {}};
  }
  // The row as it stands, by way of the port; nothing enters meanwhile.
  template <class T>
  T get(TableId stage0, unsigned bank, unsigned index) {
    read_row(stage0, bank, index);
    while (!port_free()) cycle(nullptr);
    return T::unpack(last_read.data());
  }

  // One clock cycle on both sides with `in` entering, or nothing. After a failure time passes, but
  // nothing happens any more.
  void cycle(const FrameSlot* in) {
    if (::testing::Test::HasFailure()) {
      ++now;
      ++cycles;
      wait_ = 0;
      write_.valid = read_.valid = false;
      return;
    }
    SlotIndex slot = kNoSlot;
    top_->valid_i = in != nullptr;
    if (in != nullptr) {
      slot = ring_.take();
      ring_[slot] = *in;
      in->phv.pack(&top_->phv_i[0]);
      top_->hdr_valid_i = in->hdr_valid;
      top_->exc_i = exception(*in);
      top_->epoch_i = in->epoch;
      // What earlier stages left: the stage adds to it. The model begins with nothing.
      for (auto& w : top_->dirty_i.m_storage) w = 0;
      top_->hit_i = 0;
      top_->action_i = 0;
    }
    top_->now_i = now & ((uint64_t{1} << 48) - 1);
    top_->tw_valid_i = write_.valid;
    top_->tr_valid_i = read_.valid;
    if (write_.valid || read_.valid) {
      const Access& a = write_.valid ? write_ : read_;
      top_->t_table_i =
          static_cast<uint8_t>(static_cast<unsigned>(a.table) + stage_ * kStageTableStride);
      top_->t_bank_i = a.bank != 0;
      top_->t_index_i = static_cast<uint16_t>(a.index);
      std::memcpy(&top_->tw_data_i[0], a.row.data(), sizeof top_->tw_data_i);
    }
    edge();
    // A row that is read shows what was committed before this edge.
    const unsigned offset =
        static_cast<unsigned>((write_.valid ? write_ : read_).table) - kStageTableBase;
    if (read_.valid) {
      model.stage(0).read_row(offset, read_.bank, read_.index, want_.data());
      wait_ = 2;
    } else if (wait_ != 0) {
      --wait_;
    }
    model.step(ring_, slot, now);
    if (write_.valid)
      model.stage(0).write_row(offset, write_.bank, write_.index, write_.row.data());
    write_.valid = read_.valid = false;
    since_reset_ = std::min(since_reset_ + 1, kSweep);
    compare();
    ++now;
    ++cycles;
  }
  void drain() {
    while ((model.busy() || !port_free()) && !::testing::Test::HasFailure()) cycle(nullptr);
    cycle(nullptr);
  }

  MatchAction model;
  uint64_t now = 0;     // now_i of the next cycle; a test may let it jump while nothing is inside
  uint64_t cycles = 0;  // edges so far
  std::function<void(const FrameSlot&)> left;  // called with each frame that leaves
  Row last_read{};

 private:
  struct Access {
    bool valid = false;
    TableId table = TableId::kStage0Key;
    unsigned bank = 0;
    unsigned index = 0;
    std::array<uint32_t, ActionInstr::kWords> row{};
  };

  static unsigned exception(const FrameSlot& f) {
    return static_cast<unsigned>(f.exc.valid) << 10 | static_cast<unsigned>(f.exc.verdict) << 8 |
           f.exc.reason;
  }
  void edge() {
    top_->clk_i = 0;
    top_->eval();
    top_->clk_i = 1;
    top_->eval();
  }

  void compare() {
    const auto same = [&](const char* what, uint64_t rtl, uint64_t want) {
      EXPECT_EQ(rtl, want) << what << " in cycle " << cycles;
    };
    same("init_done", top_->init_done_o, since_reset_ == kSweep);
    const SlotIndex out = model.out();
    same("valid", top_->valid_o, out != kNoSlot);
    if (out != kNoSlot) {
      const FrameSlot& f = ring_[out];
      EXPECT_TRUE(Phv::unpack(&top_->phv_o[0]) == f.phv) << "phv in cycle " << cycles;
      same("hdr_valid", top_->hdr_valid_o, f.hdr_valid);
      same("exc", top_->exc_o, exception(f));
      same("epoch", top_->epoch_o, f.epoch);
      same("dirty", top_->dirty_o[0] | uint64_t{top_->dirty_o[1]} << 32, f.dirty[0]);
      same("dirty", top_->dirty_o[2], f.dirty[1]);
      same("hit", top_->hit_o, f.stage_hit);
      uint64_t actions = 0;
      for (unsigned i = 0; i < f.stage_action.size(); ++i) {
        actions |= uint64_t{f.stage_action[i]} << (8 * i);
      }
      same("action", top_->action_o, actions);
      if (left) left(f);
    }
    same("cnt_hit", top_->cnt_hit_o, model.hit_pulse(0));
    same("cnt_miss", top_->cnt_miss_o, model.miss_pulse(0));
    same("tr_valid", top_->tr_valid_o, wait_ == 1);
    if (wait_ == 1) {
      std::memcpy(last_read.data(), &top_->tr_data_o[0], sizeof top_->tr_data_o);
      EXPECT_EQ(last_read, want_) << "row read, in cycle " << cycles;
      wait_ = 0;
    }
  }

  unsigned stage_;
  FrameRing ring_;
  VerilatedContext context_;
  std::unique_ptr<StageTop> top_;
  unsigned since_reset_ = 0;  // edges, up to kSweep
  unsigned wait_ = 0;         // edges to the answer of a read, plus 1
  Access write_, read_;
  Row want_{};
};

}  // namespace fp::rmt::test
