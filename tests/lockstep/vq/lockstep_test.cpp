// SPDX-License-Identifier: Apache-2.0
//
// RTL and model of the VQ block agree at every port in every cycle: with a host that keeps the
// rules (and whose streams are checked), and with one that does not.
#include "sim-tb/lockstep/lockstep.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "Vrtl_vq_x.h"
#include "cmodel/vq/vq_model.hpp"
#include "sim-tb/lockstep/idle_check.hpp"
#include "sim-tb/rtl_adapters/vq_rtl.hpp"
#include "tests/unit/vq/bench.hpp"
#include "tests/unit/vq/chaos.hpp"

namespace fp::vq::test {
namespace {

using Pair = sim::Lockstep<VqIf>;
using TopX = Vrtl_vq_x;

std::unique_ptr<Pair> pair(int seed) {
  sim::RtlOptions options;
  options.random_power_up = true;
  options.junk_payloads = true;
  options.seed = seed;
  return std::make_unique<Pair>(std::make_unique<VqRtl<TopX>>(options),
                                std::make_unique<VqModel>());
}

::testing::AssertionResult agrees(const Pair& p) {
  if (!p.diverged()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << p.difference()->text();
}

struct Case {
  const char* name;
  unsigned stall, refuse, no_credit, read_error, mps_log2, mrrs_log2;
  bool tight = false;  // event ring as small as the rule allows, read as late as it allows
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

constexpr Case kCases[] = {
    {"plain", 20, 0, 0, 0, 8, 9},
    {"no_stalls", 0, 0, 0, 0, 9, 9},
    {"stalled", 80, 0, 0, 0, 7, 7},
    {"refusals", 20, 25, 25, 0, 8, 8},
    {"tight_events", 10, 0, 0, 0, 8, 9, true},
};
// Streams break off on a failed read, so this one is for chaos only.
constexpr Case kReadErrors{"read_errors", 20, 5, 5, 40, 8, 9};

class VqStreams : public ::testing::TestWithParam<Case> {};
class VqChaos : public ::testing::TestWithParam<Case> {};

TEST_P(VqStreams, AgreeAndArriveWhole) {
  const Case& c = GetParam();
  auto p = pair(7);
  HostOptions h;
  h.rings = 8;
  h.rx_goal = h.tx_goal = 12000;
  if (c.tight) {
    h.ev_log2 = 5;
    h.lazy_events = true;
    h.eager_every = 1;
    h.max_message = 60;
  }
  Bench b(*p, {.seed = 11, .stall = c.stall, .refuse = c.refuse, .no_credit = c.no_credit}, h, 5);
  b.configure();
  b.write(reg::kDmaCfg, c.mps_log2 | c.mrrs_log2 << 4 | 4 << 8);
  b.w.mps = 1u << c.mps_log2;
  b.start();
  ASSERT_TRUE(b.run(2'000'000, [&] { return p->diverged() || b.host.done(); }));
  ASSERT_TRUE(agrees(*p));
  ASSERT_FALSE(HasFatalFailure());
  b.host.running = false;
  ASSERT_TRUE(b.settle(100'000));
  for (unsigned i = 0; i < h.rings; ++i) b.host.check_tx(i);
  for (uint32_t at = 0; at < 0x2d0; at += 4) b.read(at);
  EXPECT_TRUE(agrees(*p));
}

TEST_P(VqChaos, Agrees) {
  const Case& c = GetParam();
  for (int seed = 1; seed <= 5; ++seed) {
    auto p = pair(seed);
    HostOptions h;
    h.rings = seed == 5 ? 64 : 6;
    h.ev_log2 = c.tight && seed != 5 ? 5 : 8;
    h.eager_every = 3;
    Bench b(*p,
            {.seed = static_cast<uint64_t>(seed),
             .stall = c.stall,
             .refuse = c.refuse,
             .no_credit = c.no_credit,
             .credit = 5000,
             .read_error = c.read_error},
            h, static_cast<uint64_t>(seed));
    b.configure();
    b.write(reg::kDmaCfg, c.mps_log2 | c.mrrs_log2 << 4 | 4 << 8);
    b.w.mps = 512;
    Chaos chaos(b, {}, static_cast<uint64_t>(seed) + 100);
    b.w.on_cycle = [&](uint64_t) { chaos.step(); };
    b.run(60'000, [&] { return p->diverged(); });
    ASSERT_TRUE(agrees(*p)) << "seed " << seed;
    ASSERT_FALSE(HasFatalFailure());
  }
}

INSTANTIATE_TEST_SUITE_P(Stalls, VqStreams, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Stalls, VqChaos, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(ReadErrors, VqChaos, ::testing::Values(kReadErrors),
                         [](const auto& info) { return info.param.name; });

TEST(VqLockstep, AgreesAfterAResetInAnyCycle) {
  auto p = pair(3);
  HostOptions h;
  h.rings = 4;
  sim::Random r(99);
  for (int k = 0; k < 40; ++k) {
    Bench b(*p, {.seed = static_cast<uint64_t>(k + 1)}, h);
    ASSERT_TRUE(agrees(*p)) << "reset " << k;
    if (k % 2 == 0) {
      b.run(r.below(1200), [&] { return p->diverged(); });  // while the memories are swept
    } else {
      b.configure();
      Chaos chaos(b, {}, static_cast<uint64_t>(k));
      b.w.on_cycle = [&](uint64_t) { chaos.step(); };
      b.run(r.below(1500), [&] { return p->diverged(); });
    }
    ASSERT_TRUE(agrees(*p)) << "reset " << k;
  }
}

template <class Make>
void idle_skips(Make make) {
  auto check = std::make_unique<sim::IdleCheck<VqIf>>(make(), make());
  HostOptions h;
  h.rings = 4;
  h.act = 1;
  h.rx_goal = h.tx_goal = 4000;
  Bench b(*check, {.seed = 4}, h);
  b.configure();
  b.start();
  ASSERT_TRUE(b.run(1'000'000, [&] { return check->difference() || b.host.done(); }));
  b.run(2000);
  ASSERT_FALSE(check->difference()) << check->difference()->text();
  EXPECT_GT(check->skipped_edges(), 5000u);
}

TEST(VqLockstep, SkippedEdgesChangeNothingInTheModel) {
  idle_skips([] { return std::make_unique<VqModel>(); });
}
TEST(VqLockstep, SkippedEdgesChangeNothingInTheRtl) {
  idle_skips([] { return std::make_unique<VqRtl<TopX>>(); });
}

}  // namespace
}  // namespace fp::vq::test
