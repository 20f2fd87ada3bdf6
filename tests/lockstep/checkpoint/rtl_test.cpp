// SPDX-License-Identifier: Apache-2.0
//
// Savable RTL goes on from its checkpoint as if nothing had happened, alone and in lockstep.
#include <gtest/gtest.h>

#include <memory>

#include "Vrtl_csr_save.h"
#include "Vrtl_mbuf_save.h"
#include "cmodel/mbuf/mbuf_model.hpp"
#include "cmodel/soc/csr_model.hpp"
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/rtl_adapters/csr_rtl.hpp"
#include "sim-tb/rtl_adapters/mbuf_rtl.hpp"
#include "tests/unit/checkpoint/twin.hpp"
#include "tests/unit/mbuf/traffic.hpp"
#include "tests/unit/soc/csr_bench.hpp"

namespace fp {
namespace {

using CsrRtl = soc::CsrRtl<Vrtl_csr_save>;
using MbufRtl = mbuf::MbufRtl<Vrtl_mbuf_save>;
constexpr mbuf::Params kSmall{64, 12};

void csr_goes_on(soc::CsrIf& first, soc::CsrIf& second, uint64_t seed, bool reset = false) {
  {
    soc::test::CsrBench other(second, seed + 50);
    other.ticker.run_until(500 + seed);
  }
  test::Twin<soc::CsrIf> twin(first, second);
  if (reset) twin.reset_second();
  sim::Random r(seed);
  twin.fork_at(test::random_cycles(r, 100, 0, 5000));
  soc::test::CsrBench bench(twin, seed);
  bench.ticker.run_until(5100);
  EXPECT_TRUE(test::same_life(twin, 70)) << "seed " << seed;
  bench.check_writes();
}

TEST(RtlCheckpoint, CsrGoesOnFromAnyCycle) {
  CsrRtl first, second;
  for (uint64_t seed = 1; seed <= 4; ++seed) csr_goes_on(first, second, seed);
}

TEST(RtlCheckpoint, LockstepGoesOnFromAnyCycle) {
  using Pair = sim::Lockstep<soc::CsrIf>;
  Pair first(std::make_unique<CsrRtl>(), std::make_unique<soc::CsrModel>());
  Pair second(std::make_unique<CsrRtl>(), std::make_unique<soc::CsrModel>());
  csr_goes_on(first, second, 9, true);
  EXPECT_FALSE(first.diverged());
  EXPECT_FALSE(second.diverged());
}

mbuf::test::Config config(uint64_t seed) {
  mbuf::test::Config cfg;
  cfg.params = kSmall;
  cfg.seed = seed;
  cfg.evil = seed % 2 == 0 ? 8 : 0;
  cfg.churn = 5;
  return cfg;
}

TEST(RtlCheckpoint, MbufGoesOnFromAnyCycle) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    MbufRtl first, second;
    {
      mbuf::test::Traffic other(second, config(seed + 100));
      other.start();
      other.run(2000);
    }
    test::Twin<mbuf::MbufIf> twin(first, second);
    sim::Random r(seed);
    twin.fork_at(test::random_cycles(r, 60, 0, 8000));
    mbuf::test::Traffic t(twin, config(seed));
    t.start();
    t.run(8000);
    EXPECT_TRUE(t.finish());
    EXPECT_TRUE(test::same_life(twin, 40)) << "seed " << seed;
    EXPECT_GT(t.segments, 100u);
  }
}

}  // namespace
}  // namespace fp
