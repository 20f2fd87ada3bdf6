// SPDX-License-Identifier: Apache-2.0
//
// Speed of the RMT pipeline: model, Verilated RTL and both in lockstep, one 64-byte frame a cycle.
//   rmt_bench [frames [model|rtl|lockstep]]      prints cycles/s and frames/s of each
//
// Every stage looks every frame up in a ternary, an exact and an LPM table, counts it, meters it
// and adds to a register.
#include "tests/unit/rmt/rmt_bench.hpp"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string_view>

#include "cmodel/rmt/rmt_model.hpp"
#include "tests/unit/rmt/random_match.hpp"
#ifdef FP_RMT_RTL
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/rtl_adapters/rmt_rtl.hpp"
#endif

namespace fp::rmt::test {
namespace {

// Inputs that offer 64-byte frames always and outputs that take always, at no cost of their own.
class Load {
 public:
  Load(RmtIf& dut, const RmtProgram& program) : dut_(dut) {
    sim::Random r(1);
    for (unsigned p = 0; p < kNumPorts; ++p) {
      while (beats_[p].size() < 256) {
        Frame f = random_frame(r, program.parse);
        f.port = static_cast<common::PortId>(p);
        f.bytes.resize(64);
        f.err = false;
        append_beats(f, beats_[p]);
      }
      beat_[p] = beats_[p][0];
      dut.in[p].valid = &on_;
      dut.in[p].data = &beat_[p];
      dut.out[p].ready = &kHigh;
    }
    connect(axil_.port, dut.csr);
    dut.reset();
    for (unsigned i = 0; i < kTmCells + 100; ++i) step();
    program.for_each_row([&](unsigned table, unsigned index, const uint32_t* words) {
      for (unsigned i = 0; i < reg::kTblDataCount; ++i) {
        if (shadow_[i] == words[i]) continue;
        shadow_[i] = words[i];
        axil_.write(static_cast<uint16_t>(reg::TblData::offset_of(i)), words[i]);
      }
      axil_.write(reg::kTblCmd, reg::TblCmd{}
                                    .set_index(static_cast<uint16_t>(index))
                                    .set_table_id(static_cast<uint8_t>(table))
                                    .set_op(static_cast<uint8_t>(TableOp::kWrite))
                                    .raw);
    });
    axil_.write(reg::kCtrl, reg::Ctrl{}.set_enable(true).raw);
    while (!axil_.done()) {
      axil_.eval(now_);
      step();
      axil_.commit();
    }
    on_ = true;
    for (unsigned i = 0; i < 200; ++i) step();
    frames_ = forwarded_ = hits_ = 0;
  }

  void step() {
    std::array<bool, kNumPorts> fires{};
    for (unsigned p = 0; p < kNumPorts; ++p) fires[p] = on_ && dut_.in[p].ready;
    dut_.eval(now_++);
    dut_.commit();
    for (unsigned p = 0; p < kNumPorts; ++p) {
      if (fires[p]) beat_[p] = beats_[p][++at_[p] % beats_[p].size()];
    }
    frames_ += dut_.verdict.valid;
    if (dut_.verdict.valid) {
      hits_ += static_cast<unsigned>(std::popcount(dut_.verdict.data.stage_hit));
    }
    forwarded_ += dut_.verdict.valid && dut_.verdict.data.verdict == Verdict::kForward;
  }
  uint64_t now() const { return now_; }
  uint64_t frames() const { return frames_; }
  uint64_t forwarded() const { return forwarded_; }
  uint64_t hits() const { return hits_; }

 private:
  RmtIf& dut_;
  sim::AxilBench axil_;
  std::array<std::vector<common::PktBeat>, kNumPorts> beats_;
  std::array<common::PktBeat, kNumPorts> beat_{};
  std::array<size_t, kNumPorts> at_{};
  std::array<uint32_t, reg::kTblDataCount> shadow_{};
  bool on_ = false;
  uint64_t now_ = 0;
  uint64_t frames_ = 0;
  uint64_t forwarded_ = 0;
  uint64_t hits_ = 0;
};

RmtProgram full_program() {
  sim::Random r(2);
  const Program parse = random_program(r, ProgramShape{});
  StageShape shape;
  shape.actions = 20;
  shape.ternary = 150;
  shape.pivots = 50;
  shape.prefixes = 400;
  RmtProgram program = random_rmt_program(r, parse, shape, 100);
  for (StageProgram& stage : program.stages) {
    stage.key.en = {true, true, true};
    stage.key.gw_mask = {};
    stage.dflt.en = true;
    stage.state.counter_src = stage.state.meter_src = stage.state.reg_src = IndexSrc::kParam;
    for (ActionSide& side : stage.sides) {
      side.count = side.meter = true;
      side.reg_op = RegOp::kAdd;
    }
  }
  return program;
}

// Whether the two sides of a lockstep pair have stayed equal; true for anything else.
bool equal(const RmtIf& dut) {
#ifdef FP_RMT_RTL
  const auto* pair = dynamic_cast<const fp::sim::Lockstep<RmtIf>*>(&dut);
  return pair == nullptr || !pair->diverged();
#else
  static_cast<void>(dut);
  return true;
#endif
}

void measure(const char* name, std::unique_ptr<RmtIf> dut, uint64_t frames) {
  Load load(*dut, full_program());
  const uint64_t first = load.now();
  const std::clock_t start = std::clock();  // this process alone, other load aside
  while (load.frames() < frames) load.step();
  const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const double judged = static_cast<double>(load.frames());
  std::printf(
      "%-9s %u stages: %8.0f cycles/s %8.0f frames/s (%.0f frames, %.0f %% forwarded, "
      "%.1f stages hit)\n",
      name, kNumStages, static_cast<double>(load.now() - first) / took, judged / took, judged,
      100.0 * static_cast<double>(load.forwarded()) / judged,
      static_cast<double>(load.hits()) / judged);
  if (!equal(*dut)) {
    std::printf("%s: RTL and model differ\n", name);
    std::exit(1);
  }
}

}  // namespace
}  // namespace fp::rmt::test

int main(int argc, char** argv) {
  using namespace fp::rmt;
  const uint64_t frames = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 200'000;
  const std::string_view only = argc > 2 ? argv[2] : "";
  const auto wanted = [&](std::string_view name) { return only.empty() || only == name; };
  if (wanted("model")) test::measure("model", std::make_unique<RmtModel>(), frames);
#ifdef FP_RMT_RTL
  if (wanted("rtl")) test::measure("rtl", std::make_unique<RmtRtl<>>(), frames);
  if (wanted("lockstep")) {
    test::measure("lockstep",
                  std::make_unique<fp::sim::Lockstep<RmtIf>>(std::make_unique<RmtRtl<>>(),
                                                             std::make_unique<RmtModel>()),
                  frames);
  }
#endif
  return 0;
}
