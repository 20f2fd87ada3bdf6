// SPDX-License-Identifier: Apache-2.0
// Synchronous exceptions: cause, mepc, mtval, priority and what an instruction that traps leaves
// undone. Expectations are those of the privileged spec 20211203, sections 3.1.6 (mstatus), 3.1.14
// to 3.1.16 (mepc, mcause, mtval), 3.3.
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/unit/riscv/encode.hpp"
#include "tests/unit/riscv/machine.hpp"

namespace fp::riscv::test {
namespace {

constexpr std::uint32_t kUnmapped = 0x40000000;

class Trap : public ::testing::Test {
 protected:
  // Executes one instruction that must trap.
  void expect_trap(Machine& m, std::uint32_t cause, std::uint32_t epc, std::uint32_t tval) {
    const std::uint64_t retired = m.hart.retired();
    const StepRecord record = m.hart.step();
    EXPECT_TRUE(record.trapped);
    EXPECT_FALSE(record.retired);
    EXPECT_EQ(m.csr(kMcause), cause);
    EXPECT_EQ(m.csr(kMepc), epc);
    EXPECT_EQ(m.csr(kMtval), tval);
    EXPECT_EQ(m.hart.pc(), kHandler);
    EXPECT_EQ(m.hart.retired(), retired);
  }
  static HartConfig np() { return {.isa = kIsaNp}; }
};

TEST_F(Trap, JumpToHalfwordOnNpTrapsOnTheJump) {
  Machine m(np());
  m.put(kRam, {jal(ra, 6)});
  m.hart.set_reg(ra, 77);
  expect_trap(m, kFetchMisaligned, kRam, kRam + 6);
  EXPECT_EQ(m.hart.reg(ra), 77u);
}

TEST_F(Trap, IndirectJumpToHalfwordOnNpTrapsOnTheJump) {
  Machine m(np());
  m.put(kRam, {jalr(ra, t0, 3)});
  m.hart.set_reg(t0, kRam + 0x100);
  expect_trap(m, kFetchMisaligned, kRam, kRam + 0x102);
  EXPECT_EQ(m.hart.reg(ra), 0u);
}

TEST_F(Trap, IndirectJumpIgnoresBitZero) {
  Machine m(np());
  m.put(kRam, {jalr(ra, t0, 1)});
  m.hart.set_reg(t0, kRam + 0x100);
  m.hart.step();
  EXPECT_EQ(m.hart.pc(), kRam + 0x100);
  EXPECT_EQ(m.hart.reg(ra), kRam + 4);
}

TEST_F(Trap, BranchToHalfwordOnNpTrapsOnlyWhenTaken) {
  for (std::uint32_t funct3 : {0u, 1u, 4u, 5u, 6u, 7u}) {
    Machine m(np());
    m.put(kRam, {enc_b(10, t1, t0, funct3), enc_b(10, t1, t0, funct3 ^ 1u)});
    // t0 = -1, t1 = 1: bne, blt and bgeu are taken.
    m.hart.set_reg(t0, ~0u);
    m.hart.set_reg(t1, 1);
    const bool taken = funct3 == 1 || funct3 == 4 || funct3 == 7;
    if (taken) {
      expect_trap(m, kFetchMisaligned, kRam, kRam + 10);
    } else {
      EXPECT_TRUE(m.hart.step().retired);
      expect_trap(m, kFetchMisaligned, kRam + 4, kRam + 14);
    }
  }
}

TEST_F(Trap, JumpToHalfwordIsFineWithCompressed) {
  Machine m;
  m.put(kRam, {jal(ra, 6)});
  EXPECT_TRUE(m.hart.step().retired);
  EXPECT_EQ(m.hart.pc(), kRam + 6);
}

TEST_F(Trap, FetchFaultComesAfterTheJumpRetired) {
  Machine m;
  m.put(kRam, {jalr(ra, t0, 0)});
  m.hart.set_reg(t0, kUnmapped);
  EXPECT_TRUE(m.hart.step().retired);
  EXPECT_EQ(m.hart.reg(ra), kRam + 4);
  expect_trap(m, kFetchFault, kUnmapped, kUnmapped);
}

TEST_F(Trap, FetchFaultOnSecondHalfNamesThatHalf) {
  Machine m;
  const std::uint32_t last = kRam + kRamBytes - 2;
  m.put16(last, {0x0013});  // low half of addi
  m.hart.set_pc(last);
  expect_trap(m, kFetchFault, last, last + 2);
}

TEST_F(Trap, TwoByteInstructionAtTheEndOfMemoryExecutes) {
  Machine m;
  const std::uint32_t last = kRam + kRamBytes - 2;
  m.put16(last, {kCNop});
  m.hart.set_pc(last);
  EXPECT_TRUE(m.hart.step().retired);
  expect_trap(m, kFetchFault, last + 2, last + 2);
}

TEST_F(Trap, FetchFromMemoryThatIsNotExecutable) {
  Machine m;
  std::vector<std::uint8_t> data(4096);
  m.hart.add_memory(0x90000000, data, true, false);
  m.hart.set_pc(0x90000000);
  expect_trap(m, kFetchFault, 0x90000000, 0x90000000);
}

TEST_F(Trap, IllegalInstructionShowsItsBits) {
  Machine m;
  m.put(kRam, {0xffffffff});
  expect_trap(m, kIllegalInstruction, kRam, 0xffffffff);
}

TEST_F(Trap, IllegalCompressedShowsSixteenBits) {
  Machine m;
  m.put(kRam, {0xabcd2000});  // c.fld: there is no D
  expect_trap(m, kIllegalInstruction, kRam, 0x2000);
}

TEST_F(Trap, AllZeroIsIllegal) {
  Machine embedded;
  expect_trap(embedded, kIllegalInstruction, kRam, 0);
  Machine network(np());
  expect_trap(network, kIllegalInstruction, kRam, 0);
}

TEST_F(Trap, CompressedIsIllegalOnNpWithAllItsBits) {
  Machine m(np());
  m.put(kRam, {0x12340001});
  expect_trap(m, kIllegalInstruction, kRam, 0x12340001);
}

TEST_F(Trap, AtomicsAndFenceIAreIllegalOnNp) {
  for (std::uint32_t insn : {lr_w(a0, a1), sc_w(a0, a1, a2), amoadd_w(a0, a1, a2), kFenceIInsn}) {
    Machine m(np());
    m.put(kRam, {insn});
    expect_trap(m, kIllegalInstruction, kRam, insn);
  }
}

TEST_F(Trap, ModesThatDoNotExistHaveNoInstructions) {
  // sret, uret, dret, sfence.vma, and mret and wfi with register fields
  for (std::uint32_t insn : {0x10200073u, 0x00200073u, 0x7b200073u, 0x12000073u, 0x302000f3u,
                             0x10508073u, 0x00000173u, 0x00008073u, 0x00200073u}) {
    Machine m;
    m.put(kRam, {insn});
    expect_trap(m, kIllegalInstruction, kRam, insn);
  }
}

TEST_F(Trap, BreakpointAndCall) {
  Machine m;
  m.put(kRam, {kEbreakInsn});
  expect_trap(m, kBreakpoint, kRam, kRam);
  m.put(kHandler, {kEcallInsn});
  expect_trap(m, kEcallMachine, kHandler, 0);
  m.put16(kHandler, {kCEbreak});
  m.hart.notify_write(kHandler, 2);
  expect_trap(m, kBreakpoint, kHandler, kHandler);
}

TEST_F(Trap, MisalignedAccesses) {
  struct Case {
    std::uint32_t insn;
    std::uint32_t cause;
  };
  for (const Case& c :
       {Case{lh(a0, t0, 1), kLoadMisaligned}, Case{lhu(a0, t0, 3), kLoadMisaligned},
        Case{lw(a0, t0, 1), kLoadMisaligned}, Case{lw(a0, t0, 2), kLoadMisaligned},
        Case{lw(a0, t0, 3), kLoadMisaligned}, Case{sh(a0, t0, 1), kStoreMisaligned},
        Case{sw(a0, t0, 1), kStoreMisaligned}, Case{sw(a0, t0, 2), kStoreMisaligned},
        Case{sw(a0, t0, 3), kStoreMisaligned}}) {
    Machine m;
    m.put(kRam, {c.insn});
    m.put(kData, {0x11111111, 0x22222222});
    m.hart.set_reg(t0, kData);
    m.hart.set_reg(a0, 0x55555555);
    const bool load = c.cause == kLoadMisaligned;
    const std::uint32_t offset = load ? c.insn >> 20 : (c.insn >> 25 << 5 | (c.insn >> 7 & 31u));
    expect_trap(m, c.cause, kRam, kData + offset);
    EXPECT_EQ(m.hart.reg(a0), 0x55555555u);
    EXPECT_EQ(m.word(kData), 0x11111111u);
    EXPECT_EQ(m.word(kData + 4), 0x22222222u);
  }
}

TEST_F(Trap, MisalignedAtomics) {
  for (std::uint32_t offset : {1u, 2u, 3u}) {
    const struct {
      std::uint32_t insn;
      std::uint32_t cause;
    } cases[] = {{lr_w(a0, t0), kLoadMisaligned},
                 {sc_w(a0, t0, a1), kStoreMisaligned},
                 {amoadd_w(a0, t0, a1), kStoreMisaligned}};
    for (const auto& c : cases) {
      Machine m;
      m.put(kRam, {c.insn});
      m.hart.set_reg(t0, kData + offset);
      expect_trap(m, c.cause, kRam, kData + offset);
    }
  }
}

TEST_F(Trap, BytesAreNeverMisaligned) {
  Machine m;
  m.put(kRam, {lb(a0, t0, 3), sb(a0, t0, 1)});
  m.put(kData, {0x80000000});
  m.hart.set_reg(t0, kData);
  m.hart.run(2);
  EXPECT_EQ(m.hart.traps(), 0u);
  EXPECT_EQ(m.hart.reg(a0), 0xffffff80u);
  EXPECT_EQ(m.word(kData), 0x80008000u);
}

TEST_F(Trap, AccessFaults) {
  const struct {
    std::uint32_t insn;
    std::uint32_t cause;
  } cases[] = {{lb(a0, t0, 0), kLoadFault},   {lw(a0, t0, 0), kLoadFault},
               {lw(zero, t0, 0), kLoadFault},  // a load to x0 still happens
               {sb(a0, t0, 0), kStoreFault},  {sw(a0, t0, 0), kStoreFault},
               {lr_w(a0, t0), kLoadFault},    {amoadd_w(a0, t0, a1), kStoreFault}};
  for (const auto& c : cases) {
    Machine m;
    m.put(kRam, {c.insn});
    m.hart.set_reg(t0, kUnmapped);
    m.hart.set_reg(a0, 5);
    expect_trap(m, c.cause, kRam, kUnmapped);
    EXPECT_EQ(m.hart.reg(a0), 5u);
  }
}

TEST_F(Trap, MisalignmentGoesBeforeAccessFault) {
  Machine m;
  m.put(kRam, {lw(a0, t0, 2)});
  m.hart.set_reg(t0, kUnmapped);
  expect_trap(m, kLoadMisaligned, kRam, kUnmapped + 2);
  EXPECT_TRUE(m.bus.accesses.empty());
}

TEST_F(Trap, StoresToReadOnlyMemory) {
  for (std::uint32_t insn : {sw(a0, t0, 0), amoadd_w(a1, t0, a0)}) {
    Machine m;
    std::vector<std::uint8_t> rom(4096, 0x5a);
    m.hart.add_memory(0x90000000, rom, false, true);
    m.put(kRam, {lw(a2, t0, 0), insn});
    m.hart.set_reg(t0, 0x90000000);
    EXPECT_TRUE(m.hart.step().retired);
    EXPECT_EQ(m.hart.reg(a2), 0x5a5a5a5au);
    expect_trap(m, kStoreFault, kRam + 4, 0x90000000);
    EXPECT_EQ(rom[0], 0x5a);
    EXPECT_EQ(m.hart.reg(a1), 0u);
  }
}

TEST_F(Trap, EntryAndReturnStackTheInterruptEnable) {
  for (bool enabled : {false, true}) {
    Machine m;
    m.put(kRam, {kEcallInsn});
    m.put(kHandler, {kMretInsn});
    m.hart.set_csr(kMstatus, enabled ? kMstatusMie : kMstatusMpie);
    m.hart.step();
    EXPECT_EQ(m.csr(kMstatus), kMstatusMpp | (enabled ? kMstatusMpie : 0));
    EXPECT_TRUE(m.hart.step().retired);
    EXPECT_EQ(m.hart.pc(), kRam);
    EXPECT_EQ(m.csr(kMstatus), kMstatusMpp | kMstatusMpie | (enabled ? kMstatusMie : 0));
  }
}

TEST_F(Trap, NestedTrapLosesTheOuterEnable) {
  Machine m;
  m.put(kRam, {kEcallInsn});
  m.put(kHandler, {kEbreakInsn});
  m.hart.set_csr(kMstatus, kMstatusMie);
  m.hart.step();
  expect_trap(m, kBreakpoint, kHandler, kHandler);
  EXPECT_EQ(m.csr(kMstatus), kMstatusMpp);
}

TEST_F(Trap, ExceptionsIgnoreVectoredMode) {
  Machine m;
  m.hart.set_csr(kMtvec, kHandler | 1);
  m.put(kRam, {kEcallInsn});
  expect_trap(m, kEcallMachine, kRam, 0);
}

TEST_F(Trap, HandlerThatCannotBeFetchedTrapsOnAndOnButEnds) {
  Machine m;
  m.hart.set_csr(kMtvec, kUnmapped);
  m.put(kRam, {kEcallInsn});
  EXPECT_EQ(m.hart.run(1000), 1000u);
  EXPECT_EQ(m.hart.traps(), 1000u);
  EXPECT_EQ(m.hart.retired(), 0u);
  EXPECT_EQ(m.csr(kMcause), kFetchFault);
  EXPECT_EQ(m.csr(kMepc), kUnmapped);
}

}  // namespace
}  // namespace fp::riscv::test
