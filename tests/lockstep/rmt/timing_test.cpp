// SPDX-License-Identifier: Apache-2.0
//
// Latency, rate, fairness and queue bounds of the RMT pipeline as docs/uarch/rmt.md promises them.
// RTL and model run in lockstep; the figures are the RTL's.
#include "tests/lockstep/rmt/rmt_pair.hpp"

namespace fp::rmt::test {
namespace {

// Sources, sinks and monitors are registers too: a beat that fires in cycle t is taken in t or
// later.
std::unique_ptr<RmtBench> started(Pair& pair, const std::vector<Frame>& frames,
                                  const RmtProgram& program, RmtBench::Options options = {},
                                  bool lossless = false) {
  auto bench = std::make_unique<RmtBench>(pair, frames, options);
  bench->wait_init();
  load_few(*bench, program, 0);
  bench->enable(lossless);
  return bench;
}

TEST(RmtTiming, SmallFrameCrossesWithinTheBudget) {
  sim::Random r(1);
  // Parser 16, StageCycles a stage, deparser 4, queues 4, input and output 8 (architecture.md).
  constexpr uint64_t kBudget = kParserSteps + kNumStages * kStageCycles + 4 + 4 + 8;
  for (const size_t bytes : {60u, 64u}) {
    auto frames = plain_frames(r, 1, bytes);
    const auto pair = make_pair_of<>();
    RmtBench bench(*pair, frames, {});
    bench.wait_init();
    load_few(bench, echo_program(), 0);
    bench.enable();
    uint64_t fired = 0;
    ASSERT_TRUE(bench.run(10'000, [&] {
      if (fired == 0 && *pair->in[0].valid && pair->in[0].ready) fired = bench.ticker().now();
      return bench.drained();
    }));
    ASSERT_EQ(bench.sink(0).taken().size(), 1u);
    // `fired` is the cycle after whose edge both were seen up: the cycle in which the beat moves.
    const uint64_t latency = bench.sink(0).cycles()[0] - fired;
    EXPECT_LE(latency, kBudget);
    RecordProperty("latency_cycles", static_cast<int>(latency));
    std::printf("%zu B: %llu cycles from in to out with %u stages\n", bytes,
                static_cast<unsigned long long>(latency), kNumStages);
    EXPECT_TRUE(agrees(*pair));
  }
}

TEST(RmtTiming, OneFrameACycleWhateverTheProgram) {
  sim::Random r(2);
  const Program parse = random_program(r, ProgramShape{});
  // A multicast frame takes a cycle a copy, and one that comes round again is judged later.
  RmtProgram program = random_rmt_program(r, parse, StageShape{});
  for (StageProgram& stage : program.stages) {
    for (ActionInstr& action : stage.actions) {
      if (action.a8[kMetaOutPort].imm == kOutMulticast) action.a8[kMetaOutPort].imm = 0;
    }
  }
  auto frames = plain_frames(r, 6000, 64);
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, frames, {});
  bench.wait_init();
  bench.load(program, 0);
  bench.enable();
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(20'000, [&] { return bench.drained(); }));
  const auto& cycles = bench.verdicts().cycles();
  ASSERT_EQ(cycles.size(), frames.size());
  EXPECT_EQ(cycles.back() - cycles.front(), frames.size() - 1) << "a bubble between frames";
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtTiming, OneBeatACycleForLongFrames) {
  sim::Random r(3);
  auto frames = plain_frames(r, 120, 1518);
  const auto pair = make_pair_of<>();
  const auto bench = started(*pair, frames, echo_program());
  ASSERT_TRUE(bench->run_axil());
  ASSERT_TRUE(bench->run(20'000, [&] { return bench->drained(); }));
  const auto& cycles = bench->verdicts().cycles();
  ASSERT_EQ(cycles.size(), frames.size());
  EXPECT_EQ(cycles.back() - cycles.front(), (frames.size() - 1) * 24);
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtTiming, InputsTakeTurnsFrameByFrame) {
  sim::Random r(4);
  auto frames = plain_frames(r, 600, 200);
  const auto pair = make_pair_of<>();
  const auto bench = started(*pair, frames, echo_program());
  ASSERT_TRUE(bench->run_axil());
  ASSERT_TRUE(bench->run(20'000, [&] { return bench->drained(); }));
  const auto& verdicts = bench->verdicts().taken();
  for (size_t i = 1; i < verdicts.size(); ++i) {
    ASSERT_EQ(verdicts[i].port, (verdicts[i - 1].port + 1) % kNumPorts) << "frame " << i;
  }
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtTiming, InputsGetTheSharesOfTheirWeights) {
  sim::Random r(9);
  constexpr std::array<uint8_t, kNumPorts> kWeights = {1, 2, 3, 4, 0, 5, 1};  // 0 counts as 1
  auto frames = plain_frames(r, 7 * 600, 100);
  const auto pair = make_pair_of<>();
  const auto bench = started(*pair, frames, echo_program());
  for (unsigned p = 0; p < kNumPorts; ++p) {
    bench->write(reg::InWeight::offset_of(p), kWeights[p]);
  }
  ASSERT_TRUE(bench->run_axil());
  ASSERT_TRUE(bench->run(20'000, [&] { return bench->drained(); }));
  // Shares over whole rounds in which every input still had frames: 17 frames a round.
  std::array<unsigned, kNumPorts> count{};
  const auto& verdicts = bench->verdicts().taken();
  for (size_t i = 700; i < 700 + 17 * 50; ++i) ++count.at(verdicts[i].port);
  for (unsigned p = 0; p < kNumPorts; ++p) {
    EXPECT_NEAR(count[p], 50u * std::max<unsigned>(kWeights[p], 1), kWeights[p] + 1u)
        << "input " << p;
  }
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtRecirculation, AFrameGoesRoundFourTimesWithItsWordAndThenDrops) {
  // Each pass adds 1 to the word; the frame leaves when the word says so, or never.
  for (const unsigned rounds : {1u, 3u, 4u, 5u}) {
    sim::Random r(rounds);
    auto frames = plain_frames(r, 300, 150);
    RmtProgram program;
    for (unsigned s = 0; s < 2; ++s) {
      program.stages[s].key.en[1] = true;
      program.stages[s].dflt.en = true;
    }
    // Stage 0 sends everything round; stage 1 sends what has been round often enough out at p2.
    ActionInstr& round = program.stages[0].actions[0];
    round.a8[kMetaVerdict] = {AluOp::kSet, AluB::kImm, 0, 1};
    round.a8[kMetaOutPort] = {AluOp::kSet, AluB::kImm, 0, 7};
    round.a32[kMetaRecirc] = {AluOp::kAdd, AluB::kImm, 0, 1};
    StageProgram& out = program.stages[1];
    out.dflt.en = false;
    out.key.sel32[0] = kMetaRecirc;
    out.key.mask[0] = 0xff;
    out.actions[5].a8[kMetaOutPort] = {AluOp::kSet, AluB::kImm, 0, 2};
    StageProgram::Placed entry;
    Phv phv;
    phv.c32[kMetaRecirc] = rounds + 1;
    const KeyBytes key = masked_key(out.key, phv);
    entry.row = place_row(key, 0);
    entry.entry.valid = true;
    entry.entry.action = 5;
    entry.entry.key[0] = rounds + 1;
    out.entries.push_back(entry);
    const auto pair = make_pair_of<>();
    const auto bench = started(*pair, frames, program);
    ASSERT_TRUE(bench->run_axil());
    ASSERT_TRUE(bench->run(50'000, [&] { return bench->drained(); }));
    const Tally tally = check_frames(*bench, frames, program);
    check_counters(*bench, tally, frames.size());
    const uint64_t through = rounds <= kMaxPasses ? frames.size() : 0;
    EXPECT_EQ(tally.forwarded + tally.tail, rounds <= kMaxPasses ? frames.size() : tally.tail);
    EXPECT_EQ(tally.by_reason[static_cast<uint8_t>(Reason::kRecircLimit)],
              frames.size() - through - (through == 0 ? tally.tail : 0));
    EXPECT_TRUE(agrees(*pair));
  }
}

TEST(RmtRecirculation, WhatHasBegunGoesOnWhileDisabledOrPaused) {
  sim::Random r(3);
  auto frames = plain_frames(r, 40, 150);
  RmtProgram program = funnel_program(common::PortId::kRecirc);
  const auto pair = make_pair_of<>();
  const auto bench = started(*pair, frames, program, {}, true);
  bench->write(reg::kPauseThresh, 0);
  ASSERT_TRUE(bench->run_axil());
  ASSERT_TRUE(bench->run(20'000, [&] { return bench->sources_done(); }));
  bench->write(reg::kCtrl, 0);
  ASSERT_TRUE(bench->run_axil());
  ASSERT_TRUE(bench->run(20'000, [&] { return bench->drained(); }));
  const Tally tally = check_frames(*bench, frames, program);
  check_counters(*bench, tally, frames.size());
  EXPECT_EQ(tally.by_reason[static_cast<uint8_t>(Reason::kRecircLimit)], frames.size());
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtTiming, ABusyOutputDoesNotDisturbAnother) {
  // Frames of p0 leave by p0, those of p1 by p1; out[0] never takes anything.
  sim::Random r(5);
  auto frames = plain_frames(r, 6000, 64);
  for (size_t i = 0; i < frames.size(); ++i) frames[i].port = static_cast<common::PortId>(i % 2);
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, frames, {.out = {0, 0, 1}});
  const bool open = true;
  pair->out[1].ready = &open;
  pair->reset();
  bench.reset();
  bench.wait_init();
  load_few(bench, echo_program(), 0);
  bench.enable();
  ASSERT_TRUE(bench.run_axil());
  uint64_t seen = 0, first = 0, last = 0;
  bench.run(20'000, [&] {
    if (pair->out[1].valid) {
      ++seen;
      if (first == 0) first = bench.ticker().now();
      last = bench.ticker().now();
    }
    return seen == frames.size() / 2 && bench.verdicts().taken().size() == frames.size();
  });
  EXPECT_EQ(seen, frames.size() / 2);
  EXPECT_LE(last - first, frames.size() + 4) << "out[1] waited for out[0]";
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtQueue, TailDropKeepsWholeFramesAndTakesWhatFits) {
  // 9216-byte frames of 36 cells: seven fit a queue's 256.
  sim::Random r(6);
  auto frames = plain_frames(r, 20, common::kMaxFrame);
  for (Frame& f : frames) f.port = common::PortId::kP2;
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, frames, {.out = {0, 0, 1}});
  bench.wait_init();
  load_few(bench, funnel_program(common::PortId::kP3), 0);
  bench.enable();
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(20'000, [&] { return bench.verdicts().taken().size() == frames.size(); }));
  unsigned kept = 0;
  for (const VerdictReport& v : bench.verdicts().taken()) {
    if (v.verdict == Verdict::kForward) {
      ++kept;
    } else {
      EXPECT_EQ(v.reason, static_cast<uint8_t>(Reason::kTmTailDrop));
      EXPECT_EQ(v.out_port, static_cast<uint8_t>(common::PortId::kP3));
    }
  }
  EXPECT_EQ(kept, 7u);
  EXPECT_EQ(bench.read(reg::kDropTmTail), frames.size() - kept);
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtQueue, EveryQueueFillsDropsAtTheTailAndDrainsWhole) {
  sim::Random r(8);
  std::vector<Frame> frames;
  for (unsigned i = 0; i < 2600; ++i) {
    frames.push_back(plain_frames(r, 1, 1 + r.below(900))[0]);
    frames.back().tag = i;
    frames.back().port = static_cast<common::PortId>(i % kNumPorts);
  }
  const RmtProgram program = echo_program();
  const auto pair = make_pair_of<>();
  RmtBench bench(*pair, frames, {.seed = 8, .out = {96, 0, 0}});
  bench.wait_init();
  load_few(bench, program, 0);
  bench.enable();
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(200'000, [&] { return pair->diverged() || bench.drained(); }));
  ASSERT_TRUE(agrees(*pair));
  const Tally tally = check_frames(bench, frames, program);
  check_counters(bench, tally, frames.size());
  std::array<unsigned, kNumPorts> dropped{};
  for (const VerdictReport& v : bench.verdicts().taken()) {
    if (v.verdict == Verdict::kDrop) ++dropped.at(v.out_port);
  }
  for (const unsigned count : dropped) EXPECT_GT(count, 0u);
}

TEST(RmtQueue, LosslessModePausesInsteadOfDropping) {
  sim::Random r(7);
  std::vector<Frame> frames;
  for (unsigned i = 0; i < 400; ++i) {
    frames.push_back(plain_frames(r, 1, r.chance(20) ? common::kMaxFrame : 1 + r.below(1500))[0]);
    frames.back().tag = i;
    frames.back().port = static_cast<common::PortId>(r.below(kNumPorts));
  }
  for (const uint32_t threshold : {0u, 25u, 100u, 148u}) {
    const RmtProgram program = funnel_program(common::PortId::kToe);
    const auto pair = make_pair_of<>();
    RmtBench bench(*pair, frames, {.seed = threshold + 1, .out = {60, 0, 0}});
    bench.wait_init();
    bench.write(reg::kPauseThresh, threshold);
    load_few(bench, program, 0);
    bench.enable(true);
    ASSERT_TRUE(bench.run_axil());
    ASSERT_TRUE(bench.run(200'000, [&] { return pair->diverged() || bench.drained(); }));
    ASSERT_TRUE(agrees(*pair));
    const Tally tally = check_frames(bench, frames, program);
    EXPECT_EQ(tally.tail, 0u) << "threshold " << threshold;
    EXPECT_EQ(tally.forwarded, frames.size());
  }
}

}  // namespace
}  // namespace fp::rmt::test
