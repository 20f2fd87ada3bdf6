// SPDX-License-Identifier: Apache-2.0
//
// The harness's own tests: lockstep is silent on equal blocks, finds and names every kind of fault,
// records its waveform window; random stalls, idle skipping and tick order behave as promised.
#include "sim-tb/lockstep/lockstep.hpp"

#include <gtest/gtest.h>
#include <gtkwave/fstapi.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "Vtally_rtl_x.h"
#include "sim-tb/lockstep/fault.hpp"
#include "sim-tb/lockstep/idle_check.hpp"
#include "sim-tb/lockstep/stall_compare.hpp"
#include "tests/lockstep/harness/tally_bench.hpp"
#include "tests/lockstep/harness/tally_rtl.hpp"

namespace fp::tally {
namespace {

using sim::Difference;
using sim::Fault;
using sim::FaultKind;
using TallyLockstep = sim::Lockstep<TallyIf>;

std::unique_ptr<TallyLockstep> lockstep(std::unique_ptr<TallyIf> rtl,
                                        std::unique_ptr<TallyIf> model) {
  return std::make_unique<TallyLockstep>(std::move(rtl), std::move(model));
}
std::unique_ptr<TallyLockstep> equal_pair() {
  return lockstep(std::make_unique<TallyRtl<>>(), std::make_unique<TallyModel>());
}

// ---- equal blocks -------------------------------------------------------------------------------

class StallMatrix
    : public testing::TestWithParam<std::tuple<sim::StallPattern, sim::StallPattern>> {};

TEST_P(StallMatrix, LockstepIsSilentOnEqualBlocks) {
  auto pair = equal_pair();
  auto* ls = pair.get();
  TallyBench bench(std::move(pair), 11, std::get<0>(GetParam()), std::get<1>(GetParam()));
  bench.run(12000);
  ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
  EXPECT_EQ(bench.sink.taken().size(), 800u);
  EXPECT_TRUE(bench.csr.done());
  EXPECT_EQ(bench.csr.list().back().data, 800u);  // ITEMS, read through the RTL
}
std::string stall_name(const testing::TestParamInfo<StallMatrix::ParamType>& info) {
  const std::array<std::string, 4> names{"No", "Some", "Mostly", "Burst"};
  return names[info.index / 4] + "IdleBy" + names[info.index % 4] + "Stalls";
}
INSTANTIATE_TEST_SUITE_P(IdleByBackpressure, StallMatrix,
                         testing::Combine(testing::Values(sim::kNoStalls, sim::kSomeStalls,
                                                          sim::kMostlyStalled, sim::kBurstStalls),
                                          testing::Values(sim::kNoStalls, sim::kSomeStalls,
                                                          sim::kMostlyStalled, sim::kBurstStalls)),
                         stall_name);

TEST(Lockstep, IsSilentWhenResetComesAtRandomCycles) {
  auto pair = equal_pair();
  auto* ls = pair.get();
  TallyBench bench(std::move(pair), 5);
  sim::Random random(3);
  for (int i = 0; i < 200; ++i) {
    bench.ticker.reset();
    bench.ticker.run_until(1 + random.below(120));
    ASSERT_FALSE(ls->diverged()) << ls->difference()->text();
  }
}

TEST(Lockstep, IsSilentWithRandomPowerUpValuesAndJunkPayloads) {
  for (int seed = 1; seed <= 5; ++seed) {
    sim::RtlOptions options;
    options.random_power_up = true;
    options.junk_payloads = true;
    options.seed = seed;
    auto pair =
        lockstep(std::make_unique<TallyRtl<Vtally_rtl_x>>(options), std::make_unique<TallyModel>());
    auto* ls = pair.get();
    TallyBench bench(std::move(pair), 100 + seed);
    bench.run(8000);
    ASSERT_FALSE(ls->diverged()) << "seed " << seed << ": " << ls->difference()->text();
  }
}

// ---- faults -------------------------------------------------------------------------------------

struct FaultCase {
  const char* name;
  Fault fault;
  const char* port;
  const char* field;
  bool has_tag;
};

class EveryFault : public testing::TestWithParam<FaultCase> {};

TEST_P(EveryFault, IsFoundAtItsCycleAndNamed) {
  const FaultCase& c = GetParam();
  auto shim = std::make_unique<sim::FaultShim<TallyIf>>(std::make_unique<TallyRtl<>>(), c.fault);
  auto* broken = shim.get();
  auto pair = lockstep(std::move(shim), std::make_unique<TallyModel>());
  auto* ls = pair.get();
  uint64_t struck_at = kNever;
  int calls = 0;
  TallyBench bench(std::move(pair), 23);
  ls->on_difference = [&](const Difference&) { ++calls; };
  bench.ticker.reset();
  bench.ticker.run_until(9000, [&] {
    if (broken->struck() && struck_at == kNever) struck_at = bench.ticker.now();
    return ls->diverged();
  });
  ASSERT_TRUE(ls->diverged());
  const Difference& d = *ls->difference();
  EXPECT_EQ(d.port, c.port) << d.text();
  EXPECT_EQ(d.field, c.field) << d.text();
  EXPECT_NE(d.found, d.expected);
  EXPECT_EQ(d.tag.has_value(), c.has_tag) << d.text();
  EXPECT_EQ(calls, 1);
  if (struck_at != kNever) {
    EXPECT_EQ(d.cycle, struck_at);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Faults, EveryFault,
    testing::Values(
        // Bits 24..55 of an item are its tag, 56..71 the value, 72.. the bytes.
        FaultCase{"FlipBitInNestedStruct",
                  {FaultKind::kFlipBit, "out", 40, 0, 3},
                  "out",
                  "data.item.conn.conn_id",
                  true},
        FaultCase{"FlipBitInArray",
                  {FaultKind::kFlipBit, "out", 40, 0, 72 + 8 * 2 + 1},
                  "out",
                  "data.item.bytes[2]",
                  true},
        FaultCase{"FlipTopBit",
                  {FaultKind::kFlipBit, "out", 0, 0, Result::kBits - 1},
                  "out",
                  "data.source",
                  true},
        FaultCase{"RandomPayload",
                  {FaultKind::kRandomPayload, "out", 17, 0, 0},
                  "out",
                  "data.item.conn.conn_id",
                  true},
        FaultCase{"Drop", {FaultKind::kDrop, "out", 9, 0, 0}, "out", "valid", true},
        FaultCase{"Duplicate",
                  {FaultKind::kDuplicate, "out", 50, 0, 0},
                  "out",
                  "data.item.conn.conn_id",
                  true},
        FaultCase{"Late", {FaultKind::kLate, "out", 51, 0, 0}, "out", "valid", true},
        FaultCase{"Swap", {FaultKind::kSwap, "out", 52, 0, 0}, "out", "valid", true},
        FaultCase{
            "EarlyReady", {FaultKind::kEarlyReady, "in[1]", 0, 60, 0}, "in[1]", "ready", true},
        FaultCase{
            "StuckReadyLow", {FaultKind::kStuckReady, "in[0]", 0, 300, 0}, "in[0]", "ready", true},
        FaultCase{
            "StuckReadyHigh", {FaultKind::kStuckReady, "in[0]", 0, 300, 1}, "in[0]", "ready", true},
        FaultCase{"CsrData", {FaultKind::kCsrData, "csr", 3, 0, 31}, "csr", "rdata", false},
        FaultCase{
            "Counter", {FaultKind::kCounter, "csr", 0, 0, reg::kItems}, "csr", "rdata", false},
        FaultCase{"Level", {FaultKind::kLevel, "irq", 0, 77, 0}, "irq", "value", false},
        FaultCase{"Idle", {FaultKind::kIdle, "", 0, 88, 0}, "block", "idle", false},
        FaultCase{"WakeAt", {FaultKind::kWakeAt, "", 0, 99, 0}, "block", "wake_at", false}),
    [](const auto& info) { return info.param.name; });

// ---- what is recorded ---------------------------------------------------------------------------

TEST(Difference, GivesThePacketNumberOfThePayload) {
  auto pair = lockstep(std::make_unique<sim::FaultShim<TallyIf>>(
                           std::make_unique<TallyRtl<>>(),
                           Fault{FaultKind::kFlipBit, "out", 33, 0, Result::kBits - 2}),
                       std::make_unique<TallyModel>());
  auto* ls = pair.get();
  TallyBench bench(std::move(pair), 4);
  // The oracle is a run of the RTL alone: payload 33's tag.
  TallyBench plain(std::make_unique<TallyRtl<>>(), 4);
  plain.run(2000);
  bench.run(2000);
  ASSERT_TRUE(ls->diverged());
  EXPECT_EQ(ls->difference()->tag, plain.sink.taken()[33].tag);
  EXPECT_EQ(ls->difference()->field, "data.sum");
}

TEST(Difference, WindowHoldsTwoHundredCyclesBeforeAndFiftyAfter) {
  Difference d;
  d.cycle = 1000;
  EXPECT_EQ(d.window("x").first, 800u);
  EXPECT_EQ(d.window("x").end, 1050u);
  d.cycle = 20;
  EXPECT_EQ(d.window("x").first, 0u);
}

TEST(Trace, ASecondRunRecordsExactlyTheWindow) {
  const std::string path = testing::TempDir() + "tally_window.fst";
  std::filesystem::remove(path);
  auto run = [&](const sim::FstWindow* window) {
    auto pair =
        lockstep(std::make_unique<sim::FaultShim<TallyIf>>(
                     std::make_unique<TallyRtl<>>(), Fault{FaultKind::kDrop, "out", 300, 0, 0}),
                 std::make_unique<TallyModel>());
    auto* ls = pair.get();
    TallyBench bench(std::move(pair), 8);
    bench.ticker.set_skipping(false);
    bench.ticker.reset();
    if (window != nullptr) ls->trace(*window);
    bench.ticker.run_until(5000);
    return *ls->difference();
  };
  const Difference d = run(nullptr);
  ASSERT_GT(d.cycle, 250u);
  const sim::FstWindow window = d.window(path);
  const Difference again = run(&window);
  EXPECT_EQ(again.text(), d.text());

  ASSERT_TRUE(std::filesystem::exists(path));
  void* fst = fstReaderOpen(path.c_str());
  ASSERT_NE(fst, nullptr);
  const int64_t ticks = 10;  // 100 ps a tick, 1 ns a cycle
  EXPECT_EQ(fstReaderGetTimescale(fst), -10);
  EXPECT_EQ(fstReaderGetStartTime(fst), d.cycle * ticks - 200 * ticks);
  EXPECT_EQ(fstReaderGetEndTime(fst), (d.cycle + 50) * ticks - ticks / 2);
  fstReaderClose(fst);
  std::filesystem::remove(path);
}

// ---- independent stalls -------------------------------------------------------------------------

std::optional<sim::OrderDifference> compare_under_stalls(std::unique_ptr<TallyIf> rtl,
                                                         uint64_t seed) {
  sim::StallCompare<TallyIf> compare(std::make_unique<TallyModel>(), std::move(rtl), seed);
  compare.feed<Item>([](TallyIf& b) -> auto& { return b.in[0]; }, random_items(300, seed));
  compare.feed<Item>([](TallyIf& b) -> auto& { return b.in[1]; }, random_items(300, seed + 1));
  // Which source comes first depends on timing; within a source order and sums do not.
  compare.collect<Result>(
      "out", [](TallyIf& b) -> auto& { return b.out; },
      [](const Result& r) { return uint64_t{r.source}; });
  return compare.run(30000);
}

TEST(StallCompare, AcceptsABlockWhoseContentDoesNotDependOnTiming) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const auto diff = compare_under_stalls(std::make_unique<TallyRtl<>>(), seed);
    ASSERT_FALSE(diff.has_value()) << diff->port << " " << diff->field << " " << diff->index;
  }
}

TEST(StallCompare, FindsALostADoubledASwappedAndAChangedPayload) {
  for (auto kind :
       {FaultKind::kDrop, FaultKind::kDuplicate, FaultKind::kSwap, FaultKind::kFlipBit}) {
    auto rtl = std::make_unique<TallyRtl<>>();
    int found = 0;
    // A swap across the two sources is no error, so ask at several places.
    for (uint64_t nth : {100u, 101u, 102u, 103u, 104u, 105u}) {
      auto shim = std::make_unique<sim::FaultShim<TallyIf>>(std::make_unique<TallyRtl<>>(),
                                                            Fault{kind, "out", nth, 0, 130});
      found += compare_under_stalls(std::move(shim), 3).has_value();
    }
    EXPECT_GE(found, kind == FaultKind::kSwap ? 1 : 6) << static_cast<int>(kind);
  }
}

// ---- idle skipping and order --------------------------------------------------------------------

template <class Block>
void expect_idle_contract() {
  auto check = std::make_unique<sim::IdleCheck<TallyIf>>(std::make_unique<Block>(),
                                                         std::make_unique<Block>());
  auto* idle = check.get();
  TallyBench bench(std::move(check), 6, {95, 0, 0});
  bench.run(12000);
  ASSERT_FALSE(idle->difference().has_value()) << idle->difference()->text();
  EXPECT_GT(idle->skipped_edges(), 1000u);
}
TEST(IdleCheck, AcceptsTheModel) { expect_idle_contract<TallyModel>(); }
TEST(IdleCheck, AcceptsTheRtl) { expect_idle_contract<TallyRtl<>>(); }

// Forgets its timer: a skipped tick is lost.
class SleepyModel final : public TallyModel {
 public:
  uint64_t wake_at() const override { return kNever; }
};
// Says idle while something is queued.
class HastyModel final : public TallyModel {
 public:
  bool idle() const override { return true; }
};
TEST(IdleCheck, FindsABlockThatForgetsItsTimer) {
  auto check = std::make_unique<sim::IdleCheck<TallyIf>>(std::make_unique<SleepyModel>(),
                                                         std::make_unique<SleepyModel>());
  auto* idle = check.get();
  TallyBench bench(std::move(check), 6, {95, 0, 0});
  bench.run(12000);
  ASSERT_TRUE(idle->difference().has_value());
  EXPECT_EQ(idle->difference()->port, "irq");
}
TEST(IdleCheck, FindsABlockThatIsIdleTooEarly) {
  auto check = std::make_unique<sim::IdleCheck<TallyIf>>(std::make_unique<HastyModel>(),
                                                         std::make_unique<HastyModel>());
  auto* idle = check.get();
  TallyBench bench(std::move(check), 6, {95, 0, 0});
  bench.run(12000);
  ASSERT_TRUE(idle->difference().has_value());
}

// Everything a run leaves behind that another block could have seen.
struct Outcome {
  std::vector<Result> results;
  std::vector<uint64_t> cycles;
  std::vector<uint32_t> reads;
  bool operator==(const Outcome&) const = default;
};
Outcome outcome(std::unique_ptr<TallyIf> block, bool skip, uint64_t shuffle, uint64_t* edges,
                sim::StallPattern idle = {95, 0, 0}) {
  TallyBench bench(std::move(block), 9, idle, sim::kNoStalls, 60, 0);
  bench.ticker.set_skipping(skip);
  bench.ticker.set_shuffle(shuffle);
  bench.run(20000);
  Outcome o{bench.sink.taken(), bench.sink.cycles(), {}};
  for (const auto& a : bench.csr.list()) o.reads.push_back(a.data);
  if (edges != nullptr) *edges = bench.ticker.edges_of(0);
  return o;
}

TEST(Ticker, SkippingAndJumpingChangeNothingButTheEdges) {
  uint64_t all = 0;
  uint64_t some = 0;
  const Outcome ticked = outcome(std::make_unique<TallyModel>(), false, 0, &all);
  const Outcome skipped = outcome(std::make_unique<TallyModel>(), true, 0, &some);
  EXPECT_EQ(ticked, skipped);
  EXPECT_EQ(all, 20000u);
  EXPECT_LT(some, all / 4);
  EXPECT_EQ(ticked.results.size(), 120u);
}

TEST(Ticker, TickOrderChangesNothing) {
  const Outcome fixed = outcome(equal_pair(), true, 0, nullptr, sim::kSomeStalls);
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    EXPECT_EQ(fixed, outcome(equal_pair(), true, seed, nullptr, sim::kSomeStalls));
  }
}

// A wrong block for the shuffle test: its ready is not a register but read in the same cycle.
TEST(Ticker, ShuffledOrderExposesABlockThatPublishesInEval) {
  class Leaky final : public TallyModel {
   public:
    void eval(uint64_t now) override {
      TallyModel::eval(now);
      TallyModel::commit();
    }
    void commit() override {}
  };
  const Outcome fixed = outcome(std::make_unique<Leaky>(), false, 0, nullptr, sim::kSomeStalls);
  int differ = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    differ +=
        !(fixed == outcome(std::make_unique<Leaky>(), false, seed, nullptr, sim::kSomeStalls));
  }
  EXPECT_GT(differ, 0);
}

}  // namespace
}  // namespace fp::tally
