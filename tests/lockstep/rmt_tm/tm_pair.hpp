// SPDX-License-Identifier: Apache-2.0
//
// The Verilated traffic manager (rmt_tm_small.sv) and its model in step: the same inputs, every
// output compared after every edge.
#pragma once

#include <gtest/gtest.h>
#include <verilated.h>

#include <array>
#include <cstdint>
#include <memory>

#include "Vrtl_rmt_tm_s.h"
#include "cmodel/rmt/tm.hpp"
#include "sim-tb/rtl_adapters/rtl_block.hpp"
#include "sim-tb/rtl_adapters/rtl_signals.hpp"

namespace fp::rmt::test {

class TmPair {
 public:
  static constexpr TrafficManager::Sizes kSizes{
      .cells = 64, .queue_frames = 8, .waiting = 64, .pause_cells = 16};

  // What a test drives, constant until changed.
  std::array<bool, kNumOutputs> ready{};
  TrafficManager::PerQueue8 weights{};
  TrafficManager::PerQueue16 limits{};
  bool lossless = false;
  uint16_t threshold = 0;
  uint64_t cycles = 0;

  explicit TmPair(int seed) : model_(kSizes) {
    context_.randReset(2);
    context_.randSeed(seed);
    top_ = std::make_unique<Vrtl_rmt_tm_s>(&context_);
    sim::select_mutant(*top_);
    for (unsigned d = 0; d < kNumPorts; ++d) ports_[d].ready = &ready[d];
    model_.again().ready = &ready[kNumPorts];
    weights.fill(1);
    limits.fill(64);
    reset();
  }
  ~TmPair() {
    top_->final();
    sim::write_cover(context_);
  }

  void reset() {
    top_->valid_i = top_->tw_valid_i = top_->tr_valid_i = 0;
    top_->rst_ni = 0;
    edge();
    edge();
    top_->rst_ni = 1;
    for (unsigned i = 0; i < kSizes.cells; ++i) edge();
    model_.reset();
    for (auto& port : ports_) port.valid = false;
    ASSERT_TRUE(top_->init_done_o);
    for (unsigned b = 0; b < kNumBanks; ++b) {
      for (unsigned i = 0; i < kNumGroups; ++i) write_row(TableId::kGroup, b, i, McastGroup{});
      for (unsigned i = 0; i < kNumEdits; ++i) write_row(TableId::kEdit, b, i, EgressEdit{});
    }
  }

  // One row, in a cycle without traffic.
  template <class Row>
  void write_row(TableId table, unsigned bank, unsigned index, const Row& row) {
    std::array<uint32_t, reg::kTblDataCount> words{};
    row.pack(words.data());
    top_->tw_valid_i = 1;
    top_->t_table_i = static_cast<uint8_t>(table);
    top_->t_bank_i = bank != 0;
    top_->t_index_i = static_cast<uint8_t>(index);
    std::memcpy(&top_->tw_data_i[0], words.data(), sizeof top_->tw_data_i);
    edge();
    top_->tw_valid_i = 0;
    model_.write_row(table, bank, index, words.data());
  }
  // Reads a row back on both sides.
  void check_row(TableId table, unsigned bank, unsigned index) {
    std::array<uint32_t, reg::kTblDataCount> words{};
    model_.read_row(table, bank, index, words.data());
    top_->tr_valid_i = 1;
    top_->t_table_i = static_cast<uint8_t>(table);
    top_->t_bank_i = bank != 0;
    top_->t_index_i = static_cast<uint8_t>(index);
    edge();
    top_->tr_valid_i = 0;
    ASSERT_TRUE(top_->tr_valid_o);
    for (unsigned i = 0; i < (EgressEdit::kBits + 31) / 32; ++i) {
      ASSERT_EQ(top_->tr_data_o[i], words[i]) << "word " << i << " of row " << index;
    }
    edge();
    ASSERT_FALSE(top_->tr_valid_o);
  }

  void cycle(const OutBeat& in) {
    top_->valid_i = in.valid;
    if (in.valid) {
      in.beat.pack(&top_->beat_i[0]);
      pack_side(in.fate);
    }
    uint32_t up = 0;
    for (unsigned d = 0; d < kNumOutputs; ++d) up |= ready[d] ? 1u << d : 0;
    top_->out_ready_i = static_cast<uint8_t>(up);
    for (unsigned q = 0; q < EgressQueues::kQueues; ++q) {
      put(top_->weight_i, q * 4, 4, weights[q]);
      put(top_->limit_i, q * 12, 12, limits[q]);
    }
    top_->lossless_i = lossless;
    top_->threshold_i = threshold;
    top_->clk_i = 0;
    top_->eval();
    const unsigned gone = top_->gone_o;  // of this cycle; the rest are registers
    top_->clk_i = 1;
    top_->eval();
    model_.step(
        in, ports_,
        {.lossless = lossless, .threshold = threshold, .weights = &weights, .limits = &limits});
    model_.publish(ports_, verdict_);
    ++cycles;
    same("gone", gone & 1, model_.gone());
    if (model_.gone()) same("gone_bank", gone >> 1, model_.gone_bank());
    compare();
  }

  // The model's outputs, which the RTL shares.
  const Tx<common::PktBeat>& out(unsigned d) { return d == kNumPorts ? model_.again() : ports_[d]; }
  const Tx<VerdictReport>& verdict() const { return verdict_; }
  TrafficManager& model() { return model_; }

 private:
  template <class S>
  static void put(S& signal, unsigned at, unsigned bits, uint32_t value) {
    sim::put_signal(signal, at, bits, &value);
  }

  void edge() {
    top_->clk_i = 0;
    top_->eval();
    top_->clk_i = 1;
    top_->eval();
  }

  // Order and widths of rmt_tm_pkg::side_t, last field first.
  void pack_side(const FrameFate& f) {
    unsigned at = 0;
    const auto add = [&](uint32_t value, unsigned bits) {
      put(top_->side_i, at, bits, value);
      at += bits;
    };
    add(f.epoch, 8);
    for (const uint8_t a : f.stage_action) add(a, 8);
    add(f.stage_hit, 8);
    add(f.passes, 3);
    add(f.recirc, 32);
    add(f.entropy, 14);
    add(f.group, 8);
    add(f.edit, 8);
    add(f.queue, 2);
    add(f.out_port, 8);
    add(f.reason, 8);
    add(static_cast<uint32_t>(f.verdict), 2);
  }

  template <class A, class B>
  void same(const char* what, const A& rtl, const B& want) {
    ASSERT_EQ(uint64_t(rtl), uint64_t(want)) << what << " in cycle " << cycles;
  }

  void compare() {
    for (unsigned d = 0; d < kNumOutputs; ++d) {
      const Tx<common::PktBeat>& want = out(d);
      ASSERT_EQ(bool(top_->out_valid_o >> d & 1), want.valid)
          << "out_valid " << d << " in cycle " << cycles;
      if (!want.valid) continue;
      ASSERT_TRUE(sim::get_payload<common::PktBeat>(top_->out_data_o, d) == want.data)
          << "out " << d << " in cycle " << cycles;
    }
    if (model_.again().valid) {
      const AgainSide& s = model_.again_side();
      same("again", top_->again_o,
           uint64_t{s.recirc} << 11 | uint64_t{s.passes & 7u} << 8 | s.epoch);
    }
    same("verdict_valid", top_->verdict_valid_o, verdict_.valid);
    if (verdict_.valid) {
      ASSERT_TRUE(sim::get_payload<VerdictReport>(top_->verdict_o, 0) == verdict_.data)
          << "verdict in cycle " << cycles;
    }
    same("bad_port_valid", top_->bad_port_valid_o, model_.bad_port_valid());
    if (model_.bad_port_valid()) same("bad_port", top_->bad_port_o, model_.bad_port());
    same("cnt", top_->cnt_o,
         unsigned{model_.copied()} | unsigned{model_.copy_dropped()} << 1 |
             unsigned{model_.recirculated()} << 2);
    same("pause", top_->pause_o, model_.pause());
    same("free", top_->free_o, model_.free_cells());
    same("idle", top_->idle_o, model_.idle());
  }

  VerilatedContext context_;
  std::unique_ptr<Vrtl_rmt_tm_s> top_;
  TrafficManager model_;
  TrafficManager::Ports ports_{};
  Tx<VerdictReport> verdict_;
};

}  // namespace fp::rmt::test
