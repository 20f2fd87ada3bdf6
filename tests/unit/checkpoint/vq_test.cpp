// SPDX-License-Identifier: Apache-2.0
//
// The VQ model goes on from its checkpoint as if nothing had happened, whatever the host does.
#include <gtest/gtest.h>

#include "cmodel/vq/vq_model.hpp"
#include "tests/unit/checkpoint/twin.hpp"
#include "tests/unit/vq/bench.hpp"
#include "tests/unit/vq/chaos.hpp"

namespace fp::vq::test {
namespace {

void live(VqIf& dut, uint64_t seed, uint64_t cycles) {
  HostOptions h;
  h.rings = seed % 4 == 0 ? 64 : 6;
  h.ev_log2 = 8;
  h.eager_every = 3;
  Bench b(dut,
          {.seed = seed,
           .stall = seed % 3 == 0 ? 80u : 20u,
           .refuse = 5,
           .no_credit = 5,
           .credit = 5000,
           .read_error = seed % 2 == 0 ? 5u : 0u},
          h, seed);
  b.configure();
  b.w.mps = 512;
  Chaos chaos(b, {}, seed + 100);
  b.w.on_cycle = [&](uint64_t) { chaos.step(); };
  b.run(cycles, [] { return false; });
}

class VqCheckpoint : public ::testing::TestWithParam<uint64_t> {};

TEST_P(VqCheckpoint, GoesOnFromAnyCycle) {
  const uint64_t seed = GetParam();
  VqModel first, second;
  live(second, seed + 1000, 5000);
  fp::test::Twin<VqIf> twin(first, second);
  sim::Random r(seed);
  twin.fork_at(fp::test::random_cycles(r, 200, 0, 40'000));
  live(twin, seed, 40'000);
  EXPECT_TRUE(fp::test::same_life(twin, 150));
}

INSTANTIATE_TEST_SUITE_P(Seeds, VqCheckpoint, ::testing::Range<uint64_t>(1, 9));

}  // namespace
}  // namespace fp::vq::test
