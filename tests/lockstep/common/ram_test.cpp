// SPDX-License-Identifier: Apache-2.0
//
// ram_1r1w: lockstep with its twin, content against a plain array, the sweep, same-cycle conflicts.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>

#include "Vram_bench_rtl.h"
#include "Vram_bench_rtl_x.h"
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "tests/lockstep/common/parts_rtl.hpp"

namespace fp::parts {
namespace {

struct Bench {
  std::unique_ptr<RamIf> block;
  std::function<uint64_t(uint64_t)> next;
  LevelDriver<uint64_t, std::function<uint64_t(uint64_t)>> op;
  sim::Ticker ticker;

  Bench(std::unique_ptr<RamIf> b, std::function<uint64_t(uint64_t)> f)
      : block(std::move(b)), next(std::move(f)), op(next) {
    connect(op.out, block->op);
    ticker.add(*block);
    ticker.add(op);
    ticker.reset();
  }
};

std::function<uint64_t(uint64_t)> random_ops(uint64_t seed) {
  return [random = sim::Random(seed)](uint64_t) mutable {
    // Few rows, so that conflicts are common.
    const unsigned rows = random.chance(50) ? 3 : 16;
    return RamOp::make(random.chance(50), static_cast<unsigned>(random.below(rows)),
                       static_cast<uint32_t>(random.next()), random.chance(60),
                       static_cast<unsigned>(random.below(rows)));
  };
}

template <class Top = Vram_bench_rtl>
std::unique_ptr<sim::Lockstep<RamIf>> lockstep(const sim::RtlOptions& options = {}) {
  return std::make_unique<sim::Lockstep<RamIf>>(std::make_unique<RamRtl<Top>>(options),
                                                std::make_unique<RamModel>());
}

TEST(Ram, SweepTakesDepthCyclesAndLeavesTheInitValue) {
  // Writes are offered from the start: those before init_done are ignored.
  Bench bench(std::make_unique<RamRtl<Vram_bench_rtl_x>>(sim::RtlOptions{true, 3, false, false}),
              [](uint64_t now) {
                if (now < 4) return RamOp::make(true, 2, 0xffffffff, true, 2);
                if (now >= 20) return RamOp::make(false, 0, 0, true, (now - 20) % 16);
                return uint64_t{0};
              });
  for (uint64_t now = 0; now < 60; ++now) {
    EXPECT_EQ(bench.block->done[0].value, now >= 16) << now;
    EXPECT_EQ(bench.block->done[1].value, now >= 5) << now;
    if (now >= 22 && now < 38) {
      // The operation of cycle c is on the wire in c + 1 and read out in c + 2.
      const unsigned row = static_cast<unsigned>(now - 22);
      EXPECT_EQ(bench.block->rd_data[0].value, 0u) << row;
      EXPECT_EQ(bench.block->rd_data[1].value, row % 8 < 5 ? 0x5a5a01a5u : 0u) << row;
    }
    bench.ticker.tick();
  }
}

TEST(Ram, ReadGetsTheRowAsItWasBeforeThisCyclesWrite) {
  auto ops = random_ops(4);
  uint64_t op_up = 0;  // what the RAM sees in the coming cycle
  uint64_t op_next = 0;
  std::array<uint32_t, 16> rows{};
  std::array<uint32_t, 8> small;
  small.fill(0x5a5a01a5);
  uint32_t expect_big = 0;
  uint32_t expect_small = 0;
  Bench bench(std::make_unique<RamRtl<Vram_bench_rtl>>(), [&](uint64_t now) {
    op_next = now < 20 ? 0 : ops(now);
    return op_next;
  });
  for (int i = 0; i < 20000; ++i) {
    bench.ticker.tick();
    const unsigned wa = (op_up >> 32) & 15;
    const unsigned ra = (op_up >> 36) & 15;
    if ((op_up >> 41) & 1) {
      expect_big = rows[ra];
      expect_small = (ra & 7) < 5 ? small[ra & 7] : 0;
    }
    if ((op_up >> 40) & 1) {
      rows[wa] = static_cast<uint32_t>(op_up);
      if ((wa & 7) < 5) small[wa & 7] = static_cast<uint32_t>(op_up);
    }
    op_up = op_next;
    ASSERT_EQ(bench.block->rd_data[0].value, expect_big) << i;
    ASSERT_EQ(bench.block->rd_data[1].value, expect_small) << i;
  }
}

TEST(Ram, ModelAgreesUnderRandomOperationsAndResets) {
  auto pair = lockstep();
  auto* ls = pair.get();
  Bench bench(std::move(pair), random_ops(9));
  bench.ticker.run_until(20000, [&] { return ls->diverged(); });
  ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
  sim::Random random(2);
  for (int i = 0; i < 1000; ++i) {
    bench.ticker.reset();
    bench.ticker.run_until(1 + random.below(40));
    ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
  }
}

TEST(Ram, DoesNotDependOnPowerUpValues) {
  for (int seed = 1; seed <= 5; ++seed) {
    sim::RtlOptions options;
    options.random_power_up = true;
    options.seed = seed;
    auto pair = lockstep<Vram_bench_rtl_x>(options);
    auto* ls = pair.get();
    Bench bench(std::move(pair), random_ops(seed));
    bench.ticker.run_until(5000, [&] { return ls->diverged(); });
    ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
  }
}

}  // namespace
}  // namespace fp::parts
