// SPDX-License-Identifier: Apache-2.0
//
// Test bench around any RmtIf: a source on every input, a sink on every output, monitors on the
// reports and an AXI4-Lite master that loads tables as firmware does.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "cmodel/rmt/rmt_if.hpp"
#include "sim-tb/lockstep/axil_bench.hpp"
#include "sim-tb/lockstep/stream_bench.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "tests/unit/rmt/match_interp.hpp"
#include "tests/unit/rmt/random_match.hpp"

namespace fp::rmt::test {

class RmtBench {
 public:
  struct Options {
    uint64_t seed = 1;
    sim::StallPattern in = {};   // of every source
    sim::StallPattern out = {};  // of every sink
    unsigned axil_pause = 0;     // percent
    uint64_t shuffle = 0;        // tick order seed, 0: fixed order
    bool skipping = false;       // leave idle blocks without edges
  };

  // `dut` is kept by the caller. `frames` go to the input their port names, in order.
  RmtBench(RmtIf& dut, const std::vector<Frame>& frames, const Options& options)
      : dut_(dut), frames_(frames.size()), axil_(options.seed, options.axil_pause) {
    std::array<std::vector<common::PktBeat>, kNumPorts> beats;
    for (const Frame& f : frames) append_beats(f, beats[static_cast<size_t>(f.port)]);
    ticker_.add(dut);
    for (unsigned p = 0; p < kNumPorts; ++p) {
      sources_[p] = std::make_unique<sim::StreamSource<common::PktBeat>>(
          std::move(beats[p]), options.in, options.seed * 64 + p);
      sinks_[p] = std::make_unique<sim::StreamSink<common::PktBeat>>(options.out,
                                                                     options.seed * 64 + 32 + p);
      connect(sources_[p]->out, dut.in[p]);
      connect(dut.out[p], sinks_[p]->in);
      blocks_.push_back(sources_[p].get());
      blocks_.push_back(sinks_[p].get());
    }
    connect(dut.parsed, parsed_.in);
    connect(dut.verdict, verdicts_.in);
    connect(axil_.port, dut.csr);
    blocks_.insert(blocks_.end(), {&parsed_, &verdicts_, &axil_});
    ticker_.set_skipping(options.skipping);
    ticker_.set_shuffle(options.shuffle);
    for (Block* b : blocks_) ticker_add(*b);
    ticker_.reset();
  }

  // ---- register accesses, queued behind those before
  void write(uint32_t offset, uint32_t value) {
    axil_.write(static_cast<uint16_t>(offset), value, ticker_.now());
  }
  void load_row(unsigned table, unsigned bank, unsigned index, const uint32_t* words) {
    // TBL_DATA keeps its words: only those that change are written.
    for (unsigned i = 0; i < reg::kTblDataCount; ++i) {
      if (data_known_ && shadow_[i] == words[i]) continue;
      shadow_[i] = words[i];
      write(reg::TblData::offset_of(i), words[i]);
    }
    data_known_ = true;
    command(table, bank, index, TableOp::kWrite);
  }
  void command(unsigned table, unsigned bank, unsigned index, TableOp op) {
    reg::TblCmd cmd;
    cmd.set_index(static_cast<uint16_t>(index));
    cmd.set_table_id(static_cast<uint8_t>(table));
    cmd.set_bank(bank != 0);
    cmd.set_op(static_cast<uint8_t>(op));
    write(reg::kTblCmd, cmd.raw);
  }
  void load(const RmtProgram& program, unsigned bank) {
    program.for_each_row([&](unsigned table, unsigned index, const uint32_t* words) {
      load_row(table, bank, index, words);
    });
  }
  // Empties the rows of the stages' tables that `program` filled.
  void unload(const RmtProgram& program, unsigned bank) {
    const std::array<uint32_t, reg::kTblDataCount> zero{};
    program.for_each_row([&](unsigned table, unsigned index, const uint32_t*) {
      if (table >= static_cast<unsigned>(TableId::kGroup))
        load_row(table, bank, index, zero.data());
    });
  }
  // Row as it stands in the table, by way of TBL_DATA.
  std::array<uint32_t, reg::kTblDataCount> read_row(unsigned table, unsigned bank, unsigned index) {
    command(table, bank, index, TableOp::kRead);
    while (reg::TblStatus{read(reg::kTblStatus)}.busy()) {
    }
    std::array<uint32_t, reg::kTblDataCount> words{};
    for (unsigned i = 0; i < words.size(); ++i) words[i] = read(reg::TblData::offset_of(i));
    shadow_ = words;
    return words;
  }
  void enable(bool lossless = false) {
    write(reg::kCtrl, reg::Ctrl{}.set_enable(true).set_lossless(lossless).raw);
  }

  // One more beat at the end of an input's list; the list has whole frames otherwise.
  void push(unsigned p, const common::PktBeat& beat) { sources_[p]->push(beat); }

  // ---- running
  void tick(uint64_t cycles = 1) {
    for (uint64_t i = 0; i < cycles; ++i) ticker_.tick();
  }
  // Runs until `stop` or for `limit` cycles; whether it stopped.
  bool run(uint64_t limit, const std::function<bool()>& stop) {
    bool stopped = false;
    ticker_.run_until(ticker_.now() + limit, [&] { return stopped = stop(); });
    return stopped;
  }
  bool run_axil(uint64_t limit = 10'000'000) {
    return axil_.done() || run(limit, [&] { return axil_.done(); });
  }
  // The value of a register, by way of the bus.
  uint32_t read(uint32_t offset) {
    axil_.read(static_cast<uint16_t>(offset), ticker_.now());
    run_axil(100'000);
    return axil_.list().back().data;
  }
  uint64_t read64(uint32_t offset) {
    return read(offset) | static_cast<uint64_t>(read(offset + 4)) << 32;
  }
  void wait_init() {
    while (!reg::Status{read(reg::kStatus)}.init_done()) tick(16);
  }
  bool sources_done() const {
    return std::all_of(sources_.begin(), sources_.end(), [](const auto& s) { return s->done(); });
  }
  // All frames offered and judged, nothing held any more.
  bool drained() const { return drained(frames_); }
  bool drained(size_t frames) const {
    if (!sources_done() || verdicts_.taken().size() < frames) return false;
    // The verdict comes with the queueing; its copies leave later.
    for (; verdicts_seen_ < verdicts_.taken().size(); ++verdicts_seen_) {
      copies_ += verdicts_.taken()[verdicts_seen_].copies;
    }
    for (unsigned p = 0; p < kNumPorts; ++p) {
      const auto& beats = sinks_[p]->taken();
      for (; beats_seen_[p] < beats.size(); ++beats_seen_[p]) {
        left_ += beats[beats_seen_[p]].eop ? 1 : 0;
      }
    }
    return left_ == copies_;
  }

  // Resets everything: sources begin again.
  void reset() {
    data_known_ = false;
    verdicts_seen_ = 0;
    beats_seen_ = {};
    copies_ = left_ = 0;
    ticker_.reset(ticker_.now());
  }

  RmtIf& dut() { return dut_; }
  sim::Ticker& ticker() { return ticker_; }
  sim::AxilBench& axil() { return axil_; }
  const sim::StreamSink<ParseReport>& parsed() const { return parsed_; }
  const sim::StreamSink<VerdictReport>& verdicts() const { return verdicts_; }
  const sim::StreamSink<common::PktBeat>& sink(unsigned p) const { return *sinks_[p]; }
  const sim::StreamSource<common::PktBeat>& source(unsigned p) const { return *sources_[p]; }

 private:
  // Test-bench blocks have no ports of their own to wake them; they are clocked always.
  struct Always : Block {
    explicit Always(Block& b) : block(b) {}
    template <class A, class B, class F>
    static void zip_ports(A&, B&, F&&) {}
    void reset() override { block.reset(); }
    void eval(uint64_t now) override { block.eval(now); }
    void commit() override { block.commit(); }
    bool idle() const override { return false; }
    uint64_t wake_at() const override { return kNever; }
    Block& block;
  };
  void ticker_add(Block& b) {
    always_.push_back(std::make_unique<Always>(b));
    ticker_.add(*always_.back());
  }

  RmtIf& dut_;
  size_t frames_;
  sim::Ticker ticker_;
  std::array<std::unique_ptr<sim::StreamSource<common::PktBeat>>, kNumPorts> sources_;
  std::array<std::unique_ptr<sim::StreamSink<common::PktBeat>>, kNumPorts> sinks_;
  sim::StreamSink<ParseReport> parsed_{sim::kNoStalls, 1};
  sim::StreamSink<VerdictReport> verdicts_{sim::kNoStalls, 1};
  sim::AxilBench axil_;
  std::vector<Block*> blocks_;
  std::vector<std::unique_ptr<Always>> always_;
  std::array<uint32_t, reg::kTblDataCount> shadow_{};
  bool data_known_ = false;
  // What drained() has looked at so far.
  mutable size_t verdicts_seen_ = 0;
  mutable std::array<size_t, kNumPorts> beats_seen_{};
  mutable uint64_t copies_ = 0;
  mutable uint64_t left_ = 0;
};

}  // namespace fp::rmt::test
