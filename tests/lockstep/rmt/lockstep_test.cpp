// SPDX-License-Identifier: Apache-2.0
//
// RTL and model of the RMT pipeline agree in every cycle, and both do what the interpreter says.
#include "tests/lockstep/rmt/rmt_pair.hpp"

namespace fp::rmt::test {
namespace {

struct Case {
  const char* name;
  uint64_t seed;
  sim::StallPattern in;
  sim::StallPattern out;
  unsigned axil_pause;
  bool shuffle;
};
void PrintTo(const Case& c, std::ostream* os) { *os << c.name; }

// One random program, 3000 frames; RTL drives, model compared, interpreter has the last word.
void run_case(Pair& pair, const Case& c) {
  sim::Random r(c.seed);
  const Program parse = random_program(r, ProgramShape{});
  const RmtProgram program = random_rmt_program(r, parse);
  const std::vector<Frame> frames = random_frames(r, parse, 3000);
  RmtBench bench(pair, frames,
                 {.seed = c.seed,
                  .in = c.in,
                  .out = c.out,
                  .axil_pause = c.axil_pause,
                  .shuffle = c.shuffle ? c.seed : 0});
  bench.wait_init();
  bench.load(program, 0);
  bench.enable();
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(400'000, [&] { return pair.diverged() || bench.drained(); }));
  ASSERT_TRUE(agrees(pair));
  const Tally tally = check_frames(bench, frames, program);
  check_counters(bench, tally, frames.size());
  check_state(bench, tally.memory, 6);
  EXPECT_TRUE(agrees(pair));
  // The stimulus is worth something: frames leave, frames are dropped.
  EXPECT_GT(tally.forwarded, frames.size() / 20);
  EXPECT_GT(tally.dropped, 0u);
  if (c.out.percent == 0 && c.out.off == 0) {
    EXPECT_EQ(tally.tail, 0u);
  }
  if (c.out.percent > 50) {
    EXPECT_GT(tally.tail, 0u);
  }
}

class RmtLockstep : public ::testing::TestWithParam<Case> {};

TEST_P(RmtLockstep, RandomProgramsAgreeWithModelAndInterpreter) {
  const auto pair = make_pair_of<>({.junk_payloads = true});
  run_case(*pair, GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Stalls, RmtLockstep,
    ::testing::Values(Case{"free", 1, sim::kNoStalls, sim::kNoStalls, 0, false},
                      Case{"slow_sources", 2, sim::kSomeStalls, sim::kNoStalls, 20, true},
                      Case{"slow_sinks", 3, sim::kNoStalls, sim::kSomeStalls, 0, true},
                      Case{"bursts", 4, sim::kBurstStalls, sim::kBurstStalls, 0, true},
                      Case{"trickle", 5, sim::kMostlyStalled, sim::kSomeStalls, 40, true},
                      Case{"choked", 6, sim::kNoStalls, sim::kMostlyStalled, 0, true}));

// Registers and RAMs without reset hold random values at power-up; assertions are on.
class RmtPowerUp : public ::testing::TestWithParam<int> {};

TEST_P(RmtPowerUp, RandomPowerUpValuesNeverShow) {
  const int seed = GetParam();
  sim::RtlOptions options;
  options.random_power_up = true;
  options.seed = seed;
  options.junk_payloads = true;
  const auto pair = make_pair_of<Vrtl_rmt_x>(options);
  run_case(*pair,
           {"x", static_cast<uint64_t>(100 + seed), sim::kSomeStalls, sim::kBurstStalls, 10, true});
}

INSTANTIATE_TEST_SUITE_P(Seeds, RmtPowerUp, ::testing::Values(1, 2, 3, 4, 5));

TEST(RmtLockstepLong, HundredThousandImixFrames) {
  sim::Random r(7);
  const Program parse = random_program(r, ProgramShape{});
  const RmtProgram program = random_rmt_program(r, parse, 20, 200);
  std::vector<Frame> frames = random_frames(r, parse, 100'000);
  for (Frame& f : frames) {
    // 7 : 4 : 1, the simple IMIX.
    const unsigned dice = static_cast<unsigned>(r.below(12));
    const size_t length = dice < 7 ? 64 : dice < 11 ? 594 : 1518;
    const size_t had = f.bytes.size();
    f.bytes.resize(length);
    for (size_t i = had; i < length; ++i) f.bytes[i] = static_cast<uint8_t>(r.next() >> 24);
  }
  const auto pair = make_pair_of<Vrtl_rmt>();
  RmtBench bench(*pair, frames, {.seed = 7, .in = {10, 0, 0}, .out = {10, 0, 0}});
  bench.wait_init();
  bench.load(program, 0);
  bench.enable();
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(4'000'000, [&] { return pair->diverged() || bench.drained(); }));
  ASSERT_TRUE(agrees(*pair));
  const Tally tally = check_frames(bench, frames, program);
  check_counters(bench, tally, frames.size());
  check_state(bench, tally.memory, 6);
  EXPECT_TRUE(agrees(*pair));
}

TEST(RmtLockstepLong, EpochFlipsUnderLoadNeverMixTwoPrograms) {
  constexpr unsigned kFlips = 6;
  sim::Random r(8);
  std::vector<RmtProgram> programs;
  for (unsigned i = 0; i <= kFlips; ++i) {
    // Small, so that it is loaded while frames still come.
    const StageShape shape{.actions = 3, .ternary = 6, .pivots = 3, .prefixes = 6, .meters = 2};
    programs.push_back(random_rmt_program(r, random_program(r, ProgramShape{}), shape, 8));
  }
  std::vector<Frame> frames;
  while (frames.size() < 120'000) {
    frames.push_back(random_frame(r, programs[r.below(programs.size())].parse));
    frames.back().tag = static_cast<uint32_t>(frames.size() - 1);
  }
  const auto pair = make_pair_of<Vrtl_rmt>();
  RmtBench bench(*pair, frames, {.seed = 8, .in = sim::kSomeStalls});
  bench.wait_init();
  bench.load(programs[0], 0);
  bench.enable();
  for (unsigned flip = 1; flip <= kFlips; ++flip) {
    const unsigned bank = flip % 2;
    // The old bank may be written again only when none of its frames is left.
    while (bench.read(reg::Inflight::offset_of(bank)) != 0) bench.tick(8);
    if (flip >= 2) bench.unload(programs[flip - 2], bank);
    bench.load(programs[flip], bank);
    bench.write(reg::kEpoch, flip);
    ASSERT_TRUE(bench.run_axil());
    ASSERT_FALSE(bench.drained()) << "flip " << flip << " came too late to be under load";
  }
  ASSERT_TRUE(bench.run(2'000'000, [&] { return pair->diverged() || bench.drained(); }));
  ASSERT_TRUE(agrees(*pair));
  const Tally tally = check_frames(
      bench, frames, [&](uint8_t epoch) -> const RmtProgram& { return programs[epoch]; });
  uint8_t last = 0;
  std::array<unsigned, kFlips + 1> judged{};
  for (const VerdictReport& v : bench.verdicts().taken()) {
    // A recirculated frame keeps the epoch of its first pass.
    if (v.passes == 0) {
      EXPECT_GE(v.epoch, last) << "frame " << v.tag;
      last = v.epoch;
    }
    ++judged.at(v.epoch);
  }
  for (const unsigned count : judged) EXPECT_GT(count, 100u);
  // Ports that do not exist are the only faults: no table write was refused.
  EXPECT_EQ(bench.read(reg::kErrCount), tally.faults);
  EXPECT_TRUE(agrees(*pair));
}

}  // namespace
}  // namespace fp::rmt::test
