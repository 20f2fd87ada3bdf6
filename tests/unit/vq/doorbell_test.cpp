// SPDX-License-Identifier: Apache-2.0
//
// Events under random doorbell timing, a million steps: never lost, never doubled. $FP_SOAK makes
// it ten times as long. Hosts check every event; a lost one leaves somebody waiting at the end.
#include <cstdlib>

#include "cmodel/vq/vq_model.hpp"
#include "tests/unit/vq/bench.hpp"

namespace fp::vq::test {
namespace {

TEST(Doorbells, AMillionRandomStepsLoseAndDoubleNoEvent) {
  const uint64_t goal = std::getenv("FP_SOAK") != nullptr ? 10'000'000 : 1'000'000;
  uint64_t steps = 0, events = 0, merged = 0, held = 0, wakes = 0;
  for (uint64_t seed = 1; steps < goal; ++seed) {
    sim::Random r(seed);
    HostOptions h;
    h.rings = 1u << r.below(7);
    h.ev_log2 = h.rings > 32 ? 8 : h.rings > 8 ? 7 : 5;
    h.act = 10 + static_cast<unsigned>(r.below(90));
    h.max_message = 1 + static_cast<unsigned>(r.below(200));
    h.rx_goal = h.tx_goal = 40 * h.max_message;
    h.lazy_events = r.chance(50);
    h.fin = r.chance(50);  // a FIN would tell a tail that an rx event forgot
    h.eager_every = static_cast<unsigned>(r.below(3));
    WorldOptions w;
    w.seed = seed;
    w.stall = static_cast<unsigned>(r.below(70));
    w.refuse = r.chance(30) ? 20 : 0;
    w.no_credit = r.chance(30) ? 20 : 0;
    VqModel dut;
    Bench b(dut, w, h);
    b.configure();
    const uint64_t start = b.ticker.now();
    b.start();
    ASSERT_TRUE(b.run(5'000'000, [&] { return b.host.done(); })) << "stuck, seed " << seed;
    ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << seed;
    steps += b.ticker.now() - start;
    for (unsigned i = 0; i < h.rings; ++i) b.host.check_tx(i);
    b.host.running = false;
    ASSERT_TRUE(b.settle(200'000));
    b.host.poll(1u << 20);
    ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << seed;
    ASSERT_EQ(b.read(reg::kEvTail), b.host.ev_head) << "events beside the ring, seed " << seed;
    ASSERT_EQ(b.read(reg::kErrCount), 0u) << "seed " << seed;
    events += b.host.events;
    wakes += b.host.wakes;
    merged += b.counter(reg::kDbMerged);
    held += b.read(reg::kEvHeld);
  }
  // The steps were worth something.
  EXPECT_GT(events, 5000u);
  EXPECT_GT(merged, 1000u);
  EXPECT_GT(held, 5u);
  EXPECT_GT(wakes, 100u);
}

}  // namespace
}  // namespace fp::vq::test
