// SPDX-License-Identifier: Apache-2.0
// Runs random programs on the hart and on Unicorn (QEMU's RISC-V) and compares registers, pc and
// memory after every slice. Traps, interrupts and counters are not compared here: Unicorn does not
// show them (trap_test.cpp has them).
#include <gtest/gtest.h>
#include <unicorn/unicorn.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "cmodel/riscv/hart.hpp"
#include "tests/unit/riscv/encode.hpp"
#include "tests/unit/riscv/machine.hpp"
#include "tests/unit/riscv/random_program.hpp"

namespace fp::riscv::test {
namespace {

constexpr std::uint32_t kCodeBase = 0x80000000;
constexpr std::uint32_t kCodeBytes = 64 * 1024;
constexpr std::uint32_t kDataBase = 0x80100000;
constexpr std::uint32_t kDataBytes = 16 * 1024;

// Where an SC to a word that is never reserved stands.
constexpr std::uint32_t kFailingSc = kCodeBase + kCodeBytes - 8;

struct Memory {
  std::vector<std::uint8_t> code = std::vector<std::uint8_t>(kCodeBytes);
  std::vector<std::uint8_t> data = std::vector<std::uint8_t>(kDataBytes);
};

// Unicorn on its own copy of the memory.
class Oracle {
 public:
  explicit Oracle(const Memory& initial) : memory_(initial) {
    check(uc_open(UC_ARCH_RISCV, UC_MODE_RISCV32, &engine_));
    check(uc_mem_map_ptr(engine_, kCodeBase, kCodeBytes, UC_PROT_ALL, memory_.code.data()));
    check(uc_mem_map_ptr(engine_, kDataBase, kDataBytes, UC_PROT_ALL, memory_.data.data()));
  }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;
  ~Oracle() { uc_close(engine_); }

  void set_reg(unsigned number, std::uint32_t value) {
    check(uc_reg_write(engine_, UC_RISCV_REG_X0 + static_cast<int>(number), &value));
  }
  std::uint32_t reg(unsigned number) const {
    return read(UC_RISCV_REG_X0 + static_cast<int>(number));
  }
  std::uint32_t pc() const { return read(UC_RISCV_REG_PC); }
  void run(std::uint32_t pc, std::size_t count) {
    check(uc_emu_start(engine_, pc, 0xffffffff, 0, count));
  }
  const Memory& memory() const { return memory_; }

 private:
  static void check(uc_err error) { ASSERT_EQ(error, UC_ERR_OK) << uc_strerror(error); }
  std::uint32_t read(int id) const {
    std::uint32_t value = 0;
    check(uc_reg_read(engine_, id, &value));
    return value;
  }

  Memory memory_;
  uc_engine* engine_ = nullptr;
};

struct Plan {
  unsigned programs;
  unsigned slices;
  unsigned slice_length;
  unsigned program_length;
  unsigned restart;  // slices from one random entry to the next
};

// Returns the number of instructions compared; stops at the first difference.
std::uint64_t compare(const Isa& isa, std::uint32_t seed, const Plan& plan) {
  std::mt19937 random(seed);
  std::uint64_t compared = 0;
  for (unsigned program = 0; program < plan.programs; ++program) {
    Memory memory;
    const RandomProgram guest = random_program(random, plan.program_length, isa.a);
    EXPECT_LE(guest.code.size(), memory.code.size());
    std::copy(guest.code.begin(), guest.code.end(), memory.code.begin());
    const std::array<std::uint32_t, 2> failing_sc = {sc_w(zero, kWindowStack, zero), jal(zero, 0)};
    std::memcpy(memory.code.data() + (kFailingSc - kCodeBase), failing_sc.data(),
                sizeof(failing_sc));
    for (std::uint8_t& byte : memory.data) byte = static_cast<std::uint8_t>(random());

    Oracle oracle(memory);
    NoBus bus;
    Hart hart({.isa = isa, .reset_pc = kCodeBase}, bus);
    hart.add_memory(kCodeBase, memory.code);
    hart.add_memory(kDataBase, memory.data);
    const auto set_both = [&](unsigned number, std::uint32_t value) {
      hart.set_reg(number, value);
      oracle.set_reg(number, value);
    };
    set_both(kWindowLow, kDataBase + 2048);
    set_both(kWindowHigh, kDataBase + 4096);
    set_both(kWindowStack, kDataBase + 3072);

    for (unsigned slice = 0; slice < plan.slices; ++slice) {
      if (slice % plan.restart == 0) {
        // A random entry: a program on its own soon circles in a small loop. A failing SC first,
        // because what becomes of a reservation that is left behind differs legally between the
        // two.
        if (isa.a) {
          oracle.run(kFailingSc, 1);
          hart.set_pc(kFailingSc);
          hart.run(UINT64_MAX, 1);
        }
        hart.set_pc(kCodeBase + guest.entries[random() % guest.entries.size()]);
      }
      const std::uint32_t start = hart.pc();
      // Lengths vary so that slices end anywhere, inside LR/SC pairs too.
      const unsigned length = 1 + random() % plan.slice_length;
      oracle.run(start, length);
      hart.run(UINT64_MAX, length);
      compared += length;
      bool same = hart.pc() == oracle.pc() && hart.traps() == 0 &&
                  memory.data == oracle.memory().data && memory.code == oracle.memory().code;
      EXPECT_EQ(hart.pc(), oracle.pc());
      EXPECT_EQ(hart.traps(), 0u) << "cause " << hart.cause();
      for (unsigned number = 0; number < 32; ++number) {
        EXPECT_EQ(hart.reg(number), oracle.reg(number)) << "x" << number;
        same = same && hart.reg(number) == oracle.reg(number);
      }
      if (!same) {
        ADD_FAILURE() << "seed " << seed << " program " << program << " slice " << slice << " of "
                      << length << " instructions from pc 0x" << std::hex << start;
        return compared;
      }
    }
    EXPECT_EQ(hart.retired(), hart.cycle());
  }
  return compared;
}

TEST(Unicorn, EmbeddedCoreAgreesOnAMillionRandomInstructions) {
  const Plan plan{
      .programs = 150, .slices = 400, .slice_length = 40, .program_length = 1500, .restart = 1};
  EXPECT_GE(compare(kIsaEmbedded, 1, plan), 1'000'000u);
}

TEST(Unicorn, NpCoreAgreesOnRandomInstructions) {
  const Plan plan{
      .programs = 50, .slices = 400, .slice_length = 40, .program_length = 1500, .restart = 1};
  EXPECT_GE(compare(kIsaNp, 2, plan), 300'000u);
}

// The comparison is worth what the programs execute: every operation that can retire, many times.
TEST(Unicorn, RandomProgramsExecuteEveryOperation) {
  std::mt19937 random(4);
  std::map<Op, unsigned> seen;
  for (unsigned program = 0; program < 20; ++program) {
    Memory memory;
    const RandomProgram guest = random_program(random, 1500, true);
    std::copy(guest.code.begin(), guest.code.end(), memory.code.begin());
    NoBus bus;
    Hart hart({.reset_pc = kCodeBase}, bus);
    hart.add_memory(kCodeBase, memory.code);
    hart.add_memory(kDataBase, memory.data);
    hart.set_reg(kWindowLow, kDataBase + 2048);
    hart.set_reg(kWindowHigh, kDataBase + 4096);
    hart.set_reg(kWindowStack, kDataBase + 3072);
    for (unsigned slice = 0; slice < 400; ++slice) {
      hart.set_pc(kCodeBase + guest.entries[random() % guest.entries.size()]);
      for (unsigned i = 0; i < 10; ++i) {
        const StepRecord record = hart.step();
        ++seen[decode(record.insn, record.pc, kIsaEmbedded).op];
      }
    }
  }
  for (auto op = static_cast<unsigned>(Op::kLui); op <= static_cast<unsigned>(Op::kCsrAccess);
       ++op) {
    EXPECT_GE(seen[static_cast<Op>(op)], 20u) << "operation " << op;
  }
}

TEST(Unicorn, AgreesAfterEverySingleInstruction) {
  const Plan plan{
      .programs = 20, .slices = 1000, .slice_length = 1, .program_length = 800, .restart = 20};
  EXPECT_EQ(compare(kIsaEmbedded, 3, plan), 20'000u);
}

}  // namespace
}  // namespace fp::riscv::test
