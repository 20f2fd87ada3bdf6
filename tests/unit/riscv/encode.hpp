// SPDX-License-Identifier: Apache-2.0
// Encoders for the instructions that the tests write by hand, from the formats in the unprivileged
// spec. Independent of the decoder under test.
#pragma once

#include <cstdint>

namespace fp::riscv::test {

enum Reg : std::uint32_t {
  zero = 0,
  ra = 1,
  sp = 2,
  gp = 3,
  tp = 4,
  t0 = 5,
  t1 = 6,
  t2 = 7,
  s0 = 8,
  s1 = 9,
  a0 = 10,
  a1 = 11,
  a2 = 12,
  a3 = 13,
  a4 = 14,
  a5 = 15,
  a6 = 16,
  a7 = 17,
};

constexpr std::uint32_t enc_r(std::uint32_t funct7, std::uint32_t rs2, std::uint32_t rs1,
                              std::uint32_t funct3, std::uint32_t rd, std::uint32_t opcode) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

constexpr std::uint32_t enc_i(std::int32_t imm, std::uint32_t rs1, std::uint32_t funct3,
                              std::uint32_t rd, std::uint32_t opcode) {
  return (static_cast<std::uint32_t>(imm) & 0xfffu) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 |
         opcode;
}

constexpr std::uint32_t enc_s(std::int32_t imm, std::uint32_t rs2, std::uint32_t rs1,
                              std::uint32_t funct3) {
  const auto u = static_cast<std::uint32_t>(imm);
  return (u >> 5 & 0x7fu) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (u & 0x1fu) << 7 | 0x23u;
}

constexpr std::uint32_t enc_b(std::int32_t offset, std::uint32_t rs2, std::uint32_t rs1,
                              std::uint32_t funct3) {
  const auto u = static_cast<std::uint32_t>(offset);
  return (u >> 12 & 1u) << 31 | (u >> 5 & 0x3fu) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
         (u >> 1 & 0xfu) << 8 | (u >> 11 & 1u) << 7 | 0x63u;
}

constexpr std::uint32_t enc_j(std::int32_t offset, std::uint32_t rd) {
  const auto u = static_cast<std::uint32_t>(offset);
  return (u >> 20 & 1u) << 31 | (u >> 1 & 0x3ffu) << 21 | (u >> 11 & 1u) << 20 |
         (u >> 12 & 0xffu) << 12 | rd << 7 | 0x6fu;
}

constexpr std::uint32_t addi(std::uint32_t rd, std::uint32_t rs1, std::int32_t imm) {
  return enc_i(imm, rs1, 0, rd, 0x13);
}
constexpr std::uint32_t lui(std::uint32_t rd, std::uint32_t upper20) {
  return upper20 << 12 | rd << 7 | 0x37u;
}
constexpr std::uint32_t auipc(std::uint32_t rd, std::uint32_t upper20) {
  return upper20 << 12 | rd << 7 | 0x17u;
}
constexpr std::uint32_t add(std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
  return enc_r(0, rs2, rs1, 0, rd, 0x33);
}
constexpr std::uint32_t lb(std::uint32_t rd, std::uint32_t rs1, std::int32_t imm) {
  return enc_i(imm, rs1, 0, rd, 0x03);
}
constexpr std::uint32_t lh(std::uint32_t rd, std::uint32_t rs1, std::int32_t imm) {
  return enc_i(imm, rs1, 1, rd, 0x03);
}
constexpr std::uint32_t lw(std::uint32_t rd, std::uint32_t rs1, std::int32_t imm) {
  return enc_i(imm, rs1, 2, rd, 0x03);
}
constexpr std::uint32_t lhu(std::uint32_t rd, std::uint32_t rs1, std::int32_t imm) {
  return enc_i(imm, rs1, 5, rd, 0x03);
}
constexpr std::uint32_t sb(std::uint32_t rs2, std::uint32_t rs1, std::int32_t imm) {
  return enc_s(imm, rs2, rs1, 0);
}
constexpr std::uint32_t sh(std::uint32_t rs2, std::uint32_t rs1, std::int32_t imm) {
  return enc_s(imm, rs2, rs1, 1);
}
constexpr std::uint32_t sw(std::uint32_t rs2, std::uint32_t rs1, std::int32_t imm) {
  return enc_s(imm, rs2, rs1, 2);
}
constexpr std::uint32_t beq(std::uint32_t rs1, std::uint32_t rs2, std::int32_t offset) {
  return enc_b(offset, rs2, rs1, 0);
}
constexpr std::uint32_t bne(std::uint32_t rs1, std::uint32_t rs2, std::int32_t offset) {
  return enc_b(offset, rs2, rs1, 1);
}
constexpr std::uint32_t jal(std::uint32_t rd, std::int32_t offset) { return enc_j(offset, rd); }
constexpr std::uint32_t jalr(std::uint32_t rd, std::uint32_t rs1, std::int32_t imm) {
  return enc_i(imm, rs1, 0, rd, 0x67);
}
constexpr std::uint32_t csr_op(std::uint32_t funct3, std::uint32_t rd, std::uint32_t csr,
                               std::uint32_t rs1_or_uimm) {
  return csr << 20 | rs1_or_uimm << 15 | funct3 << 12 | rd << 7 | 0x73u;
}
constexpr std::uint32_t csrrw(std::uint32_t rd, std::uint32_t csr, std::uint32_t rs1) {
  return csr_op(1, rd, csr, rs1);
}
constexpr std::uint32_t csrrs(std::uint32_t rd, std::uint32_t csr, std::uint32_t rs1) {
  return csr_op(2, rd, csr, rs1);
}
constexpr std::uint32_t csrrc(std::uint32_t rd, std::uint32_t csr, std::uint32_t rs1) {
  return csr_op(3, rd, csr, rs1);
}
constexpr std::uint32_t csrrwi(std::uint32_t rd, std::uint32_t csr, std::uint32_t uimm) {
  return csr_op(5, rd, csr, uimm);
}
constexpr std::uint32_t csrrsi(std::uint32_t rd, std::uint32_t csr, std::uint32_t uimm) {
  return csr_op(6, rd, csr, uimm);
}
constexpr std::uint32_t csrrci(std::uint32_t rd, std::uint32_t csr, std::uint32_t uimm) {
  return csr_op(7, rd, csr, uimm);
}
constexpr std::uint32_t amo(std::uint32_t funct5, std::uint32_t rd, std::uint32_t rs1,
                            std::uint32_t rs2) {
  return enc_r(funct5 << 2, rs2, rs1, 2, rd, 0x2f);
}
constexpr std::uint32_t lr_w(std::uint32_t rd, std::uint32_t rs1) { return amo(2, rd, rs1, 0); }
constexpr std::uint32_t sc_w(std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
  return amo(3, rd, rs1, rs2);
}
constexpr std::uint32_t amoadd_w(std::uint32_t rd, std::uint32_t rs1, std::uint32_t rs2) {
  return amo(0, rd, rs1, rs2);
}

inline constexpr std::uint32_t kNop = 0x00000013;
inline constexpr std::uint32_t kEcallInsn = 0x00000073;
inline constexpr std::uint32_t kEbreakInsn = 0x00100073;
inline constexpr std::uint32_t kMretInsn = 0x30200073;
inline constexpr std::uint32_t kWfiInsn = 0x10500073;
inline constexpr std::uint32_t kFenceIInsn = 0x0000100f;
inline constexpr std::uint32_t kFenceInsn = 0x0ff0000f;
inline constexpr std::uint16_t kCNop = 0x0001;
inline constexpr std::uint16_t kCEbreak = 0x9002;

}  // namespace fp::riscv::test
