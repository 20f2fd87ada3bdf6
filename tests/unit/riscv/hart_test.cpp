// SPDX-License-Identifier: Apache-2.0
// What an owner relies on: budgets, stops, the bus, breakpoints, watches, LR/SC, custom
// instructions and decoded code that follows memory.
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>

#include "tests/unit/riscv/encode.hpp"
#include "tests/unit/riscv/machine.hpp"

namespace fp::riscv::test {
namespace {

// Sixteen increments of a0 and a jump back.
void put_counting_loop(Machine& m) {
  for (std::uint32_t i = 0; i < 16; ++i) m.put(kRam + 4 * i, {addi(a0, a0, 1)});
  m.put(kRam + 64, {jal(zero, -64)});
}

TEST(Run, UsesExactlyItsBudget) {
  Machine m;
  put_counting_loop(m);
  for (std::uint64_t budget : {0, 1, 2, 15, 16, 17, 18, 100, 12345}) {
    const std::uint64_t before = m.hart.retired();
    EXPECT_EQ(m.hart.run(budget), budget);
    EXPECT_EQ(m.hart.retired() - before, budget);
    EXPECT_EQ(m.hart.stop_reason(), StopReason::kBudget);
  }
  EXPECT_EQ(m.hart.reg(a0), m.hart.retired() - m.hart.retired() / 17);
}

TEST(Run, SlicesAddUpToTheWhole) {
  Machine whole;
  Machine sliced;
  put_counting_loop(whole);
  put_counting_loop(sliced);
  whole.hart.run(10'000);
  for (std::uint64_t i = 0; sliced.hart.cycle() < 10'000; ++i) {
    sliced.hart.run(std::min<std::uint64_t>(1 + i % 37, 10'000 - sliced.hart.cycle()));
  }
  EXPECT_EQ(whole.hart.pc(), sliced.hart.pc());
  EXPECT_EQ(whole.hart.reg(a0), sliced.hart.reg(a0));
}

TEST(Run, RoundsTheBudgetUpToWholeInstructions) {
  Machine m({.cycles_per_instruction = 4});
  put_counting_loop(m);
  EXPECT_EQ(m.hart.run(1), 4u);
  EXPECT_EQ(m.hart.run(8), 8u);
  EXPECT_EQ(m.hart.run(9), 12u);
  EXPECT_EQ(m.hart.retired(), 6u);
}

TEST(Run, StepLimitCountsTraps) {
  Machine m;
  m.put(kRam, {kNop, kEcallInsn});
  m.put(kHandler, {kNop, kNop});
  m.hart.run(UINT64_MAX, 3);
  EXPECT_EQ(m.hart.pc(), kHandler + 4);
  EXPECT_EQ(m.hart.retired(), 2u);
  EXPECT_EQ(m.hart.traps(), 1u);
}

TEST(Run, RefusesImpossibleTiming) {
  ScriptedBus bus;
  EXPECT_THROW(Hart({.cycles_per_instruction = 0}, bus), std::invalid_argument);
  EXPECT_THROW(Hart({.cycles_per_trap = 0}, bus), std::invalid_argument);
}

TEST(Run, ResetStartsOver) {
  Machine m;
  put_counting_loop(m);
  m.hart.set_mip(kMeip);
  m.hart.run(100);
  m.hart.reset();
  EXPECT_EQ(m.hart.pc(), kRam);
  EXPECT_EQ(m.hart.reg(a0), 0u);
  EXPECT_EQ(m.hart.retired(), 0u);
  EXPECT_EQ(m.hart.cycle(), 0u);
  EXPECT_EQ(m.csr(kMtvec), 0u);
  EXPECT_EQ(m.csr(kMip), kMeip);
}

// A run that is cut at any point, saved, and continued on another hart ends like one that was not.
TEST(Run, RestoredStateContinuesTheSame) {
  const auto put_program = [](Machine& m) {
    m.put(kRam, {lr_w(a0, t0), addi(a0, a0, 1), sc_w(a1, t0, a0), csrrs(a2, kMinstret, zero),
                 csrrs(a3, kMcycle, zero), kEcallInsn, kWfiInsn, jal(zero, -28)});
    m.put(kHandler, {csrrs(t2, kMepc, zero), addi(t2, t2, 4), csrrw(zero, kMepc, t2), kMretInsn});
    m.hart.set_reg(t0, kData);
    m.hart.set_csr(kMinstret, 1000);
    m.hart.set_csr(kMie, kMsip);
    m.hart.set_mip(kMsip);
  };
  for (std::uint64_t cut = 0; cut < 30; ++cut) {
    Machine whole;
    put_program(whole);
    whole.hart.run(60);
    Machine first;
    put_program(first);
    first.hart.run(cut);
    Machine second;
    second.ram = first.ram;
    second.hart.restore(first.hart.save());
    second.hart.run(60 - cut);
    for (unsigned i = 0; i < 32; ++i) EXPECT_EQ(second.hart.reg(i), whole.hart.reg(i)) << cut;
    EXPECT_EQ(second.hart.pc(), whole.hart.pc());
    EXPECT_EQ(second.hart.retired(), whole.hart.retired());
    EXPECT_EQ(second.hart.traps(), whole.hart.traps());
    EXPECT_EQ(second.hart.cycle(), whole.hart.cycle());
    EXPECT_EQ(second.csr(kMcause), whole.csr(kMcause));
    EXPECT_EQ(second.ram, whole.ram);
  }
}

TEST(Memory, RefusesBadRegions) {
  ScriptedBus bus;
  Hart hart({}, bus);
  std::vector<std::uint8_t> memory(4096);
  hart.add_memory(0x1000, memory);
  EXPECT_THROW(hart.add_memory(0x1ffc, memory), std::invalid_argument);
  EXPECT_THROW(hart.add_memory(0x0004, memory), std::invalid_argument);
  EXPECT_THROW(hart.add_memory(0x3002, memory), std::invalid_argument);
  EXPECT_THROW(hart.add_memory(0xfffff004, memory), std::invalid_argument);
  EXPECT_THROW(hart.add_memory(0x5000, {}), std::invalid_argument);
  hart.add_memory(0x2000, memory);
  hart.add_memory(0xfffff000, memory);
}

TEST(BusAccess, CarriesSizeAndValue) {
  Machine m;
  m.bus.put(0x10, 0x80f0a0c0);
  m.hart.set_reg(t0, 0x10);
  m.hart.set_reg(a5, 0xdeadbeef);
  m.put(kRam, {lw(a0, t0, 0), lh(a1, t0, 2), lhu(a2, t0, 2), lb(a3, t0, 0), sb(a5, t0, 5),
               sh(a5, t0, 6), sw(a5, t0, 8)});
  m.hart.run(7);
  EXPECT_EQ(m.hart.reg(a0), 0x80f0a0c0u);
  EXPECT_EQ(m.hart.reg(a1), 0xffff80f0u);
  EXPECT_EQ(m.hart.reg(a2), 0x80f0u);
  EXPECT_EQ(m.hart.reg(a3), 0xffffffc0u);
  const std::vector<ScriptedBus::Access> expected = {
      {false, 0x10, 4, 0},        {false, 0x12, 2, 0},   {false, 0x12, 2, 0},
      {false, 0x10, 1, 0},        {true, 0x15, 1, 0xef}, {true, 0x16, 2, 0xbeef},
      {true, 0x18, 4, 0xdeadbeef}};
  EXPECT_EQ(m.bus.accesses, expected);
}

TEST(BusAccess, StallsUseTheBudget) {
  Machine m;
  m.bus.reply.cycles = 10;
  m.put(kRam, {lw(a0, zero, 0), kNop, kNop, sw(a0, zero, 4), kNop});
  EXPECT_EQ(m.hart.run(12), 12u);
  EXPECT_EQ(m.hart.retired(), 2u);
  EXPECT_EQ(m.hart.run(2), 12u);  // the store runs past the budget by its stall
  EXPECT_EQ(m.hart.retired(), 4u);
}

TEST(BusAccess, StopEndsTheQuantumBehindTheInstruction) {
  Machine m;
  m.bus.reply.stop = true;
  m.put(kRam, {kNop, sw(zero, zero, 0x20), kNop});
  EXPECT_EQ(m.hart.run(100), 2u);
  EXPECT_EQ(m.hart.stop_reason(), StopReason::kBus);
  EXPECT_EQ(m.hart.pc(), kRam + 8);
}

TEST(BusAccess, RetryLeavesTheInstructionForTheNextRun) {
  Machine m;
  m.bus.put(0, 42);
  m.bus.reply = {.status = BusStatus::kRetry, .cycles = 99};
  m.put(kRam, {kNop, lw(a0, zero, 0), kNop});
  EXPECT_EQ(m.hart.run(100), 1u);
  EXPECT_EQ(m.hart.stop_reason(), StopReason::kBus);
  EXPECT_EQ(m.hart.pc(), kRam + 4);
  EXPECT_EQ(m.hart.run(100), 0u);
  m.bus.reply = {};
  EXPECT_EQ(m.hart.run(2), 2u);
  EXPECT_EQ(m.hart.reg(a0), 42u);
}

TEST(BusAccess, SeesTheHartAtTheInstruction) {
  class Probe final : public Bus {
   public:
    BusReply read(std::uint32_t, unsigned, std::uint32_t& out) override {
      pc = hart->pc();
      cycle = hart->cycle();
      retired = hart->retired();
      out = 0;
      return {};
    }
    BusReply write(std::uint32_t, unsigned, std::uint32_t) override {
      hart->request_halt();
      return {};
    }
    Hart* hart = nullptr;
    std::uint32_t pc = 0;
    std::uint64_t cycle = 0;
    std::uint64_t retired = 0;
  } bus;
  std::vector<std::uint8_t> ram(64);
  Hart hart({.reset_pc = kRam, .cycles_per_instruction = 2}, bus);
  bus.hart = &hart;
  hart.add_memory(kRam, ram);
  const std::uint32_t program[] = {kNop, kNop, kNop, lw(a0, zero, 0), sw(a0, zero, 0), kNop};
  std::memcpy(ram.data(), program, sizeof(program));
  hart.run(100);
  EXPECT_EQ(bus.pc, kRam + 12);
  EXPECT_EQ(bus.cycle, 6u);
  EXPECT_EQ(bus.retired, 3u);
  EXPECT_EQ(hart.stop_reason(), StopReason::kHalt);
  EXPECT_EQ(hart.pc(), kRam + 20);
}

TEST(BusAccess, CodeRunsFromTheBus) {
  Machine m;
  m.bus.put(0x100, addi(a0, zero, 5));
  m.bus.put(0x104, 0x00010505);  // c.addi a0, 1; c.nop
  m.bus.put(0x108, jal(zero, -8));
  m.hart.set_pc(0x100);
  m.hart.run(5);
  EXPECT_EQ(m.hart.reg(a0), 5u);
  EXPECT_EQ(m.hart.pc(), 0x104u);
  EXPECT_EQ(m.hart.retired(), 5u);
  m.bus.reply.cycles = 3;  // each half-word fetched
  EXPECT_EQ(m.hart.run(1), 4u);
  EXPECT_EQ(m.hart.pc(), 0x106u);
  m.hart.set_pc(0x100);
  EXPECT_EQ(m.hart.run(1), 7u);
}

TEST(BusAccess, AtomicsReadAndWrite) {
  Machine m;
  m.bus.put(0x40, 10);
  m.hart.set_reg(t0, 0x40);
  m.hart.set_reg(a1, 5);
  m.put(kRam, {amoadd_w(a0, t0, a1)});
  m.hart.step();
  EXPECT_EQ(m.hart.reg(a0), 10u);
  const std::vector<ScriptedBus::Access> expected = {{false, 0x40, 4, 0}, {true, 0x40, 4, 15}};
  EXPECT_EQ(m.bus.accesses, expected);
}

TEST(Breakpoint, StopsBeforeTheInstructionAndGoesOn) {
  Machine m;
  put_counting_loop(m);
  m.hart.run(20);  // already decoded
  m.hart.add_breakpoint(kRam + 8);
  m.hart.set_pc(kRam);
  m.hart.set_reg(a0, 0);
  EXPECT_EQ(m.hart.run(1000), 2u);
  EXPECT_EQ(m.hart.stop_reason(), StopReason::kBreakpoint);
  EXPECT_EQ(m.hart.pc(), kRam + 8);
  EXPECT_EQ(m.hart.reg(a0), 2u);
  EXPECT_EQ(m.hart.run(1000), 17u);
  EXPECT_EQ(m.hart.stop_reason(), StopReason::kBreakpoint);
  EXPECT_EQ(m.hart.reg(a0), 18u);
  m.hart.remove_breakpoint(kRam + 8);
  EXPECT_EQ(m.hart.run(1000), 1000u);
}

TEST(Breakpoint, AtAnUnmappedAddressStopsBeforeTheFetch) {
  Machine m;
  m.hart.add_breakpoint(0x40000000);
  m.hart.set_pc(0x40000000);
  EXPECT_EQ(m.hart.run(10), 0u);
  EXPECT_EQ(m.hart.stop_reason(), StopReason::kBreakpoint);
  m.hart.run(1);
  EXPECT_EQ(m.csr(kMcause), kFetchFault);
}

TEST(Watch, StopsBehindAStoreThatTouchesIt) {
  Machine m;
  m.hart.watch(kData + 4, 8);
  m.hart.set_reg(t0, kData);
  m.put(kRam, {sw(t0, t0, 0), sw(t0, t0, 12), sb(t0, t0, 11), sh(t0, t0, 4), amoadd_w(a0, a1, a2)});
  m.hart.set_reg(a1, kData + 8);
  for (std::uint32_t at : {12u, 16u, 20u}) {
    m.hart.run(100);
    EXPECT_EQ(m.hart.stop_reason(), StopReason::kWatch);
    EXPECT_EQ(m.hart.pc(), kRam + at);
  }
  EXPECT_EQ(m.hart.retired(), 5u);
}

class Reservation : public ::testing::Test {
 protected:
  // lr.w a0, (t0); `between`; sc.w a1, a2, (t1). Returns a1: 0 if the SC stored.
  std::uint32_t attempt(std::initializer_list<std::uint32_t> between) {
    m.hart.set_reg(t0, kData);
    if (m.hart.reg(t1) == 0) m.hart.set_reg(t1, kData);
    m.hart.set_reg(a1, 99);
    m.hart.set_reg(a2, 7);
    m.put(kData, {5});
    m.put(kRam, {lr_w(a0, t0)});
    m.put(kRam + 4, between);
    const auto count = static_cast<std::uint32_t>(between.size());
    m.put(kRam + 4 + 4 * count, {sc_w(a1, t1, a2), kNop});
    m.hart.run(count + 2);
    EXPECT_EQ(m.word(kData), m.hart.reg(a1) == 0 ? 7u : 5u);
    return m.hart.reg(a1);
  }
  Machine m;
};

TEST_F(Reservation, PairSucceeds) {
  EXPECT_EQ(attempt({}), 0u);
  EXPECT_EQ(m.hart.reg(a0), 5u);
}

TEST_F(Reservation, OtherWordFails) {
  m.hart.set_reg(t1, kData + 1024);
  EXPECT_EQ(attempt({}), 1u);
}

TEST_F(Reservation, ScWithoutLrFails) {
  m.hart.set_reg(t0, kData);
  m.put(kRam, {sc_w(a1, t0, a2)});
  m.hart.step();
  EXPECT_EQ(m.hart.reg(a1), 1u);
}

TEST_F(Reservation, ScEndsItWhateverItsOutcome) {
  m.hart.set_reg(a6, kData + 64);
  EXPECT_EQ(attempt({sc_w(a4, a6, a2)}),
            1u);  // the inner one fails, the outer has lost its reservation
  EXPECT_EQ(m.hart.reg(a4), 1u);
}

TEST_F(Reservation, WriteFromOutsideEndsIt) {
  m.put(kRam, {lr_w(a0, t0), sc_w(a1, t0, a2)});
  m.hart.set_reg(t0, kData);
  m.hart.step();
  m.hart.notify_write(kData + 3, 1);
  m.hart.step();
  EXPECT_EQ(m.hart.reg(a1), 1u);
}

TEST_F(Reservation, WriteElsewhereLeavesIt) {
  m.put(kRam, {lr_w(a0, t0), sc_w(a1, t0, a2)});
  m.hart.set_reg(t0, kData);
  m.hart.step();
  m.hart.notify_write(kData + 4, 4);
  m.hart.notify_write(kData - 4, 4);
  m.hart.step();
  EXPECT_EQ(m.hart.reg(a1), 0u);
}

TEST_F(Reservation, TrapEndsIt) {
  m.put(kHandler, {csrrs(t2, kMepc, zero), addi(t2, t2, 4), csrrw(zero, kMepc, t2), kMretInsn});
  m.hart.set_reg(t0, kData);
  m.hart.set_reg(a2, 7);
  m.put(kRam, {lr_w(a0, t0), kEcallInsn, sc_w(a1, t0, a2), kNop});
  m.hart.run(7);
  EXPECT_EQ(m.hart.reg(a1), 1u);
  EXPECT_EQ(m.word(kData), 0u);
}

TEST(Code, StoreChangesTheNextInstruction) {
  Machine m;
  m.put(kRam, {sw(t1, t0, 0), addi(a0, zero, 1), jal(zero, -8)});
  m.hart.set_reg(t0, kRam + 4);
  m.hart.set_reg(t1, addi(a0, zero, 1));
  m.hart.run(3);
  EXPECT_EQ(m.hart.reg(a0), 1u);
  m.hart.set_reg(t1, addi(a0, zero, 2));
  m.hart.run(2);
  EXPECT_EQ(m.hart.reg(a0), 2u);
}

TEST(Code, StoreOfAByteInsideAnInstructionCounts) {
  for (std::uint32_t byte : {0u, 1u, 2u, 3u}) {
    Machine m;
    m.put(kRam, {addi(a0, a0, 1), jal(zero, -4)});
    m.hart.run(2);
    const std::uint32_t changed = addi(a1, a0, 0x123);
    std::uint32_t merged = addi(a0, a0, 1);
    std::memcpy(reinterpret_cast<std::uint8_t*>(&merged) + byte,
                reinterpret_cast<const std::uint8_t*>(&changed) + byte, 1);
    m.put(kRam + 8, {sb(t1, t0, static_cast<std::int32_t>(byte)), jal(zero, -12)});
    m.hart.set_pc(kRam + 8);
    m.hart.set_reg(t0, kRam);
    m.hart.set_reg(t1, changed >> (8 * byte));
    m.hart.run(2);
    Machine fresh;
    fresh.put(kRam, {merged});
    for (unsigned i = 0; i < 32; ++i) fresh.hart.set_reg(i, m.hart.reg(i));
    m.hart.step();
    fresh.hart.step();
    for (unsigned i = 0; i < 32; ++i) EXPECT_EQ(m.hart.reg(i), fresh.hart.reg(i)) << byte;
  }
}

TEST(Code, InstructionAcrossAPageBoundaryFollowsItsSecondHalf) {
  Machine m;
  const std::uint32_t at = kRam + kPageBytes - 2;
  const std::uint32_t insn = addi(a0, zero, 1);
  m.put16(at, {static_cast<std::uint16_t>(insn), static_cast<std::uint16_t>(insn >> 16), kCNop});
  m.hart.set_pc(at);
  m.hart.run(2);
  EXPECT_EQ(m.hart.reg(a0), 1u);
  EXPECT_EQ(m.hart.pc(), at + 6);
  const std::uint32_t other = addi(a0, zero, 2);
  m.put(kRam, {sh(t1, t0, 0)});
  m.hart.set_reg(t0, at + 2);
  m.hart.set_reg(t1, other >> 16);
  m.hart.set_pc(kRam);
  m.hart.step();
  m.hart.set_pc(at);
  m.hart.step();
  EXPECT_EQ(m.hart.reg(a0), 2u);
}

TEST(Code, WriteFromOutsideIsSeenAfterNotify) {
  Machine m;
  m.put(kRam, {addi(a0, zero, 1), jal(zero, -4)});
  m.hart.run(2);
  m.put(kRam, {addi(a0, zero, 2)});
  m.hart.notify_write(kRam, 4);
  m.hart.step();
  EXPECT_EQ(m.hart.reg(a0), 2u);
}

TEST(Code, WriteFromOutsideIsSeenAfterFenceI) {
  Machine m;
  m.put(kRam, {addi(a0, zero, 1), kFenceIInsn, jal(zero, -8)});
  m.hart.run(2);
  m.put(kRam, {addi(a0, zero, 2)});
  m.hart.run(2);
  EXPECT_EQ(m.hart.reg(a0), 2u);
}

TEST(Code, JumpIntoTheMiddleOfAnInstruction) {
  Machine m;
  // The upper half of this lui is c.addi a0, 1 (0x0505).
  m.put(kRam, {0x05050537, jal(zero, -2)});
  m.hart.run(4);  // lui a0; jal; c.addi a0, 1; jal
  EXPECT_EQ(m.hart.reg(a0), 0x05050001u);
  EXPECT_EQ(m.hart.traps(), 0u);
}

TEST(Code, FewerDecodedPagesThanCodeStillRunsRight) {
  Machine m({.decode_pages = 1});
  // Four pages that call each other in a ring, each adding its weight.
  for (std::uint32_t page = 0; page < 4; ++page) {
    const std::int32_t next = page == 3 ? -3 * 4096 - 4 : 4096 - 4;
    m.put(kRam + page * 4096, {addi(a0, a0, 1 << (2 * page)), jal(zero, next)});
  }
  m.hart.run(8 * 100);
  EXPECT_EQ(m.hart.reg(a0), 100u * (1 + 4 + 16 + 64));
}

TEST(Code, SequentialFlowCrossesPages) {
  Machine m;
  for (std::uint32_t at = kRam; at < kRam + kRamBytes; at += 4) m.put(at, {addi(a0, a0, 1)});
  m.hart.run(kRamBytes / 4);
  EXPECT_EQ(m.hart.reg(a0), kRamBytes / 4);
  EXPECT_EQ(m.hart.pc(), kRam + kRamBytes);
}

class Doubler final : public CustomUnit {
 public:
  CustomReply execute(Hart& hart, std::uint32_t insn) override {
    ++calls;
    if (reply.status == CustomReply::Status::kRetired) {
      hart.set_reg(insn >> 7 & 31u, 2 * hart.reg(insn >> 15 & 31u));
    }
    return reply;
  }
  CustomReply reply{.status = CustomReply::Status::kRetired};
  int calls = 0;
};

TEST(Custom, IsIllegalWithoutAUnit) {
  for (std::uint32_t opcode : {0x0bu, 0x2bu, 0x5bu, 0x7bu}) {
    Machine m;
    m.put(kRam, {enc_r(0, 0, a1, 0, a0, opcode)});
    EXPECT_TRUE(m.hart.step().trapped);
    EXPECT_EQ(m.csr(kMcause), kIllegalInstruction);
    EXPECT_EQ(m.csr(kMtval), enc_r(0, 0, a1, 0, a0, opcode));
  }
}

TEST(Custom, ExecutesStallsAndStops) {
  Machine m;
  Doubler unit;
  m.hart.set_custom(&unit);
  m.hart.set_reg(a1, 21);
  m.put(kRam, {enc_r(0, 0, a1, 0, a0, 0x0b), kNop});
  unit.reply.cycles = 4;
  unit.reply.stop = true;
  EXPECT_EQ(m.hart.run(100), 5u);
  EXPECT_EQ(m.hart.stop_reason(), StopReason::kBus);
  EXPECT_EQ(m.hart.reg(a0), 42u);
  EXPECT_EQ(m.hart.retired(), 1u);
}

TEST(Custom, RefusesTrapsAndRetries) {
  Machine m;
  Doubler unit;
  m.hart.set_custom(&unit);
  const std::uint32_t insn = enc_r(0, 0, a1, 0, a0, 0x5b);
  m.put(kRam, {insn});
  unit.reply.status = CustomReply::Status::kRetry;
  EXPECT_EQ(m.hart.run(100), 0u);
  EXPECT_EQ(m.hart.pc(), kRam);
  unit.reply.status = CustomReply::Status::kIllegal;
  m.hart.step();
  EXPECT_EQ(m.csr(kMcause), kIllegalInstruction);
  EXPECT_EQ(m.csr(kMtval), insn);
  m.hart.set_pc(kRam);
  unit.reply = {.status = CustomReply::Status::kTrap, .cause = kLoadFault, .tval = 0x1234};
  m.hart.step();
  EXPECT_EQ(m.csr(kMcause), kLoadFault);
  EXPECT_EQ(m.csr(kMtval), 0x1234u);
  EXPECT_EQ(m.csr(kMepc), kRam);
  EXPECT_EQ(unit.calls, 3);
  EXPECT_EQ(m.hart.retired(), 0u);
}

TEST(Step, ReportsWhatHappened) {
  Machine m;
  m.put(kRam, {addi(a0, zero, 7), sw(a0, t0, 0), addi(zero, a0, 1), kEcallInsn});
  m.hart.set_reg(t0, kData);
  StepRecord r = m.hart.step();
  EXPECT_EQ(r.pc, kRam);
  EXPECT_EQ(r.insn, addi(a0, zero, 7));
  EXPECT_EQ(r.rd, a0);
  EXPECT_EQ(r.value, 7u);
  EXPECT_EQ(r.cycles, 1u);
  EXPECT_TRUE(r.retired);
  r = m.hart.step();
  EXPECT_EQ(r.rd, 0);
  r = m.hart.step();
  EXPECT_EQ(r.rd, 0);
  r = m.hart.step();
  EXPECT_TRUE(r.trapped);
  EXPECT_FALSE(r.retired);
}

}  // namespace
}  // namespace fp::riscv::test
