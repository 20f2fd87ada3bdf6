// SPDX-License-Identifier: Apache-2.0
//
// A core with 4 KiB of RAM and nothing else on its bus, for tests of the debugger's side. Programs
// are instruction words.
#pragma once

#include <cstring>
#include <initializer_list>
#include <vector>

#include "cmodel/riscv/hart.hpp"

namespace fp::gdb {

inline constexpr uint32_t kRam = 0x80000000;

struct Core : riscv::Bus {
  explicit Core(std::initializer_list<uint32_t> program) : ram(4096), hart(config(), *this) {
    hart.add_memory(kRam, ram);
    uint32_t at = 0;
    for (const uint32_t word : program) {
      std::memcpy(&ram[at], &word, sizeof(word));
      at += 4;
    }
  }

  // A device at 0x10000000 answers everything and ends the quantum, as the platform's bus does.
  riscv::BusReply read(uint32_t, unsigned, uint32_t& out) override {
    out = 0;
    return {.stop = true, .cycles = 5};
  }
  riscv::BusReply write(uint32_t, unsigned, uint32_t) override {
    return {.stop = true, .cycles = 5};
  }
  uint64_t time() override { return 0; }

  static riscv::HartConfig config() {
    riscv::HartConfig c;
    c.isa = riscv::kIsaEmbedded;
    c.reset_pc = kRam;
    return c;
  }

  std::vector<uint8_t> ram;
  riscv::Hart hart;
};

// Encodings from the unprivileged specification.
constexpr uint32_t addi(unsigned rd, unsigned rs1, int imm) {
  return static_cast<uint32_t>(imm) << 20 | rs1 << 15 | rd << 7 | 0x13;
}
constexpr uint32_t lui(unsigned rd, uint32_t upper) { return upper << 12 | rd << 7 | 0x37; }
constexpr uint32_t load(unsigned funct3, unsigned rd, unsigned rs1, int imm) {
  return static_cast<uint32_t>(imm) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x03;
}
constexpr uint32_t store(unsigned funct3, unsigned rs2, unsigned rs1, int imm) {
  const auto bits = static_cast<uint32_t>(imm);
  return (bits >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (bits & 0x1f) << 7 |
         0x23;
}
constexpr uint32_t amo(unsigned funct5, unsigned rd, unsigned rs1, unsigned rs2) {
  return funct5 << 27 | rs2 << 20 | rs1 << 15 | 2u << 12 | rd << 7 | 0x2f;
}
inline constexpr uint32_t kJumpToItself = 0x0000006f;
inline constexpr uint32_t kWfi = 0x10500073;
inline constexpr unsigned kByte = 0, kWord = 2;

}  // namespace fp::gdb
