// SPDX-License-Identifier: Apache-2.0
//
// The RMT model goes on from its checkpoint as if nothing had happened: random programs, frames,
// recirculation, multicast and table writes, forks in random cycles.
#include <gtest/gtest.h>

#include <memory>

#include "cmodel/rmt/rmt_model.hpp"
#include "tests/unit/checkpoint/twin.hpp"
#include "tests/unit/rmt/random_match.hpp"
#include "tests/unit/rmt/rmt_bench.hpp"

namespace fp::rmt::test {
namespace {

// Runs one random life on `dut`; its load and traffic depend on the seed alone. `ready` is called
// with the bench when the tables are loaded.
template <class Ready>
void live(RmtIf& dut, uint64_t seed, size_t count, Ready ready) {
  sim::Random r(seed);
  const Program parse = random_program(r, ProgramShape{});
  const RmtProgram program = random_rmt_program(r, parse, 20, 60);
  std::vector<Frame> frames;
  for (size_t i = 0; i < count; ++i) {
    frames.push_back(random_frame(r, parse));
    frames.back().tag = static_cast<uint32_t>(i);
  }
  RmtBench bench(dut, frames,
                 {.seed = seed,
                  .in = seed % 3 == 0 ? sim::kNoStalls : sim::kSomeStalls,
                  .out = seed % 2 == 0 ? sim::kBurstStalls : sim::kSomeStalls,
                  .axil_pause = 10,
                  .shuffle = seed,
                  .skipping = seed % 2 == 0});
  bench.wait_init();
  bench.load(program, 0);
  bench.enable(seed % 4 == 0);
  bench.load(program, 1);  // the other bank, while frames come
  for (unsigned i = 0; i < 200; ++i) bench.write(reg::kEpoch, i & 1);
  ready(bench);
  ASSERT_TRUE(bench.run_axil());
  ASSERT_TRUE(bench.run(400'000, [&] { return bench.drained(); }));
  bench.tick(100);
}

class RmtCheckpoint : public ::testing::TestWithParam<uint64_t> {};

TEST_P(RmtCheckpoint, GoesOnFromAnyCycle) {
  const uint64_t seed = GetParam();
  auto first = std::make_unique<RmtModel>(), second = std::make_unique<RmtModel>();
  live(*second, seed + 1000, 300, [](RmtBench&) {});
  fp::test::Twin<RmtIf> twin(*first, *second);
  sim::Random r(seed);
  live(twin, seed, 1500, [&](RmtBench& bench) {
    const uint64_t now = bench.ticker().now();
    auto cycles = fp::test::random_cycles(r, 12, now, now + 20'000);
    twin.fork_at(std::move(cycles));
  });
  EXPECT_TRUE(fp::test::same_life(twin, 6));
}

INSTANTIATE_TEST_SUITE_P(Seeds, RmtCheckpoint, ::testing::Range<uint64_t>(1, 7));

// Also while the memories are still swept after reset.
TEST(RmtCheckpointEarly, GoesOnFromTheSweep) {
  auto first = std::make_unique<RmtModel>(), second = std::make_unique<RmtModel>();
  live(*second, 77, 100, [](RmtBench&) {});
  fp::test::Twin<RmtIf> twin(*first, *second);
  twin.fork_at({0, 1, 100, 1000});
  live(twin, 5, 200, [](RmtBench&) {});
  EXPECT_TRUE(fp::test::same_life(twin, 4));
}

// Long lines: another model's image, or one cut short, is refused.
TEST(RmtCheckpointImage, RefusesWhatDoesNotFit) {
  auto model = std::make_unique<RmtModel>();
  std::vector<uint8_t> image = fp::test::image_of(*model);
  image.push_back(0);
  EXPECT_THROW(fp::test::load_image(*model, image), StateError);
  image.resize(image.size() / 2);
  EXPECT_THROW(fp::test::load_image(*model, image), StateError);
}

}  // namespace
}  // namespace fp::rmt::test
