// SPDX-License-Identifier: Apache-2.0
//
// Verilated window + parser + deparser (rmt_edge.sv) and their models in step: the same inputs,
// every output compared after every edge. The test acts as the match-action stages.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <verilated.h>
#include <verilated_cov.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "Vrmt_edge_rtl.h"
#include "sim-tb/rtl_adapters/rtl_block.hpp"
#include "tests/unit/rmt/edge_model.hpp"

namespace fp::rmt::test {

// A netlist with mutants: without assertions and cover points.
template <class Top>
constexpr bool is_netlist() {
  return requires(Top& top) { top.mut_sel; };
}
// It also holds fewer parser entries; rows beyond them are left alone.
inline constexpr unsigned kHeldEntries = is_netlist<Vrmt_edge_rtl>() ? 32 : kParserEntries;

class EdgePair {
 public:
  using Stages = std::function<void(FrameSlot&)>;

  // `seed` > 0 chooses what registers without a reset and RAMs hold at power-up.
  EdgePair(unsigned latency, int seed, Stages stages)
      : model(std::make_unique<EdgeModel>(latency)), stages_(std::move(stages)) {
    context_.randReset(2);
    context_.randSeed(seed);
    top_ = std::make_unique<Vrmt_edge_rtl>(&context_);
    sim::select_mutant(*top_);
    reset();
  }
  ~EdgePair() {
    top_->final();
    sim::write_cover(context_);
  }

  // Adds how often each cover point was hit to `counts`, by its place and name.
  void add_cover(std::map<std::string, uint64_t>& counts) {
    const std::string file = testing::TempDir() + "rmt_edge_" + std::to_string(::getpid()) + ".dat";
    context_.coveragep()->forcePerInstance(true);
    context_.coveragep()->write(file.c_str());
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      const size_t end = line.rfind('\'');
      if (line.rfind("C '", 0) == 0)
        counts[line.substr(3, end - 3)] += std::stoull(line.substr(end + 1));
    }
    std::remove(file.c_str());
  }

  // Two edges of reset, as interfaces.md has it; both sides forget programs and frames.
  void reset() {
    clear_inputs();
    top_->rst_ni = 0;
    edge();
    edge();
    top_->rst_ni = 1;
    model->reset();
    sink = {};
    want_read_.clear();
  }

  // Table access in the next cycle() call.
  void write_row(TableId table, unsigned bank, unsigned index, const uint32_t* words) {
    if (!held(table, index)) return;
    access(table, bank, index);
    top_->tw_valid_i = 1;
    std::memcpy(&top_->tw_data_i[0], words, sizeof top_->tw_data_i);
    write_ = {true, table, bank, index, {}};
    std::copy_n(words, write_.words.size(), write_.words.begin());
  }
  void read_row(TableId table, unsigned bank, unsigned index) {
    if (!held(table, index)) return;
    access(table, bank, index);
    top_->tr_valid_i = 1;
    read_ = {true, table, bank, index, {}};
  }
  void load(unsigned bank, const Program& program) {
    program.for_each_row([&](TableId table, unsigned index, const uint32_t* words) {
      write_row(table, bank, index, words);
      cycle({});
    });
  }

  // One clock cycle on both sides, then the comparison.
  void cycle(const InBeat& in) {
    top_->in_valid_i = in.valid;
    if (in.valid) {
      in.beat->pack(&top_->in_i[0]);
      top_->in_side_i = uint64_t{in.recirc} << 11 | uint64_t{in.passes} << 8 | in.epoch;
    }
    const SlotIndex leaving = model->leaving();
    top_->m_valid_i = leaving != kNoSlot;
    if (leaving != kNoSlot) {
      FrameSlot& f = model->ring[leaving];
      stages_(f);
      f.phv.pack(&top_->m_phv_i[0]);
      top_->m_dirty_i[0] = static_cast<uint32_t>(f.dirty[0]);
      top_->m_dirty_i[1] = static_cast<uint32_t>(f.dirty[0] >> 32);
      top_->m_dirty_i[2] = static_cast<uint32_t>(f.dirty[1]);
      top_->m_exc_valid_i = f.exc.valid;
      top_->m_exc_verdict_i = static_cast<uint8_t>(f.exc.verdict);
      top_->m_exc_reason_i = f.exc.reason;
      top_->m_stage_hit_i = f.stage_hit;
      uint64_t actions = 0;
      for (unsigned i = 0; i < f.stage_action.size(); ++i) {
        actions |= uint64_t{f.stage_action[i]} << (8 * i);
      }
      top_->m_stage_action_i = actions;
      top_->m_epoch_i = f.epoch;
    }
    edge();
    model->step(in);
    want_read_.clear();
    if (write_.valid)
      model->write_row(write_.table, write_.bank, write_.index, write_.words.data());
    if (read_.valid) {
      want_read_.resize(reg::kTblDataCount);
      if (read_.table <= TableId::kParserAction) {
        model->parser.read_row(read_.table, read_.bank, read_.index, want_read_.data());
      } else {
        model->deparser.read_row(read_.table, read_.bank, read_.index, want_read_.data());
      }
    }
    compare();
    sink.take(model->deparser.out());
    write_.valid = read_.valid = false;
    top_->tw_valid_i = top_->tr_valid_i = 0;
    ++cycles;
  }

  // Sends everything and waits until nothing is in flight.
  void drain(BeatSource& source) {
    while (!source.empty() || model->busy()) {
      cycle(source.next());
      if (testing::Test::HasFailure()) return;
    }
  }

  std::unique_ptr<EdgeModel> model;
  FrameSink sink;
  uint64_t cycles = 0;

 private:
  struct Access {
    bool valid = false;
    TableId table{};
    unsigned bank = 0;
    unsigned index = 0;
    std::array<uint32_t, ParserAction::kWords> words{};
  };

  static bool held(TableId table, unsigned index) {
    const bool entry = table == TableId::kParserTcam || table == TableId::kParserAction;
    return !entry || index < kHeldEntries;
  }
  void access(TableId table, unsigned bank, unsigned index) {
    top_->t_table_i = static_cast<uint8_t>(table);
    top_->t_bank_i = bank != 0;
    top_->t_index_i = static_cast<uint8_t>(index);
  }

  void clear_inputs() {
    top_->in_valid_i = top_->m_valid_i = top_->tw_valid_i = top_->tr_valid_i = 0;
    write_.valid = read_.valid = false;
  }

  void edge() {
    top_->clk_i = 0;
    top_->eval();
    top_->clk_i = 1;
    top_->eval();
  }

  template <class A, class B>
  void same(const char* what, const A& rtl, const B& want) {
    ASSERT_EQ(uint64_t(rtl), uint64_t(want)) << what << " in cycle " << cycles;
  }
  template <class T, class W>
  void same_struct(const char* what, const W& rtl, const T& want) {
    ASSERT_TRUE(T::unpack(&rtl[0]) == want) << what << " in cycle " << cycles;
  }

  void compare() {
    const SlotIndex p = model->parser.out();
    same("p_valid", top_->p_valid_o, p != kNoSlot);
    if (p != kNoSlot) {
      const FrameSlot& f = model->ring[p];
      same_struct("p_phv", top_->p_phv_o, f.phv);
      same("p_hdr_valid", top_->p_hdr_valid_o, f.hdr_valid);
      same("p_exc_valid", top_->p_exc_valid_o, f.exc.valid);
      if (f.exc.valid) {
        same("p_exc_verdict", top_->p_exc_verdict_o, f.exc.verdict);
        same("p_exc_reason", top_->p_exc_reason_o, f.exc.reason);
      }
      same("p_epoch", top_->p_epoch_o, f.epoch);
      same("p_tag", top_->p_tag_o, f.tag);
      same("p_port", top_->p_port_o, f.port);
      same("p_passes", top_->p_passes_o, f.passes);
      same_struct("parsed", top_->parsed_o, ParseReport{f.tag, f.port, f.hdr_valid, f.phv});
    }
    const OutBeat& o = model->deparser.out();
    same("o_valid", top_->o_valid_o, o.valid);
    if (o.valid) {
      same_struct("o_beat", top_->o_beat_o, o.beat);
      // Fields of rmt_tm_pkg::side_t, the last one first.
      unsigned at = 0;
      const auto field = [&](const char* what, unsigned bits, uint64_t want) {
        uint64_t got = 0;
        for (unsigned i = 0; i < bits; ++i, ++at) {
          got |= uint64_t{top_->o_side_o[at / 32] >> at % 32 & 1} << i;
        }
        same(what, got, want);
      };
      field("o_epoch", 8, o.fate.epoch);
      for (const uint8_t action : o.fate.stage_action) field("o_stage_action", 8, action);
      field("o_stage_hit", 8, o.fate.stage_hit);
      field("o_passes", 3, o.fate.passes);
      field("o_recirc", 32, o.fate.recirc);
      field("o_entropy", 14, o.fate.entropy);
      field("o_group", 8, o.fate.group);
      field("o_edit", 8, o.fate.edit);
      field("o_queue", 2, o.fate.queue);
      field("o_out_port", 8, o.fate.out_port);
      field("o_reason", 8, o.fate.reason);
      field("o_verdict", 2, static_cast<uint64_t>(o.fate.verdict));
    }
    same("body_level", top_->body_level_o, model->window.body_level());
    same("busy", top_->busy_o,
         model->window.busy() | model->parser.busy() << 1 | model->deparser.busy() << 2);
    const bool of_parser = read_.table <= TableId::kParserAction;
    same("tr_valid", top_->tr_valid_o, !read_.valid ? 0u : of_parser ? 1u : 2u);
    if (read_.valid) {
      for (unsigned i = 0; i < ParserAction::kWords; ++i) {
        const uint32_t got = of_parser ? top_->tr_parser_o[i] : i == 0 ? top_->tr_deparser_o : 0;
        same("tr_data", got, want_read_[i]);
      }
    }
  }

  VerilatedContext context_;
  std::unique_ptr<Vrmt_edge_rtl> top_;
  Stages stages_;
  Access write_, read_;
  std::vector<uint32_t> want_read_;
};

}  // namespace fp::rmt::test
