// SPDX-License-Identifier: Apache-2.0
// Turns an instruction word into the eight-byte slot that the interpreter dispatches on. Pure
// functions: the same word, pc and ISA always give the same slot.
#pragma once

#include <cstdint>

#include "cmodel/riscv/isa.hpp"

namespace fp::riscv {

// clang-format off
// Operations with a handler of their own in the interpreter loop. A trailing C marks the two-byte
// form.
#define FP_RISCV_HOT_OPS(X)                                                                        \
  X(Lui)                                                                                           \
  X(Addi)                                                                                          \
  X(Slti)                                                                                          \
  X(Sltiu)                                                                                         \
  X(Xori)                                                                                          \
  X(Ori)                                                                                           \
  X(Andi)                                                                                          \
  X(Slli)                                                                                          \
  X(Srli) X(Srai) X(Add) X(Sub) X(Sll) X(Slt) X(Sltu) X(Xor) X(Srl) X(Sra) X(Or) X(And) X(Mul)     \
      X(Mulh) X(Mulhsu) X(Mulhu) X(Div) X(Divu) X(Rem) X(Remu) X(Jal) X(Jalr) X(Beq) X(Bne) X(Blt) \
          X(Bge) X(Bltu) X(Bgeu) X(Lb) X(Lh) X(Lw) X(Lbu) X(Lhu) X(Sb) X(Sh) X(Sw) X(Fence)        \
              X(LuiC) X(AddiC) X(AndiC) X(SlliC) X(SrliC) X(SraiC) X(AddC) X(SubC) X(XorC) X(OrC)  \
                  X(AndC) X(JalC) X(JalrC) X(BeqC) X(BneC) X(LwC) X(SwC)

// Operations that leave the loop: state outside the registers, or a trap.
#define FP_RISCV_SLOW_OPS(X)                                                                   \
  X(LrW)                                                                                       \
  X(ScW)                                                                                       \
  X(AmoSwapW)                                                                                  \
  X(AmoAddW)                                                                                   \
  X(AmoXorW)                                                                                   \
  X(AmoAndW)                                                                                   \
  X(AmoOrW)                                                                                    \
  X(AmoMinW)                                                                                   \
  X(AmoMaxW) X(AmoMinuW) X(AmoMaxuW) X(CsrAccess) X(Ecall) X(Ebreak) X(EbreakC) X(Mret) X(Wfi) \
      X(FenceI) X(Custom) X(JumpMisaligned) X(BranchMisaligned) X(Illegal)
// clang-format on

enum class Op : std::uint8_t {
  kDecode,      ///< Not decoded yet.
  kPageEnd,     ///< Behind a page's last slot: continue on the next page.
  kBreakpoint,  ///< An owner's breakpoint is set here.
#define FP_RISCV_ENUMERATOR(name) k##name,
  FP_RISCV_HOT_OPS(FP_RISCV_ENUMERATOR) FP_RISCV_SLOW_OPS(FP_RISCV_ENUMERATOR)
#undef FP_RISCV_ENUMERATOR
};

/// Register number that a decoded write to x0 goes to; nothing reads it.
inline constexpr std::uint8_t kSink = 32;

/// One decoded instruction.
///   imm: I, S: the sign-extended immediate. Shifts: the amount. Lui, Auipc (decoded as Lui): the
///   result.
///        Jal and branches: the offset in half-words. CsrAccess, Custom and what traps: the
///        instruction's bits.
struct Slot {
  Op op = Op::kDecode;
  std::uint8_t rd = kSink;  ///< 1..31, or kSink.
  std::uint8_t rs1 = 0;
  std::uint8_t rs2 = 0;
  std::int32_t imm = 0;
};
static_assert(sizeof(Slot) == 8);

/// True if the half-word starts a four-byte instruction. Longer encodings count as four bytes; they
/// are illegal.
constexpr bool is_wide(std::uint32_t low_half) { return (low_half & 3u) == 3u; }

/// Bytes of an instruction that retired as `op`; no answer is defined for operations that always
/// trap.
constexpr unsigned op_length(Op op) { return op >= Op::kLuiC && op <= Op::kSwC ? 2 : 4; }

/// Byte offsets of the four-byte jal and conditional branches.
std::int32_t jal_offset(std::uint32_t raw);
std::int32_t branch_offset(std::uint32_t raw);

/// Decodes `raw` at `pc`. For a two-byte instruction only the low half of `raw` is looked at, and
/// with the C extension absent all 32 bits are the instruction. Never fails: what is not an
/// instruction of `isa` becomes Op::kIllegal with its bits in `imm`.
Slot decode(std::uint32_t raw, std::uint32_t pc, const Isa& isa);

}  // namespace fp::riscv
