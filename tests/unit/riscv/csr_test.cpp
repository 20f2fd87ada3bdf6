// SPDX-License-Identifier: Apache-2.0
// CSRs: which exist, what they keep of a write, who may write, and counters to the instruction.
// From section 2.2 and 3.1 of the privileged spec 20211203 and the Zicsr and Zicntr chapters of the
// unprivileged spec.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>

#include "tests/unit/riscv/encode.hpp"
#include "tests/unit/riscv/machine.hpp"

namespace fp::riscv::test {
namespace {

// Address -> value after reset, for every CSR of the machine-level table that an M-only RV32 hart
// without PMP has.
std::map<std::uint32_t, std::uint32_t> expected_csrs(bool zicntr, std::uint32_t misa) {
  std::map<std::uint32_t, std::uint32_t> csrs = {
      {0x300, 0x1800}, {0x301, misa}, {0x304, 0}, {0x305, kHandler}, {0x310, 0},
      {0x320, 0},      {0x340, 0},    {0x341, 0}, {0x342, 0},        {0x343, 0},
      {0x344, 0},      {0x7a0, 0},    {0x7a1, 0}, {0x7a2, 0},        {0x7a3, 0},
      {0x7a4, 1},      {0xb00, 0},    {0xb02, 0}, {0xb80, 0},        {0xb82, 0},
      {0xf11, 0},      {0xf12, 0},    {0xf13, 0}, {0xf14, 0},        {0xf15, 0}};
  for (std::uint32_t i = 3; i < 32; ++i) {
    csrs[0x320 + i] = 0;
    csrs[0xb00 + i] = 0;
    csrs[0xb80 + i] = 0;
  }
  if (zicntr) {
    for (std::uint32_t number : {0xc00u, 0xc01u, 0xc02u, 0xc80u, 0xc81u, 0xc82u}) csrs[number] = 0;
  }
  return csrs;
}

TEST(Csr, ExactlyTheExpectedOnesExist) {
  for (bool is_np : {false, true}) {
    const auto expected = expected_csrs(!is_np, is_np ? 0x40001100 : 0x40001105);
    for (std::uint32_t number = 0; number < 4096; ++number) {
      Machine m({.isa = is_np ? kIsaNp : kIsaEmbedded});
      const std::uint32_t insn = csrrs(a0, number, zero);
      m.put(kRam, {insn});
      m.hart.set_reg(a0, 99);
      const StepRecord record = m.hart.step();
      const auto found = expected.find(number);
      EXPECT_EQ(record.retired, found != expected.end()) << std::hex << number;
      if (found != expected.end()) {
        EXPECT_EQ(m.hart.reg(a0), found->second) << std::hex << number;
      } else {
        EXPECT_EQ(m.csr(kMcause), kIllegalInstruction);
        EXPECT_EQ(m.csr(kMtval), insn);
        EXPECT_EQ(m.hart.reg(a0), 99u);
      }
    }
  }
}

TEST(Csr, WritesToReadOnlyAddressesTrapEvenWithoutChange) {
  for (std::uint32_t number : {0xf11u, 0xf14u, 0xf15u, 0xc00u, 0xc81u}) {
    for (std::uint32_t insn :
         {csrrw(a0, number, zero), csrrs(a0, number, t0), csrrc(a0, number, t0),
          csrrwi(a0, number, 0), csrrsi(a0, number, 1), csrrci(zero, number, 1)}) {
      Machine m;
      m.put(kRam, {insn});
      EXPECT_TRUE(m.hart.step().trapped) << std::hex << insn;
      EXPECT_EQ(m.csr(kMcause), kIllegalInstruction);
      EXPECT_EQ(m.csr(kMtval), insn);
      EXPECT_EQ(m.csr(kMepc), kRam);
    }
    for (std::uint32_t insn : {csrrs(a0, number, zero), csrrc(a0, number, zero),
                               csrrsi(a0, number, 0), csrrci(a0, number, 0)}) {
      Machine m;
      m.put(kRam, {insn});
      EXPECT_TRUE(m.hart.step().retired) << std::hex << insn;
    }
  }
}

TEST(Csr, SetAndClearWithRegisterZeroReadOnly) {
  Machine m;
  // rs1 names a register that holds zero: that is still a write, harmless here.
  m.put(kRam, {csrrs(a0, kMscratch, t0), csrrc(a1, kMscratch, t0)});
  m.hart.set_csr(kMscratch, 0x1234);
  m.hart.run(2);
  EXPECT_EQ(m.hart.reg(a0), 0x1234u);
  EXPECT_EQ(m.hart.reg(a1), 0x1234u);
  EXPECT_EQ(m.csr(kMscratch), 0x1234u);
}

TEST(Csr, SixForms) {
  Machine m;
  m.hart.set_csr(kMscratch, 0xf0f0f0f0);
  m.hart.set_reg(t0, 0xff00ff00);
  m.put(kRam, {csrrw(a0, kMscratch, t0), csrrs(a1, kMscratch, a0), csrrc(a2, kMscratch, t0),
               csrrwi(a3, kMscratch, 31), csrrsi(a4, kMscratch, 8), csrrci(a5, kMscratch, 3)});
  m.hart.run(6);
  EXPECT_EQ(m.hart.reg(a0), 0xf0f0f0f0u);
  EXPECT_EQ(m.hart.reg(a1), 0xff00ff00u);
  EXPECT_EQ(m.hart.reg(a2), 0xfff0fff0u);
  EXPECT_EQ(m.hart.reg(a3), 0x00f000f0u);
  EXPECT_EQ(m.hart.reg(a4), 31u);
  EXPECT_EQ(m.hart.reg(a5), 31u);
  EXPECT_EQ(m.csr(kMscratch), 28u);
}

TEST(Csr, SwapThroughOneRegister) {
  Machine m;
  m.hart.set_csr(kMscratch, 1);
  m.hart.set_reg(t0, 2);
  m.put(kRam, {csrrw(t0, kMscratch, t0)});
  m.hart.step();
  EXPECT_EQ(m.hart.reg(t0), 1u);
  EXPECT_EQ(m.csr(kMscratch), 2u);
}

TEST(Csr, WarlFieldsKeepOnlyWhatExists) {
  const struct {
    std::uint32_t number;
    std::uint32_t after_ones;
    std::uint32_t after_zeros;
  } cases[] = {{kMstatus, 0x1888, 0x1800},
               {kMstatush, 0, 0},
               {kMisa, 0x40001105, 0x40001105},
               {kMie, 0x888, 0},
               {kMip, 0, 0},
               {kMtvec, 0xfffffffd, 0},
               {kMscratch, 0xffffffff, 0},
               {kMepc, 0xfffffffe, 0},
               {kMcause, 0xffffffff, 0},
               {kMtval, 0xffffffff, 0},
               {kMcountinhibit, 5, 0},
               {kTselect, 0, 0},
               {kTdata1, 0, 0},
               {0x323, 0, 0},
               {0xb03, 0, 0},
               {0xb9f, 0, 0}};
  for (const auto& c : cases) {
    Machine m;
    m.hart.set_reg(t0, ~0u);
    m.put(kRam, {csrrw(zero, c.number, t0), csrrs(a0, c.number, zero), csrrw(zero, c.number, zero),
                 csrrs(a1, c.number, zero)});
    m.hart.run(4);
    EXPECT_EQ(m.hart.traps(), 0u);
    EXPECT_EQ(m.hart.reg(a0), c.after_ones) << std::hex << c.number;
    EXPECT_EQ(m.hart.reg(a1), c.after_zeros) << std::hex << c.number;
  }
}

TEST(Csr, MepcIsWordAlignedOnNp) {
  Machine m({.isa = kIsaNp});
  m.hart.set_csr(kMepc, ~0u);
  EXPECT_EQ(m.csr(kMepc), 0xfffffffcu);
}

TEST(Csr, MipShowsTheOwnersLines) {
  Machine m;
  m.hart.set_mip(~0u);
  EXPECT_EQ(m.csr(kMip), 0x888u);
  m.hart.set_mip(0);
  EXPECT_EQ(m.csr(kMip), 0u);
}

TEST(Csr, HartIdComesFromTheOwner) {
  Machine m({.hart_id = 5});
  EXPECT_EQ(m.csr(kMhartid), 5u);
}

TEST(Counters, ReadTheValueBeforeTheInstruction) {
  Machine m;
  m.put(kRam, {kNop, csrrs(a0, kMinstret, zero), csrrs(a1, kMinstret, zero),
               csrrs(a2, kInstret, zero), csrrs(a3, kMcycle, zero), csrrs(a4, kCycle, zero)});
  m.hart.run(6);
  EXPECT_EQ(m.hart.reg(a0), 1u);
  EXPECT_EQ(m.hart.reg(a1), 2u);
  EXPECT_EQ(m.hart.reg(a2), 3u);
  EXPECT_EQ(m.hart.reg(a3), 4u);
  EXPECT_EQ(m.hart.reg(a4), 5u);
}

TEST(Counters, WriteReplacesTheIncrement) {
  Machine m;
  m.hart.set_reg(t0, 100);
  m.put(kRam, {csrrw(zero, kMinstret, t0), csrrs(a0, kMinstret, zero), csrrw(zero, kMcycle, t0),
               csrrs(a1, kMcycle, zero)});
  m.hart.run(4);
  EXPECT_EQ(m.hart.reg(a0), 100u);
  EXPECT_EQ(m.hart.reg(a1), 100u);
  EXPECT_EQ(m.hart.retired(), 4u);
  EXPECT_EQ(m.hart.cycle(), 4u);
}

TEST(Counters, WriteToTheHighHalfReplacesTheIncrementOfBoth) {
  Machine m;
  m.hart.set_reg(t0, ~0u);
  m.put(kRam, {csrrw(zero, kMinstret, t0), csrrw(zero, kMinstreth, t0), kNop,
               csrrs(a0, kMinstret, zero), csrrs(a1, kMinstreth, zero)});
  m.hart.run(5);
  EXPECT_EQ(m.hart.reg(a0), 0u);
  EXPECT_EQ(m.hart.reg(a1), 0u);
}

TEST(Counters, CarryIntoTheHighHalf) {
  Machine m;
  m.hart.set_reg(t0, ~0u);
  m.put(kRam, {csrrw(zero, kMinstret, t0), kNop, csrrs(a0, kMinstreth, zero),
               csrrs(a1, kInstret, zero), csrrs(a2, kInstreth, zero)});
  m.hart.run(5);
  EXPECT_EQ(m.hart.reg(a0), 1u);
  EXPECT_EQ(m.hart.reg(a1), 1u);
  EXPECT_EQ(m.hart.reg(a2), 1u);
}

TEST(Counters, WhatTrapsDoesNotRetire) {
  Machine m;
  m.put(kRam, {kEcallInsn});
  m.put(kHandler, {kEbreakInsn});
  m.hart.step();
  m.hart.step();
  m.put(kHandler, {0});
  m.hart.notify_write(kHandler, 4);
  m.hart.step();
  EXPECT_EQ(m.csr(kMinstret), 0u);
  m.put(kHandler, {csrrs(a0, kMinstret, zero), kMretInsn});
  m.hart.notify_write(kHandler, 8);
  m.hart.run(2);
  EXPECT_EQ(m.hart.reg(a0), 0u);
  EXPECT_EQ(m.csr(kMinstret), 2u);
}

TEST(Counters, InhibitFreezesFromTheNextInstruction) {
  Machine m;
  m.put(kRam, {kNop, csrrwi(zero, kMcountinhibit, 4), kNop, kNop, csrrs(a0, kMinstret, zero),
               csrrs(a1, kMcycle, zero), csrrwi(zero, kMcountinhibit, 1), kNop,
               csrrs(a2, kMinstret, zero), csrrs(a3, kMcycle, zero), csrrs(a4, kMcycle, zero)});
  m.hart.run(11);
  EXPECT_EQ(m.hart.reg(a0), 2u);  // nop and the write itself
  EXPECT_EQ(m.hart.reg(a1), 5u);
  EXPECT_EQ(m.hart.reg(a2), 3u);  // not the write that let it run again, then one nop
  EXPECT_EQ(m.hart.reg(a3), 7u);
  EXPECT_EQ(m.hart.reg(a4), 7u);
}

TEST(Counters, FrozenCounterCanBeWritten) {
  Machine m;
  m.hart.set_reg(t0, 500);
  m.put(kRam, {csrrwi(zero, kMcountinhibit, 4), csrrw(zero, kMinstret, t0), kNop,
               csrrs(a0, kMinstret, zero), csrrwi(zero, kMcountinhibit, 0), kNop,
               csrrs(a1, kMinstret, zero)});
  m.hart.run(7);
  EXPECT_EQ(m.hart.reg(a0), 500u);
  EXPECT_EQ(m.hart.reg(a1), 501u);
}

TEST(Counters, TimeComesFromTheBus) {
  Machine m;
  m.bus.now = 0x123456789abcdef0;
  m.put(kRam, {csrrs(a0, kTime, zero), csrrs(a1, kTimeh, zero)});
  m.hart.run(2);
  EXPECT_EQ(m.hart.reg(a0), 0x9abcdef0u);
  EXPECT_EQ(m.hart.reg(a1), 0x12345678u);
}

TEST(Counters, CyclesFollowTheTimingRule) {
  Machine m({.cycles_per_instruction = 3, .cycles_per_trap = 10});
  m.bus.reply.cycles = 7;
  m.put(kRam, {kNop, lw(a0, zero, 0), kEcallInsn});
  m.put(kHandler, {csrrs(a0, kMcycle, zero)});
  m.hart.run(UINT64_MAX, 4);
  EXPECT_EQ(m.hart.reg(a0), 3u + 3u + 7u + 10u);
  EXPECT_EQ(m.hart.cycle(), 3u * 3u + 7u + 10u);
  EXPECT_EQ(m.hart.retired(), 3u);
}

}  // namespace
}  // namespace fp::riscv::test
