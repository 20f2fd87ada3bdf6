// SPDX-License-Identifier: Apache-2.0
//
// stream_fifo and skid_buffer: lockstep with their twins over the stimulus matrix, content against
// the list that was sent, and the timing table of docs/uarch/common.md.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "Vqueue_bench_rtl.h"
#include "Vqueue_bench_rtl_x.h"
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/lockstep/stall_compare.hpp"
#include "sim-tb/lockstep/stream_bench.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "tests/lockstep/common/parts_rtl.hpp"

namespace fp::parts {
namespace {

using QueueLockstep = sim::Lockstep<QueueIf>;
constexpr unsigned kDepth[4] = {2, 2, 3, 8};

std::vector<PktBeat> random_beats(size_t n, uint64_t seed) {
  sim::Random random(seed);
  std::vector<PktBeat> beats(n);
  for (size_t i = 0; i < n; ++i) {
    for (auto& byte : beats[i].data) byte = static_cast<uint8_t>(random.next() >> 24);
    beats[i].nbytes = static_cast<uint8_t>(1 + random.below(64));
    beats[i].sop = random.chance(50);
    beats[i].eop = random.chance(50);
    beats[i].err = random.chance(50);
    beats[i].port = static_cast<common::PortId>(random.below(16));
    beats[i].tag = static_cast<uint32_t>(random.next());
  }
  return beats;
}

struct Bench {
  std::unique_ptr<QueueIf> block;
  std::vector<std::unique_ptr<sim::StreamSource<PktBeat>>> sources;
  std::vector<std::unique_ptr<sim::StreamSink<PktBeat>>> sinks;
  std::vector<std::vector<PktBeat>> sent;
  sim::Random hold_random{1};
  unsigned hold_percent = 0;
  std::function<bool(uint64_t)> hold_fn = [this](uint64_t) {
    return hold_random.chance(hold_percent);
  };
  LevelDriver<bool, std::function<bool(uint64_t)>> hold{hold_fn};
  sim::Ticker ticker;

  Bench(std::unique_ptr<QueueIf> b, size_t n, sim::StallPattern idle, sim::StallPattern stall,
        uint64_t seed)
      : block(std::move(b)) {
    ticker.add(*block);
    for (unsigned i = 0; i < 4; ++i) {
      sent.push_back(random_beats(n, seed + 10 * i));
      sources.push_back(
          std::make_unique<sim::StreamSource<PktBeat>>(sent[i], idle, seed + 10 * i + 1));
      sinks.push_back(std::make_unique<sim::StreamSink<PktBeat>>(stall, seed + 10 * i + 2));
      connect(sources[i]->out, block->in[i]);
      connect(block->out[i], sinks[i]->in);
      ticker.add(*sources[i]);
      ticker.add(*sinks[i]);
    }
    connect(hold.out, block->hold);
    ticker.add(hold);
    ticker.reset();
  }
  bool all_taken() const {
    for (unsigned i = 0; i < 4; ++i) {
      if (sinks[i]->taken().size() != sent[i].size()) return false;
    }
    return true;
  }
};

template <class Top = Vqueue_bench_rtl>
std::unique_ptr<QueueLockstep> lockstep(const sim::RtlOptions& options = {}) {
  return std::make_unique<QueueLockstep>(std::make_unique<QueueRtl<Top>>(options),
                                         std::make_unique<QueueModel>());
}

using MatrixParam = std::tuple<size_t, sim::StallPattern, sim::StallPattern>;
class QueueMatrix : public testing::TestWithParam<MatrixParam> {};

TEST_P(QueueMatrix, NothingIsLostDoubledOrReorderedAndModelAgrees) {
  const auto& [length, idle, stall] = GetParam();
  auto pair = lockstep();
  auto* ls = pair.get();
  Bench bench(std::move(pair), length, idle, stall, 1);
  bench.ticker.run_until(20000, [&] { return bench.all_taken() || ls->diverged(); });
  ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(bench.sinks[i]->taken(), bench.sent[i]) << i;
}
std::string matrix_name(const testing::TestParamInfo<MatrixParam>& info) {
  const std::array<std::string, 4> names{"No", "Some", "Mostly", "Burst"};
  return "Length" + std::to_string(std::get<0>(info.param)) + names[info.index / 4 % 4] + "Idle" +
         names[info.index % 4] + "Stalls";
}
const auto kPatterns =
    testing::Values(sim::kNoStalls, sim::kSomeStalls, sim::kMostlyStalled, sim::kBurstStalls);
INSTANTIATE_TEST_SUITE_P(LengthIdleStalls, QueueMatrix,
                         testing::Combine(testing::Values(1, 2, 3, 7, 8, 9, 400), kPatterns,
                                          kPatterns),
                         matrix_name);

TEST(Queue, HoldClosesTheInputAndDrainsWhatIsInside) {
  auto pair = lockstep();
  auto* ls = pair.get();
  Bench bench(std::move(pair), 500, sim::kNoStalls, sim::kSomeStalls, 7);
  bench.hold_percent = 40;
  bench.ticker.run_until(20000, [&] { return bench.all_taken() || ls->diverged(); });
  ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(bench.sinks[i]->taken(), bench.sent[i]) << i;
}

// The page: latency 1, one element per cycle, also at depth 2.
TEST(Queue, MovesOneElementPerCycleWithLatencyOne) {
  Bench bench(std::make_unique<QueueRtl<Vqueue_bench_rtl>>(), 50, sim::kNoStalls, sim::kNoStalls,
              3);
  bench.ticker.run_until(60);
  for (unsigned i = 0; i < 4; ++i) {
    const auto& cycles = bench.sinks[i]->cycles();
    ASSERT_EQ(cycles.size(), 50u);
    // Cycle 0: source and queue rise; 1: the beat is taken in; 2: it is on the output and taken.
    for (size_t k = 0; k < 50; ++k) EXPECT_EQ(cycles[k], 2 + k) << "stream " << i;
  }
}

TEST(Queue, FillsToItsDepthAndFreesASlotOneCycleAfterAPop) {
  auto rtl = std::make_unique<QueueRtl<Vqueue_bench_rtl>>();
  auto* b = rtl.get();
  Bench bench(std::move(rtl), 20, sim::kNoStalls, sim::StallPattern{0, 1, 1000000}, 3);
  // The sinks are ready in one cycle out of a million: the first. Nothing is there yet then.
  bench.ticker.run_until(15);
  for (unsigned i = 1; i < 4; ++i) {
    EXPECT_EQ(b->level[i - 1].value, kDepth[i]);
    EXPECT_TRUE(b->full[i - 1].value);
    EXPECT_FALSE(b->in[i].ready);
    EXPECT_EQ(bench.sources[i]->sent(), kDepth[i]);
  }
  EXPECT_EQ(bench.sources[0]->sent(), 2u);
  // One pop from each: ready rises in the cycle after it.
  for (auto& sink : bench.sinks) sink->in.ready = true;
  bench.ticker.tick();
  for (unsigned i = 0; i < 4; ++i) EXPECT_TRUE(b->in[i].ready);
  for (unsigned i = 1; i < 4; ++i) EXPECT_EQ(b->level[i - 1].value, kDepth[i] - 1);
}

TEST(Queue, OutputsAreLowAfterResetExceptEmpty) {
  auto rtl = std::make_unique<QueueRtl<Vqueue_bench_rtl>>();
  auto* b = rtl.get();
  Bench bench(std::move(rtl), 20, sim::kNoStalls, sim::kMostlyStalled, 3);
  bench.ticker.run_until(30);
  b->reset();
  for (unsigned i = 0; i < 4; ++i) {
    EXPECT_FALSE(b->out[i].valid);
    EXPECT_FALSE(b->in[i].ready);
  }
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(b->level[i].value, 0u);
    EXPECT_FALSE(b->full[i].value);
    EXPECT_TRUE(b->empty[i].value);
  }
  for (uint32_t word : std::span(b->top().out_data_o.data(), sizeof b->top().out_data_o / 4)) {
    EXPECT_EQ(word, 0u);
  }
}

TEST(Queue, ResetAtAThousandRandomCyclesKeepsLockstep) {
  sim::RtlOptions options;
  options.random_power_up = true;
  auto pair = lockstep<Vqueue_bench_rtl_x>(options);
  auto* ls = pair.get();
  Bench bench(std::move(pair), 400, sim::kSomeStalls, sim::kSomeStalls, 9);
  sim::Random random(17);
  for (int i = 0; i < 1000; ++i) {
    bench.ticker.reset();
    bench.ticker.run_until(1 + random.below(40));
    ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
  }
}

TEST(Queue, DoesNotDependOnPowerUpValuesOrPayloadsWithoutValid) {
  for (int seed = 1; seed <= 5; ++seed) {
    sim::RtlOptions options;
    options.random_power_up = true;
    options.junk_payloads = true;
    options.seed = seed;
    auto pair = lockstep<Vqueue_bench_rtl_x>(options);
    auto* ls = pair.get();
    Bench bench(std::move(pair), 500, sim::kSomeStalls, sim::kSomeStalls, 20 + seed);
    bench.hold_percent = 5;
    bench.ticker.run_until(20000, [&] { return bench.all_taken() || ls->diverged(); });
    ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
    for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(bench.sinks[i]->taken(), bench.sent[i]) << i;
  }
}

TEST(Queue, OrderAndContentSurviveIndependentStalls) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    sim::StallCompare<QueueIf> compare(std::make_unique<QueueModel>(),
                                       std::make_unique<QueueRtl<Vqueue_bench_rtl>>(), seed);
    for (unsigned i = 0; i < 4; ++i) {
      compare.feed<PktBeat>([i](QueueIf& b) -> auto& { return b.in[i]; }, random_beats(200, seed));
      compare.collect<PktBeat>("out[" + std::to_string(i) + "]",
                               [i](QueueIf& b) -> auto& { return b.out[i]; });
    }
    const auto diff = compare.run(20000, 100);
    ASSERT_FALSE(diff.has_value()) << diff->port << " " << diff->field;
  }
}

}  // namespace
}  // namespace fp::parts
