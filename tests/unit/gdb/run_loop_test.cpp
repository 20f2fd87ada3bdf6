// SPDX-License-Identifier: Apache-2.0
//
// Stops of the debugged core, and that between them it does what the undebugged one does.
#include "sim-tb/gdb/run_loop.hpp"

#include <gtest/gtest.h>

#include "tests/unit/gdb/core.hpp"

namespace fp::gdb {
namespace {

constexpr unsigned kX1 = 1, kX2 = 2, kX3 = 3;
constexpr uint32_t kData = kRam + 0x100;

// x1 = &data; then what the test adds.
#define FP_DATA_IN_X1 lui(kX1, kRam >> 12), addi(kX1, kX1, 0x100)

TEST(RunLoop, ABreakpointStopsInFrontOfItsInstructionOnce) {
  Core core({addi(kX1, 0, 1), addi(kX1, kX1, 1), addi(kX1, kX1, 1), kJumpToItself});
  RunLoop loop(core.hart);
  ASSERT_TRUE(loop.insert(Point::kHardware, kRam + 4, 4));
  auto outcome = loop.run(100, false);
  ASSERT_TRUE(outcome.stop);
  EXPECT_EQ(outcome.stop->point, Point::kHardware);
  EXPECT_EQ(core.hart.pc(), kRam + 4);
  EXPECT_EQ(core.hart.reg(kX1), 1u);
  EXPECT_FALSE(outcome.over);
  outcome = loop.run(50, false);
  EXPECT_FALSE(outcome.stop);
  EXPECT_TRUE(outcome.over);
  EXPECT_EQ(core.hart.reg(kX1), 3u);
}

TEST(RunLoop, ABreakpointOfTwoKindsGoesWithTheSecond) {
  Core core({addi(kX1, kX1, 1), kJumpToItself});
  RunLoop loop(core.hart);
  loop.insert(Point::kSoftware, kRam + 4, 2);
  loop.insert(Point::kHardware, kRam + 4, 2);
  EXPECT_TRUE(loop.remove(Point::kHardware, kRam + 4, 2));
  EXPECT_FALSE(loop.remove(Point::kHardware, kRam + 4, 2));
  const auto outcome = loop.run(10, false);
  ASSERT_TRUE(outcome.stop);
  EXPECT_EQ(outcome.stop->point, Point::kSoftware);
  EXPECT_TRUE(loop.remove(Point::kSoftware, kRam + 4, 2));
  EXPECT_FALSE(loop.run(10, false).stop);
}

TEST(RunLoop, NothingIsWrittenIntoTheProgram) {
  Core core({addi(kX1, 0, 1), kJumpToItself});
  const auto before = core.ram;
  RunLoop loop(core.hart);
  loop.insert(Point::kSoftware, kRam + 4, 4);
  loop.run(10, false);
  EXPECT_EQ(core.ram, before);
}

TEST(RunLoop, AStepIsOneInstruction) {
  Core core({addi(kX1, 0, 1), addi(kX1, kX1, 1), kJumpToItself});
  RunLoop loop(core.hart);
  for (uint32_t n = 1; n <= 4; ++n) {
    const auto outcome = loop.run(100, true);
    ASSERT_TRUE(outcome.stop);
    EXPECT_EQ(outcome.stop->why, Stop::Why::kStep);
    EXPECT_EQ(core.hart.retired(), n);
  }
  EXPECT_EQ(core.hart.reg(kX1), 2u);
}

TEST(RunLoop, AStepIntoSleepWaitsForTheNextInstruction) {
  Core core({kWfi, addi(kX1, 0, 1), kJumpToItself});
  RunLoop loop(core.hart);
  EXPECT_TRUE(loop.run(100, true).stop) << "the wfi itself";
  const auto asleep = loop.run(100, true);
  EXPECT_FALSE(asleep.stop);
  EXPECT_TRUE(asleep.over);
  core.hart.set_csr(riscv::kMie, riscv::kMtip);
  core.hart.set_mip(riscv::kMtip);
  EXPECT_TRUE(loop.run(100, true).stop);
  EXPECT_EQ(core.hart.reg(kX1), 1u);
}

struct WatchCase {
  uint32_t insn;
  Point point;
  uint32_t addr, bytes;
  std::optional<uint32_t> reported;
};

class Watch : public testing::TestWithParam<WatchCase> {};

TEST_P(Watch, ReportsTheFirstWatchedByteTouched) {
  const WatchCase& c = GetParam();
  Core core({FP_DATA_IN_X1, addi(kX2, 0, 7), c.insn, addi(kX3, 0, 9), kJumpToItself});
  RunLoop loop(core.hart);
  ASSERT_TRUE(loop.insert(c.point, c.addr, c.bytes));
  const auto outcome = loop.run(100, false);
  ASSERT_EQ(outcome.stop.has_value(), c.reported.has_value());
  if (!c.reported) return;
  EXPECT_EQ(outcome.stop->why, Stop::Why::kPoint);
  EXPECT_EQ(outcome.stop->point, c.point);
  EXPECT_EQ(outcome.stop->addr, *c.reported);
  // Behind the instruction, which is done.
  EXPECT_EQ(core.hart.pc(), kRam + 16);
  EXPECT_EQ(core.hart.reg(kX3), 0u);
}

constexpr unsigned kAmoAdd = 0, kLr = 2, kSc = 3;
INSTANTIATE_TEST_SUITE_P(
    Kinds, Watch,
    testing::Values(WatchCase{store(kWord, kX2, kX1, 0), Point::kWrite, kData, 4, kData},
                    WatchCase{store(kWord, kX2, kX1, 0), Point::kAccess, kData, 4, kData},
                    WatchCase{store(kWord, kX2, kX1, 0), Point::kRead, kData, 4, std::nullopt},
                    WatchCase{load(kWord, kX2, kX1, 0), Point::kRead, kData, 4, kData},
                    WatchCase{load(kWord, kX2, kX1, 0), Point::kAccess, kData, 4, kData},
                    WatchCase{load(kWord, kX2, kX1, 0), Point::kWrite, kData, 4, std::nullopt},
                    // Ranges that overlap in part, and that only touch.
                    WatchCase{store(kWord, kX2, kX1, 0), Point::kWrite, kData + 3, 1, kData + 3},
                    WatchCase{store(kWord, kX2, kX1, 0), Point::kWrite, kData - 4, 5, kData},
                    WatchCase{store(kWord, kX2, kX1, 0), Point::kWrite, kData + 4, 4, std::nullopt},
                    WatchCase{store(kWord, kX2, kX1, 0), Point::kWrite, kData - 4, 4, std::nullopt},
                    WatchCase{store(kByte, kX2, kX1, 1), Point::kWrite, kData, 1, std::nullopt},
                    WatchCase{store(kByte, kX2, kX1, -1), Point::kWrite, kData - 4, 4, kData - 1},
                    // Atomics read and write; a failing SC does neither.
                    WatchCase{amo(kAmoAdd, kX2, kX1, kX2), Point::kRead, kData, 4, kData},
                    WatchCase{amo(kAmoAdd, kX2, kX1, kX2), Point::kWrite, kData, 4, kData},
                    WatchCase{amo(kLr, kX2, kX1, 0), Point::kRead, kData, 4, kData},
                    WatchCase{amo(kSc, kX2, kX1, kX2), Point::kWrite, kData, 4, std::nullopt}));

TEST(RunLoop, AnScThatSucceedsWrites) {
  Core core({FP_DATA_IN_X1, amo(kLr, kX2, kX1, 0), amo(kSc, kX3, kX1, kX2), kJumpToItself});
  RunLoop loop(core.hart);
  loop.insert(Point::kWrite, kData, 4);
  ASSERT_TRUE(loop.run(100, false).stop);
  EXPECT_EQ(core.hart.pc(), kRam + 16);
}

TEST(RunLoop, AnAccessThatTrapsTouchesNothing) {
  Core core({FP_DATA_IN_X1, load(kWord, kX2, kX1, 1), kJumpToItself});
  RunLoop loop(core.hart);
  loop.insert(Point::kAccess, kData, 8);
  EXPECT_FALSE(loop.run(4, false).stop);
  EXPECT_EQ(core.hart.traps(), 2u) << "the trap vector is not mapped: it traps again";
}

TEST(RunLoop, PointsAreBounded) {
  Core core({kJumpToItself});
  RunLoop loop(core.hart);
  EXPECT_FALSE(loop.insert(Point::kWrite, kData, 0));
  for (uint32_t n = 0; n < RunLoop::kMaxPoints; ++n) {
    ASSERT_TRUE(loop.insert(n % 2 == 0 ? Point::kRead : Point::kSoftware, kData + 4 * n, 4));
  }
  EXPECT_FALSE(loop.insert(Point::kRead, kRam, 4));
  EXPECT_FALSE(loop.insert(Point::kSoftware, kRam, 4));
  EXPECT_TRUE(loop.insert(Point::kRead, kData, 4)) << "again";
  loop.clear();
  EXPECT_TRUE(loop.insert(Point::kSoftware, kRam + 0x200, 4));
}

// A loop that computes, touches memory and a device, and takes traps: with breakpoints that stop it
// and with single steps it passes through the same states at the same cycles.
TEST(RunLoop, BetweenTheStopsNothingChanges) {
  const auto program = {FP_DATA_IN_X1, lui(kX3, 0x10000), addi(kX2, kX2, 1),
                        store(kWord, kX2, kX1, 0), amo(kAmoAdd, kX2, kX1, kX2),
                        load(kWord, 4, kX3, 0),
                        // jal x0, -16
                        0xff1ff06fu};
  for (const bool step : {false, true}) {
    Core plain(program), debugged(program);
    RunLoop loop(debugged.hart);
    loop.insert(Point::kSoftware, kRam + 16, 4);
    loop.insert(Point::kAccess, kData, 1);
    unsigned stops = 0;
    for (unsigned quantum = 1; quantum < 400; ++quantum) {
      const uint64_t cycles = 1 + quantum * 37 % 50;
      plain.hart.run(cycles);
      const uint64_t end = debugged.hart.cycle() + cycles;
      for (;;) {
        const auto outcome = loop.run(end - debugged.hart.cycle(), step);
        stops += outcome.stop.has_value();
        if (outcome.over) break;
      }
      ASSERT_EQ(plain.hart.cycle(), debugged.hart.cycle());
      ASSERT_EQ(plain.hart.pc(), debugged.hart.pc());
      ASSERT_EQ(plain.hart.retired(), debugged.hart.retired());
      ASSERT_EQ(plain.hart.stop_reason(), debugged.hart.stop_reason());
      ASSERT_EQ(plain.ram, debugged.ram);
    }
    EXPECT_GT(stops, 400u);
  }
}

}  // namespace
}  // namespace fp::gdb
