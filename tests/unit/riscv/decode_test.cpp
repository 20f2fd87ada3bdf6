// SPDX-License-Identifier: Apache-2.0
// Which encodings are instructions: all 65,536 half-words of RV32C and a sweep of the four-byte
// space, against lists written from the opcode tables of the unprivileged spec.
#include "cmodel/riscv/decode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

#include "tests/unit/riscv/encode.hpp"

namespace fp::riscv::test {
namespace {

struct Encoding {
  std::uint32_t mask;
  std::uint32_t match;
};

// Legal four-byte encodings of RV32IM_Zicsr, machine mode only.
constexpr std::array kBase = {
    Encoding{0x0000007f, 0x00000037}, Encoding{0x0000007f, 0x00000017},  // lui, auipc
    Encoding{0x0000007f, 0x0000006f}, Encoding{0x0000707f, 0x00000067},  // jal, jalr
    Encoding{0x0000707f, 0x00000063}, Encoding{0x0000707f, 0x00001063},  // beq, bne
    Encoding{0x0000707f, 0x00004063}, Encoding{0x0000707f, 0x00005063},  // blt, bge
    Encoding{0x0000707f, 0x00006063}, Encoding{0x0000707f, 0x00007063},  // bltu, bgeu
    Encoding{0x0000707f, 0x00000003}, Encoding{0x0000707f, 0x00001003},  // lb, lh
    Encoding{0x0000707f, 0x00002003}, Encoding{0x0000707f, 0x00004003},  // lw, lbu
    Encoding{0x0000707f, 0x00005003},                                    // lhu
    Encoding{0x0000707f, 0x00000023}, Encoding{0x0000707f, 0x00001023},  // sb, sh
    Encoding{0x0000707f, 0x00002023},                                    // sw
    Encoding{0x0000707f, 0x00000013}, Encoding{0x0000707f, 0x00002013},  // addi, slti
    Encoding{0x0000707f, 0x00003013}, Encoding{0x0000707f, 0x00004013},  // sltiu, xori
    Encoding{0x0000707f, 0x00006013}, Encoding{0x0000707f, 0x00007013},  // ori, andi
    Encoding{0xfe00707f, 0x00001013}, Encoding{0xfe00707f, 0x00005013},  // slli, srli
    Encoding{0xfe00707f, 0x40005013},                                    // srai
    Encoding{0xfe00007f, 0x00000033}, Encoding{0xfe00007f, 0x02000033},  // OP, MULDIV: any funct3
    Encoding{0xfe00707f, 0x40000033}, Encoding{0xfe00707f, 0x40005033},  // sub, sra
    Encoding{0x0000707f, 0x0000000f},                                    // fence
    Encoding{0xffffffff, 0x00000073}, Encoding{0xffffffff, 0x00100073},  // ecall, ebreak
    Encoding{0xffffffff, 0x30200073}, Encoding{0xffffffff, 0x10500073},  // mret, wfi
    Encoding{0x0000307f, 0x00001073}, Encoding{0x0000307f, 0x00002073},  // csrrw[i], csrrs[i]
    Encoding{0x0000307f, 0x00003073},                                    // csrrc[i]
    Encoding{0x0000007f, 0x0000000b}, Encoding{0x0000007f, 0x0000002b},  // custom-0, custom-1
    Encoding{0x0000007f, 0x0000005b}, Encoding{0x0000007f, 0x0000007b},  // custom-2, custom-3
};

constexpr std::array kAtomicsAndFenceI = {
    Encoding{0xf9f0707f, 0x1000202f}, Encoding{0xf800707f, 0x1800202f},  // lr.w, sc.w
    Encoding{0xf800707f, 0x0800202f}, Encoding{0xf800707f, 0x0000202f},  // amoswap, amoadd
    Encoding{0xf800707f, 0x2000202f}, Encoding{0xf800707f, 0x6000202f},  // amoxor, amoand
    Encoding{0xf800707f, 0x4000202f}, Encoding{0xf800707f, 0x8000202f},  // amoor, amomin
    Encoding{0xf800707f, 0xa000202f}, Encoding{0xf800707f, 0xc000202f},  // amomax, amominu
    Encoding{0xf800707f, 0xe000202f},                                    // amomaxu
    Encoding{0x0000707f, 0x0000100f},                                    // fence.i
};

template <std::size_t N>
bool matches(const std::array<Encoding, N>& list, std::uint32_t insn) {
  return std::any_of(list.begin(), list.end(),
                     [&](const Encoding& e) { return (insn & e.mask) == e.match; });
}

// Tables 16.5 to 16.7 of the unprivileged spec, RV32 column, without F and D.
bool is_legal_compressed(std::uint32_t h) {
  const std::uint32_t funct3 = h >> 13;
  const std::uint32_t rd = h >> 7 & 31u;
  const std::uint32_t low5 = h >> 2 & 31u;
  const bool bit12 = (h >> 12 & 1u) != 0;
  switch (h & 3u) {
    case 0:
      if (funct3 == 0) return (h & 0x1fe0u) != 0;  // c.addi4spn, nzuimm
      return funct3 == 2 || funct3 == 6;           // c.lw, c.sw
    case 1:
      if (funct3 == 3) return bit12 || low5 != 0;  // c.lui and c.addi16sp, nzimm
      if (funct3 == 4) {
        const std::uint32_t funct2 = h >> 10 & 3u;
        if (funct2 == 2) return true;  // c.andi
        return !bit12;                 // shamt[5] and c.subw, c.addw
      }
      return true;
    default:
      switch (funct3) {
        case 0:
          return !bit12;  // c.slli
        case 2:
          return rd != 0;  // c.lwsp
        case 4:
          return bit12 || rd != 0 || low5 != 0;  // c.jr needs rs1
        case 6:
          return true;  // c.swsp
        default:
          return false;  // F and D
      }
  }
}

TEST(Decode, EveryCompressedEncoding) {
  for (std::uint32_t half = 0; half < 0x10000; ++half) {
    if ((half & 3u) == 3u) continue;
    const Slot slot = decode(half, 0x80000000, kIsaEmbedded);
    EXPECT_EQ(slot.op != Op::kIllegal, is_legal_compressed(half)) << std::hex << half;
    if (slot.op == Op::kIllegal) {
      EXPECT_EQ(static_cast<std::uint32_t>(slot.imm), half);
    }
    EXPECT_EQ(decode(half, 0x80000000, kIsaNp).op, Op::kIllegal);
  }
}

void expect_same(std::uint32_t insn) {
  const bool base = matches(kBase, insn);
  EXPECT_EQ(decode(insn, 0x80000000, kIsaNp).op != Op::kIllegal, base) << std::hex << insn;
  EXPECT_EQ(decode(insn, 0x80000000, kIsaEmbedded).op != Op::kIllegal,
            base || matches(kAtomicsAndFenceI, insn))
      << std::hex << insn;
}

TEST(Decode, EveryOpcodeFunct3AndFunct7) {
  for (std::uint32_t opcode = 3; opcode < 128; opcode += 4) {
    for (std::uint32_t funct3 = 0; funct3 < 8; ++funct3) {
      for (std::uint32_t funct7 = 0; funct7 < 128; ++funct7) {
        for (std::uint32_t registers : {0u, 1u, 31u}) {
          expect_same(enc_r(funct7, registers, registers, funct3, registers, opcode));
        }
        expect_same(enc_r(funct7, 0, 5, funct3, 6, opcode));
        expect_same(enc_r(funct7, 2, 0, funct3, 0, opcode));
        expect_same(enc_r(funct7, 5, 0, funct3, 0, opcode));
      }
    }
  }
}

TEST(Decode, RandomWords) {
  std::mt19937 random(7);
  for (int i = 0; i < 1'000'000; ++i) expect_same(static_cast<std::uint32_t>(random()) | 3u);
}

}  // namespace
}  // namespace fp::riscv::test
