// SPDX-License-Identifier: Apache-2.0
// Interrupts: enabling, priority, vectoring, precision and WFI, from sections 3.1.6 to 3.1.9
// and 3.3.3 of the privileged spec 20211203.
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/unit/riscv/encode.hpp"
#include "tests/unit/riscv/machine.hpp"

namespace fp::riscv::test {
namespace {

constexpr std::uint32_t kMei = kCauseInterrupt | 11;
constexpr std::uint32_t kMsi = kCauseInterrupt | 3;
constexpr std::uint32_t kMti = kCauseInterrupt | 7;

void enable_all(Machine& m) {
  m.hart.set_csr(kMie, kMipAll);
  m.hart.set_csr(kMstatus, kMstatusMie);
}

TEST(Interrupt, IsTakenBeforeTheNextInstruction) {
  Machine m;
  enable_all(m);
  m.put(kRam, {addi(a0, zero, 1), addi(a0, a0, 1)});
  m.hart.step();
  m.hart.set_mip(kMtip);
  const StepRecord record = m.hart.step();
  EXPECT_TRUE(record.trapped);
  EXPECT_FALSE(record.retired);
  EXPECT_EQ(m.csr(kMcause), kMti);
  EXPECT_EQ(m.csr(kMepc), kRam + 4);
  EXPECT_EQ(m.csr(kMtval), 0u);
  EXPECT_EQ(m.csr(kMstatus), kMstatusMpp | kMstatusMpie);
  EXPECT_EQ(m.hart.pc(), kHandler);
  EXPECT_EQ(m.hart.reg(a0), 1u);
}

TEST(Interrupt, PriorityIsExternalSoftwareTimer) {
  const struct {
    std::uint32_t lines;
    std::uint32_t cause;
  } cases[] = {{kMeip | kMsip | kMtip, kMei},
               {kMeip | kMtip, kMei},
               {kMeip | kMsip, kMei},
               {kMsip | kMtip, kMsi},
               {kMsip, kMsi},
               {kMtip, kMti},
               {kMeip, kMei}};
  for (const auto& c : cases) {
    Machine m;
    enable_all(m);
    m.hart.set_mip(c.lines);
    m.hart.step();
    EXPECT_EQ(m.csr(kMcause), c.cause) << std::hex << c.lines;
  }
}

TEST(Interrupt, LineMaskedInMieDoesNotHideALowerOne) {
  Machine m;
  m.hart.set_csr(kMie, kMtip);
  m.hart.set_csr(kMstatus, kMstatusMie);
  m.hart.set_mip(kMipAll);
  m.hart.step();
  EXPECT_EQ(m.csr(kMcause), kMti);
}

TEST(Interrupt, NeedsBothEnables) {
  for (int which = 0; which < 3; ++which) {
    Machine m;
    m.put(kRam, {kNop});
    m.hart.set_mip(kMipAll);
    if (which == 1) m.hart.set_csr(kMie, kMipAll);
    if (which == 2) m.hart.set_csr(kMstatus, kMstatusMie);
    EXPECT_TRUE(m.hart.step().retired);
    EXPECT_EQ(m.csr(kMip), kMipAll);
  }
}

TEST(Interrupt, VectoredModeAddsFourTimesTheCause) {
  for (std::uint32_t cause : {3u, 7u, 11u}) {
    Machine m;
    enable_all(m);
    m.hart.set_csr(kMtvec, kHandler | 1);
    m.hart.set_mip(1u << cause);
    m.hart.step();
    EXPECT_EQ(m.hart.pc(), kHandler + 4 * cause);
  }
}

TEST(Interrupt, GoesBeforeAnExceptionOfTheNextInstruction) {
  Machine m;
  enable_all(m);
  m.put(kRam, {kEcallInsn});
  m.hart.set_mip(kMeip);
  m.hart.step();
  EXPECT_EQ(m.csr(kMcause), kMei);
  EXPECT_EQ(m.csr(kMepc), kRam);
}

// The line rises after any number of instructions: everything before has happened, nothing after.
TEST(Interrupt, IsPreciseBetweenAnyTwoInstructions) {
  constexpr unsigned kLength = 40;
  for (unsigned at = 0; at <= kLength; ++at) {
    Machine m;
    enable_all(m);
    for (unsigned i = 0; i < kLength; i += 2) {
      m.put(kRam + 4 * i, {addi(a0, a0, 1), sw(a0, t0, static_cast<std::int32_t>(4 * (i / 2)))});
    }
    m.put(kRam + 4 * kLength, {jal(zero, 0)});
    m.hart.set_reg(t0, kData);
    m.hart.run(at);
    EXPECT_EQ(m.hart.retired(), at);
    m.hart.set_mip(kMeip);
    m.hart.run(1);
    EXPECT_EQ(m.csr(kMepc), kRam + 4 * at);
    EXPECT_EQ(m.hart.reg(a0), (at + 1) / 2);
    EXPECT_EQ(m.hart.retired(), at);
    for (unsigned i = 0; i < kLength / 2; ++i) {
      EXPECT_EQ(m.word(kData + 4 * i), i < at / 2 ? i + 1 : 0);
    }
  }
}

// A store to a device raises the line in the middle of a run.
TEST(Interrupt, RaisedByAStoreIsTakenBeforeTheNextInstruction) {
  Machine m;
  m.bus.on_write_mip = &m.hart;
  enable_all(m);
  m.put(kRam, {addi(a0, zero, kMsip), sw(a0, zero, 0x100), addi(a1, zero, 1)});
  m.put(kHandler, {jal(zero, 0)});
  m.hart.run(20);
  EXPECT_EQ(m.csr(kMcause), kMsi);
  EXPECT_EQ(m.csr(kMepc), kRam + 8);
  EXPECT_EQ(m.hart.reg(a1), 0u);
}

TEST(Interrupt, EnabledByACsrWriteIsTakenBeforeTheNextInstruction) {
  {
    Machine m;
    m.hart.set_csr(kMie, kMeip);
    m.hart.set_mip(kMeip);
    m.put(kRam, {csrrsi(zero, kMstatus, kMstatusMie), addi(a0, zero, 1)});
    m.hart.run(2);
    EXPECT_EQ(m.csr(kMcause), kMei);
    EXPECT_EQ(m.csr(kMepc), kRam + 4);
    EXPECT_EQ(m.hart.retired(), 1u);
  }
  {
    Machine m;
    m.hart.set_csr(kMstatus, kMstatusMie);
    m.hart.set_mip(kMsip);
    m.put(kRam, {csrrwi(zero, kMie, kMsip), addi(a0, zero, 1)});
    m.hart.run(2);
    EXPECT_EQ(m.csr(kMepc), kRam + 4);
  }
}

TEST(Interrupt, DisabledByACsrWriteIsNotTaken) {
  Machine m;
  enable_all(m);
  m.put(kRam, {csrrci(zero, kMstatus, kMstatusMie), addi(a0, zero, 1), addi(a0, zero, 2)});
  m.hart.step();
  m.hart.set_mip(kMeip);
  m.hart.run(2);
  EXPECT_EQ(m.hart.traps(), 0u);
  EXPECT_EQ(m.hart.reg(a0), 2u);
}

TEST(Interrupt, EnabledByMretIsTakenAtItsTarget) {
  Machine m;
  m.hart.set_csr(kMie, kMeip);
  m.hart.set_csr(kMstatus, kMstatusMpie);
  m.hart.set_csr(kMepc, kRam + 0x200);
  m.hart.set_mip(kMeip);
  m.put(kRam, {kMretInsn});
  m.hart.run(2);
  EXPECT_EQ(m.csr(kMcause), kMei);
  EXPECT_EQ(m.csr(kMepc), kRam + 0x200);
  EXPECT_EQ(m.csr(kMstatus), kMstatusMpp | kMstatusMpie);
}

TEST(Interrupt, LineStillUpIsTakenAgainAfterMret) {
  Machine m;
  enable_all(m);
  m.put(kRam, {kNop});
  m.put(kHandler, {kMretInsn});
  m.hart.set_mip(kMeip);
  m.hart.run(3);  // trap, mret, trap
  EXPECT_EQ(m.hart.traps(), 2u);
  EXPECT_EQ(m.csr(kMepc), kRam);
}

TEST(Wfi, SleepsUntilAnEnabledLineRises) {
  Machine m;
  m.put(kRam, {kWfiInsn, addi(a0, zero, 1), kWfiInsn});
  m.hart.set_csr(kMie, kMtip);
  EXPECT_EQ(m.hart.run(100), 1u);
  EXPECT_EQ(m.hart.stop_reason(), StopReason::kWfi);
  EXPECT_TRUE(m.hart.in_wfi());
  EXPECT_EQ(m.hart.retired(), 1u);
  EXPECT_EQ(m.hart.run(100), 0u);
  m.hart.set_mip(kMeip);  // not enabled in mie
  EXPECT_TRUE(m.hart.in_wfi());
  EXPECT_EQ(m.hart.run(100), 0u);
  m.hart.idle(50);
  EXPECT_EQ(m.hart.cycle(), 51u);
  m.hart.set_mip(kMtip);
  EXPECT_FALSE(m.hart.in_wfi());
  // MIE is clear: execution goes on behind the WFI.
  m.hart.run(1);
  EXPECT_EQ(m.hart.traps(), 0u);
  EXPECT_EQ(m.hart.reg(a0), 1u);
  EXPECT_EQ(m.hart.pc(), kRam + 8);
}

TEST(Wfi, WithMieTheInterruptReturnsBehindIt) {
  Machine m;
  enable_all(m);
  m.put(kRam, {kWfiInsn, kNop});
  m.hart.run(10);
  EXPECT_TRUE(m.hart.in_wfi());
  m.hart.set_mip(kMsip);
  m.hart.run(1);
  EXPECT_EQ(m.csr(kMcause), kMsi);
  EXPECT_EQ(m.csr(kMepc), kRam + 4);
  EXPECT_FALSE(m.hart.in_wfi());
}

TEST(Wfi, IsANopWhenALineIsPending) {
  Machine m;
  m.hart.set_csr(kMie, kMeip);
  m.hart.set_mip(kMeip);
  m.put(kRam, {kWfiInsn, addi(a0, zero, 1)});
  EXPECT_EQ(m.hart.run(2), 2u);
  EXPECT_EQ(m.hart.reg(a0), 1u);
  EXPECT_EQ(m.hart.stop_reason(), StopReason::kBudget);
}

}  // namespace
}  // namespace fp::riscv::test
