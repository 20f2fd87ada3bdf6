// SPDX-License-Identifier: Apache-2.0
//
// Message buffer: RTL and model in lockstep under the scoreboard's traffic. The RTL is the small
// build (64 cells, 12 connections), with assertions and random power-up values.
#include <gtest/gtest.h>

#include <memory>

#include "Vrtl_mbuf_s.h"
#include "cmodel/mbuf/mbuf_model.hpp"
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/rtl_adapters/mbuf_rtl.hpp"
#include "tests/unit/mbuf/traffic.hpp"

namespace fp::mbuf::test {
namespace {

constexpr Params kSmall{64, 12};
using Rtl = MbufRtl<Vrtl_mbuf_s>;
using Pair = sim::Lockstep<MbufIf>;

std::unique_ptr<Pair> pair(int seed = 1) {
  sim::RtlOptions options;
  options.random_power_up = true;
  options.junk_payloads = true;
  options.seed = seed;
  return std::make_unique<Pair>(std::make_unique<Rtl>(options), std::make_unique<MbufModel>(kSmall));
}

class Lockstep : public ::testing::TestWithParam<int> {};

TEST_P(Lockstep, ModelAndRtlAgreeInEveryCycle) {
  Config cfg;
  cfg.params = kSmall;
  cfg.seed = static_cast<uint64_t>(GetParam());
  cfg.pause = cfg.seed % 3 == 0 ? 0 : static_cast<unsigned>(cfg.seed * 13 % 60);
  cfg.evil = cfg.seed % 2 == 0 ? 8 : 0;
  cfg.churn = cfg.seed % 4 == 0 ? 5 : 0;
  auto dut = pair(GetParam());
  Traffic t(*dut, cfg);
  t.stop = [&] { return dut->diverged(); };
  t.start();
  t.run(12000);
  EXPECT_TRUE(t.finish());
  if (dut->diverged()) {
    FAIL() << dut->difference()->text();
  }
  t.check_end();
  EXPECT_GT(t.segments, 300u);
}
INSTANTIATE_TEST_SUITE_P(Seeds, Lockstep, ::testing::Range(1, 9));

}  // namespace
}  // namespace fp::mbuf::test
