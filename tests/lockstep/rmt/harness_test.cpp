// SPDX-License-Identifier: Apache-2.0
//
// The idle contract, different stalls on both sides, and faults that lockstep must find and name.
#include "sim-tb/lockstep/fault.hpp"
#include "sim-tb/lockstep/idle_check.hpp"
#include "sim-tb/lockstep/stall_compare.hpp"
#include "tests/lockstep/rmt/rmt_pair.hpp"

namespace fp::rmt::test {
namespace {

// Traffic in bursts with long pauses, and a few register reads in between.
void check_idle(sim::IdleCheck<RmtIf>& block) {
  sim::Random r(1);
  const Program parse = random_program(r, ProgramShape{});
  const RmtProgram program = random_rmt_program(r, parse, 6, 24);
  std::vector<Frame> frames = random_frames(r, parse, 600);
  // Mostly whole within a burst: while a frame is open the block is not idle.
  for (Frame& f : frames) {
    if (r.chance(97)) f.bytes.resize(std::min<size_t>(f.bytes.size(), common::kBeatBytes));
  }
  RmtBench bench(block, frames, {.seed = 1, .in = {0, 4, 900}, .out = {30, 0, 0}});
  bench.wait_init();
  bench.load(program, 0);
  // No queue may be emptied so early that the pause flag's register hides: threshold 0 uses it
  // most.
  bench.write(reg::kPauseThresh, 0);
  bench.enable(true);
  ASSERT_TRUE(bench.run_axil());
  while (!bench.drained() && !block.difference()) {
    bench.tick(r.below(3000));
    bench.read(reg::kPktIn);
    if (r.chance(20)) bench.write(reg::kCtrl, static_cast<uint32_t>(r.below(4)));
    if (r.chance(50)) bench.enable(r.chance(50));
    ASSERT_LT(bench.ticker().now(), 2'000'000u);
  }
  EXPECT_FALSE(block.difference()) << block.difference()->text();
  EXPECT_GT(block.skipped_edges(), 3000u);
  const Tally tally = check_frames(bench, frames, program);
  check_counters(bench, tally, frames.size());
}

TEST(RmtIdle, ModelMissesNothingWhileSkipped) {
  sim::IdleCheck<RmtIf> block(std::make_unique<RmtModel>(), std::make_unique<RmtModel>());
  check_idle(block);
}

TEST(RmtIdle, RtlMissesNothingWhileSkipped) {
  sim::IdleCheck<RmtIf> block(std::make_unique<RmtRtl<>>(), std::make_unique<RmtRtl<>>());
  check_idle(block);
}

// A register master as StallCompare wants it.
class Loader : public Block {
 public:
  template <class A, class B, class F>
  static void zip_ports(A&, B&, F&&) {}
  explicit Loader(AxilSlavePort& slave) { connect(axil.port, slave); }
  void row(unsigned table, unsigned bank, unsigned index, const uint32_t* words) {
    for (unsigned i = 0; i < reg::kTblDataCount; ++i) {
      if (known_ && shadow_[i] == words[i]) continue;
      shadow_[i] = words[i];
      axil.write(static_cast<uint16_t>(reg::TblData::offset_of(i)), words[i], kAfterSweep);
    }
    known_ = true;
    axil.write(reg::kTblCmd, reg::TblCmd{}
                                 .set_index(static_cast<uint16_t>(index))
                                 .set_table_id(static_cast<uint8_t>(table))
                                 .set_bank(bank != 0)
                                 .set_op(static_cast<uint8_t>(TableOp::kWrite))
                                 .raw);
  }
  bool done() const { return axil.done(); }
  void reset() override { axil.reset(); }
  void eval(uint64_t now) override { axil.eval(now); }
  void commit() override { axil.commit(); }
  bool idle() const override { return false; }
  uint64_t wake_at() const override { return kNever; }

  sim::AxilBench axil;

 private:
  static constexpr uint64_t kAfterSweep = 2500;  // cycle
  std::array<uint32_t, reg::kTblDataCount> shadow_{};
  bool known_ = false;
};

TEST(RmtStalls, OrderAndContentDoNotDependOnTiming) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    sim::Random r(seed);
    const Program parse = random_program(r, ProgramShape{});
    // No state: what counters, meters and registers do to a frame depends on the frames before it.
    const RmtProgram program =
        random_rmt_program(r, parse, StageShape{.actions = 6, .state = false}, 24);
    std::array<std::vector<common::PktBeat>, kNumPorts> beats;
    for (const Frame& f : random_frames(r, parse, 600)) {
      append_beats(f, beats[static_cast<size_t>(f.port)]);
    }
    sim::StallCompare<RmtIf> compare(std::make_unique<RmtModel>(), std::make_unique<RmtRtl<>>(),
                                     seed);
    for (unsigned p = 0; p < kNumPorts; ++p) {
      compare.feed<common::PktBeat>([p](RmtIf& b) -> auto& { return b.in[p]; }, beats[p]);
      compare.collect<common::PktBeat>(
          "out[" + std::to_string(p) + "]", [p](RmtIf& b) -> auto& { return b.out[p]; },
          // A frame's copies for one port take one queue; frames of several queues mix as they
          // come.
          [](const common::PktBeat& b) { return static_cast<uint64_t>(b.tag); });
    }
    // No frame may be lost to a full queue: that would depend on timing.
    compare.add([&](RmtIf& b) {
      auto loader = std::make_shared<Loader>(b.csr);
      program.for_each_row([&](unsigned table, unsigned index, const uint32_t* words) {
        loader->row(table, 0, index, words);
      });
      loader->axil.write(reg::kCtrl, reg::Ctrl{}.set_enable(true).set_lossless(true).raw);
      return loader;
    });
    const auto diff = compare.run(400'000);
    ASSERT_FALSE(diff) << "seed " << seed << ": " << diff->port << " key " << diff->key
                       << " payload " << diff->index << " " << diff->field << ": found "
                       << diff->found << ", expected " << diff->expected;
  }
}

struct Planted {
  sim::Fault fault;
  const char* where;  // port that the difference must name
};

// Each fault hits the RTL's side of the pair; lockstep must stop on it and say where.
TEST(RmtFaults, EveryPlantedFaultIsFoundWhereItIs) {
  using sim::FaultKind;
  const std::vector<Planted> faults = {
      {{FaultKind::kFlipBit, "out[2]", 10, 0, 100}, "out[2]"},
      {{FaultKind::kFlipBit, "out[0]", 3, 0, 521}, "out[0]"},
      {{FaultKind::kRandomPayload, "out[5]", 7, 0, 0}, "out[5]"},
      {{FaultKind::kDrop, "out[1]", 5, 0, 0}, "out[1]"},
      {{FaultKind::kDuplicate, "out[3]", 5, 0, 0}, "out[3]"},
      {{FaultKind::kLate, "out[4]", 2, 0, 0}, "out[4]"},
      {{FaultKind::kSwap, "out[0]", 4, 0, 0}, "out[0]"},
      {{FaultKind::kFlipBit, "parsed", 20, 0, 68 + 1663}, "parsed"},
      {{FaultKind::kDrop, "parsed", 11, 0, 0}, "parsed"},
      {{FaultKind::kFlipBit, "verdict", 30, 0, 36}, "verdict"},
      {{FaultKind::kFlipBit, "verdict", 31, 0, 129}, "verdict"},
      {{FaultKind::kDuplicate, "verdict", 40, 0, 0}, "verdict"},
      {{FaultKind::kEarlyReady, "in[0]", 0, 5000, 0}, "in[0]"},
      {{FaultKind::kStuckReady, "in[3]", 0, 5000, 0}, "in[3]"},
      {{FaultKind::kCsrData, "csr", 1, 0, 0}, "csr"},
      {{FaultKind::kCounter, "csr", 0, 0, reg::kForwarded}, "csr"},
      {{FaultKind::kLevel, "irq", 0, 5000, 0}, "irq"},
      {{FaultKind::kIdle, "", 0, 5000, 0}, "block"},
      {{FaultKind::kWakeAt, "", 0, 100, 0}, "block"},
  };
  sim::Random r(3);
  std::vector<Frame> frames;
  for (unsigned i = 0; i < 800; ++i) {
    frames.push_back(plain_frames(r, 1, 1 + r.below(300))[0]);
    frames.back().tag = i;
    frames.back().port = static_cast<common::PortId>(i % kNumPorts);
  }
  for (const Planted& planted : faults) {
    auto shim =
        std::make_unique<sim::FaultShim<RmtIf>>(std::make_unique<RmtRtl<>>(), planted.fault);
    const auto* look = shim.get();
    Pair pair(std::move(shim), std::make_unique<RmtModel>());
    RmtBench bench(pair, frames, {.seed = 3, .out = {20, 0, 0}});
    for (unsigned i = 0; i < 700; ++i) bench.axil().read(reg::kStatus);
    load_few(bench, echo_program(), 0);
    bench.enable();
    bench.run(30'000, [&] { return pair.diverged() || bench.drained(); });
    for (unsigned i = 0; i < 4 && !pair.diverged(); ++i) bench.read(reg::kForwarded);
    const auto kind = static_cast<int>(planted.fault.kind);
    if (!planted.fault.port.empty()) {
      EXPECT_TRUE(look->struck()) << "fault " << kind << " on " << planted.fault.port;
    }
    ASSERT_TRUE(pair.diverged()) << "fault " << kind << " on " << planted.fault.port;
    EXPECT_EQ(pair.difference()->port, planted.where) << pair.difference()->text();
  }
}

}  // namespace
}  // namespace fp::rmt::test
