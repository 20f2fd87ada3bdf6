// SPDX-License-Identifier: Apache-2.0
//
// rr_arbiter and wrr_arbiter: lockstep with their twins, frames kept together, nobody starved,
// weights kept exactly when everybody has work. The last two are judged from the outputs alone.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "Varb_bench_rtl.h"
#include "Varb_bench_rtl_x.h"
#include "sim-tb/lockstep/lockstep.hpp"
#include "sim-tb/lockstep/stream_bench.hpp"
#include "sim-tb/lockstep/ticker.hpp"
#include "tests/lockstep/common/parts_rtl.hpp"

namespace fp::parts {
namespace {

constexpr unsigned kStreams = kRr + kWrr;

// Frames of random length 1..max_beats; max_beats 1 gives single beats.
std::vector<uint64_t> frames(unsigned stream, size_t n, size_t max_beats, uint64_t seed) {
  sim::Random random(seed);
  std::vector<uint64_t> beats;
  for (uint64_t f = 0; f < n; ++f) {
    const size_t length = 1 + random.below(max_beats);
    for (size_t b = 0; b < length; ++b) {
      const uint64_t payload = random.next() & ~(kLastBit | (uint64_t{0xf} << 40));
      beats.push_back((b + 1 == length ? kLastBit : 0) | (uint64_t{stream} << 40) | payload);
    }
  }
  return beats;
}
unsigned stream_of(uint64_t beat) { return (beat >> 40) & 0xf; }

struct Bench {
  std::unique_ptr<ArbIf> block;
  std::vector<std::vector<uint64_t>> sent;
  std::vector<std::unique_ptr<sim::StreamSource<uint64_t>>> sources;
  std::vector<std::unique_ptr<sim::StreamSink<uint64_t>>> sinks;
  uint16_t weights = 1 | (2 << 3) | (3 << 6) | (7 << 9);
  sim::Random random{5};
  bool changing = false;
  std::function<uint16_t(uint64_t)> next = [this](uint64_t now) {
    if (changing && now % 50 == 0) weights = static_cast<uint16_t>(random.below(1 << 12));
    return weights;
  };
  LevelDriver<uint16_t, std::function<uint16_t(uint64_t)>> weight{next};
  sim::Ticker ticker;

  Bench(std::unique_ptr<ArbIf> b, size_t n, size_t max_beats, sim::StallPattern idle,
        sim::StallPattern stall, uint64_t seed)
      : block(std::move(b)) {
    ticker.add(*block);
    for (unsigned i = 0; i < kStreams; ++i) {
      sent.push_back(frames(i, n, max_beats, seed + i));
      sources.push_back(
          std::make_unique<sim::StreamSource<uint64_t>>(sent[i], idle, seed + 100 + i));
      connect(sources[i]->out, block->in[i]);
      ticker.add(*sources[i]);
    }
    for (unsigned i = 0; i < 2; ++i) {
      sinks.push_back(std::make_unique<sim::StreamSink<uint64_t>>(stall, seed + 200 + i));
      connect(block->out[i], sinks[i]->in);
      ticker.add(*sinks[i]);
    }
    connect(weight.out, block->weight);
    ticker.add(weight);
    ticker.reset();
  }
  size_t total(unsigned out) const {
    size_t n = 0;
    for (unsigned i = out == 0 ? 0 : kRr; i < (out == 0 ? kRr : kStreams); ++i) n += sent[i].size();
    return n;
  }
  bool all_taken() const {
    return sinks[0]->taken().size() == total(0) && sinks[1]->taken().size() == total(1);
  }
};

template <class Top = Varb_bench_rtl>
std::unique_ptr<sim::Lockstep<ArbIf>> lockstep(const sim::RtlOptions& options = {}) {
  return std::make_unique<sim::Lockstep<ArbIf>>(std::make_unique<ArbRtl<Top>>(options),
                                                std::make_unique<ArbModel>());
}

// Every stream's beats arrive once and in order, and no frame is cut by another stream's beat.
void expect_whole_frames(const Bench& bench) {
  for (unsigned out = 0; out < 2; ++out) {
    std::map<unsigned, std::vector<uint64_t>> by_stream;
    int open = -1;
    for (uint64_t beat : bench.sinks[out]->taken()) {
      const unsigned s = stream_of(beat);
      if (open >= 0) {
        ASSERT_EQ(static_cast<unsigned>(open), s) << "frame cut";
      }
      open = (beat & kLastBit) != 0 ? -1 : static_cast<int>(s);
      by_stream[s].push_back(beat);
    }
    for (unsigned i = out == 0 ? 0 : kRr; i < (out == 0 ? kRr : kStreams); ++i) {
      EXPECT_EQ(by_stream[i], bench.sent[i]) << "stream " << i;
    }
  }
}

using MatrixParam = std::tuple<size_t, sim::StallPattern, sim::StallPattern>;
class ArbiterMatrix : public testing::TestWithParam<MatrixParam> {};

TEST_P(ArbiterMatrix, FramesStayWholeAndModelAgrees) {
  const auto& [max_beats, idle, stall] = GetParam();
  auto pair = lockstep();
  auto* ls = pair.get();
  Bench bench(std::move(pair), 60, max_beats, idle, stall, 3);
  bench.changing = true;
  bench.ticker.run_until(60000, [&] { return bench.all_taken() || ls->diverged(); });
  ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
  expect_whole_frames(bench);
}
std::string matrix_name(const testing::TestParamInfo<MatrixParam>& info) {
  const std::array<std::string, 4> names{"No", "Some", "Mostly", "Burst"};
  return "Beats" + std::to_string(std::get<0>(info.param)) + names[info.index / 4 % 4] + "Idle" +
         names[info.index % 4] + "Stalls";
}
const auto kPatterns =
    testing::Values(sim::kNoStalls, sim::kSomeStalls, sim::kMostlyStalled, sim::kBurstStalls);
INSTANTIATE_TEST_SUITE_P(BeatsIdleStalls, ArbiterMatrix,
                         testing::Combine(testing::Values(1, 2, 9), kPatterns, kPatterns),
                         matrix_name);

// Streams in the order in which their frames left.
std::vector<unsigned> frame_order(const std::vector<uint64_t>& beats) {
  std::vector<unsigned> order;
  for (uint64_t beat : beats) {
    if ((beat & kLastBit) != 0) order.push_back(stream_of(beat));
  }
  return order;
}

TEST(Arbiter, RoundRobinServesBackloggedStreamsInTurn) {
  Bench bench(std::make_unique<ArbRtl<Varb_bench_rtl>>(), 40, 3, sim::kNoStalls, sim::kNoStalls, 8);
  bench.ticker.run_until(5000, [&] { return bench.all_taken(); });
  const auto order = frame_order(bench.sinks[0]->taken());
  ASSERT_EQ(order.size(), 40u * kRr);
  // All skid buffers fill in the same cycle, so from the first frame on the turns are exact; a
  // stream may lag by a bubble only where a frame ends that filled the skid alone, which saturated
  // sources exclude.
  for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i % kRr) << i;
}

TEST(Arbiter, WeightsAreExactAmongBackloggedStreams) {
  Bench bench(std::make_unique<ArbRtl<Varb_bench_rtl>>(), 130, 3, sim::kNoStalls, sim::kNoStalls,
              8);
  bench.weights = 1 | (2 << 3) | (0 << 6) | (7 << 9);  // 0 counts as 1
  bench.ticker.run_until(600);
  const auto order = frame_order(bench.sinks[1]->taken());
  const std::vector<unsigned> round{5, 6, 6, 7, 8, 8, 8, 8, 8, 8, 8};
  // Stream 8's 130 frames last for 18 rounds.
  const size_t backlogged = 18 * round.size();
  ASSERT_GT(order.size(), backlogged);
  for (size_t i = 0; i < backlogged; ++i) EXPECT_EQ(order[i], round[i % round.size()]) << i;
}

TEST(Arbiter, AStreamThatPausesLosesTheRestOfItsTurnOnly) {
  // Only stream 8 (weight 7) and stream 5 (weight 1) have frames; 8 pauses often.
  auto rtl = std::make_unique<ArbRtl<Varb_bench_rtl>>();
  Bench bench(std::move(rtl), 0, 1, sim::kNoStalls, sim::kNoStalls, 1);
  const auto slow = frames(8, 100, 1, 4);
  const auto fast = frames(5, 300, 1, 5);
  for (uint64_t beat : fast) bench.sources[5]->push(beat);
  sim::StreamSource<uint64_t> bursty(slow, sim::StallPattern{0, 3, 9}, 2);
  connect(bursty.out, bench.block->in[8]);
  bench.ticker.add(bursty);
  bench.ticker.reset();
  bench.ticker.run_until(2000, [&] { return bench.sinks[1]->taken().size() == 400; });
  // Nothing idles while somebody has work: 400 frames need 400 cycles and the start.
  EXPECT_EQ(bench.sinks[1]->taken().size(), 400u);
  EXPECT_LE(bench.ticker.now(), 400u + 10u + 100u * 3u);
}

TEST(Arbiter, ResetAtAThousandRandomCyclesKeepsLockstep) {
  sim::RtlOptions options;
  options.random_power_up = true;
  auto pair = lockstep<Varb_bench_rtl_x>(options);
  auto* ls = pair.get();
  Bench bench(std::move(pair), 60, 3, sim::kSomeStalls, sim::kSomeStalls, 9);
  sim::Random random(23);
  for (int i = 0; i < 1000; ++i) {
    bench.ticker.reset();
    bench.ticker.run_until(1 + random.below(40));
    ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
  }
}

TEST(Arbiter, DoesNotDependOnPowerUpValuesOrPayloadsWithoutValid) {
  for (int seed = 1; seed <= 5; ++seed) {
    sim::RtlOptions options;
    options.random_power_up = true;
    options.junk_payloads = true;
    options.seed = seed;
    auto pair = lockstep<Varb_bench_rtl_x>(options);
    auto* ls = pair.get();
    Bench bench(std::move(pair), 60, 5, sim::kSomeStalls, sim::kSomeStalls, 30 + seed);
    bench.ticker.run_until(20000, [&] { return bench.all_taken() || ls->diverged(); });
    ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
    expect_whole_frames(bench);
  }
}

}  // namespace
}  // namespace fp::parts
