// SPDX-License-Identifier: Apache-2.0
#include "cmodel/riscv/decode.hpp"

namespace fp::riscv {
namespace {

constexpr std::uint32_t bits(std::uint32_t word, unsigned high, unsigned low) {
  return (word >> low) & ((2u << (high - low)) - 1u);
}

// Moves bits high..low of `word` to position `to`.
constexpr std::uint32_t move(std::uint32_t word, unsigned high, unsigned low, unsigned to) {
  return bits(word, high, low) << to;
}

constexpr std::int32_t sign_extend(std::uint32_t value, unsigned width) {
  const std::uint32_t sign = 1u << (width - 1);
  return static_cast<std::int32_t>((value ^ sign) - sign);
}

constexpr std::uint8_t dest(std::uint32_t number) {
  return number == 0 ? kSink : static_cast<std::uint8_t>(number);
}

constexpr std::uint8_t source(std::uint32_t number) { return static_cast<std::uint8_t>(number); }

constexpr Slot trapping(Op op, std::uint32_t raw) {
  return {.op = op, .imm = static_cast<std::int32_t>(raw)};
}

constexpr Slot illegal(std::uint32_t raw) { return trapping(Op::kIllegal, raw); }

constexpr std::int32_t imm_i(std::uint32_t raw) { return sign_extend(raw >> 20, 12); }

constexpr std::int32_t imm_s(std::uint32_t raw) {
  return sign_extend(move(raw, 31, 25, 5) | bits(raw, 11, 7), 12);
}

constexpr std::int32_t imm_b(std::uint32_t raw) {
  return sign_extend(
      move(raw, 31, 31, 12) | move(raw, 7, 7, 11) | move(raw, 30, 25, 5) | move(raw, 11, 8, 1), 13);
}

constexpr std::int32_t imm_j(std::uint32_t raw) {
  return sign_extend(
      move(raw, 31, 31, 20) | move(raw, 19, 12, 12) | move(raw, 20, 20, 11) | move(raw, 30, 21, 1),
      21);
}

Slot decode_op_imm(std::uint32_t raw) {
  Slot slot{.rd = dest(bits(raw, 11, 7)), .rs1 = source(bits(raw, 19, 15)), .imm = imm_i(raw)};
  const std::uint32_t funct7 = raw >> 25;
  switch (bits(raw, 14, 12)) {
    case 0:
      slot.op = Op::kAddi;
      break;
    case 2:
      slot.op = Op::kSlti;
      break;
    case 3:
      slot.op = Op::kSltiu;
      break;
    case 4:
      slot.op = Op::kXori;
      break;
    case 6:
      slot.op = Op::kOri;
      break;
    case 7:
      slot.op = Op::kAndi;
      break;
    case 1:
      if (funct7 != 0) return illegal(raw);
      slot.op = Op::kSlli;
      slot.imm = static_cast<std::int32_t>(bits(raw, 24, 20));
      break;
    default:
      if (funct7 != 0 && funct7 != 0x20) return illegal(raw);
      slot.op = funct7 == 0 ? Op::kSrli : Op::kSrai;
      slot.imm = static_cast<std::int32_t>(bits(raw, 24, 20));
      break;
  }
  return slot;
}

Slot decode_op(std::uint32_t raw) {
  static constexpr Op kBase[8] = {Op::kAdd, Op::kSll, Op::kSlt, Op::kSltu,
                                  Op::kXor, Op::kSrl, Op::kOr,  Op::kAnd};
  static constexpr Op kMulDiv[8] = {Op::kMul, Op::kMulh, Op::kMulhsu, Op::kMulhu,
                                    Op::kDiv, Op::kDivu, Op::kRem,    Op::kRemu};
  const std::uint32_t funct3 = bits(raw, 14, 12);
  Slot slot{.rd = dest(bits(raw, 11, 7)),
            .rs1 = source(bits(raw, 19, 15)),
            .rs2 = source(bits(raw, 24, 20))};
  switch (raw >> 25) {
    case 0x00:
      slot.op = kBase[funct3];
      break;
    case 0x01:
      slot.op = kMulDiv[funct3];
      break;
    case 0x20:
      if (funct3 != 0 && funct3 != 5) return illegal(raw);
      slot.op = funct3 == 0 ? Op::kSub : Op::kSra;
      break;
    default:
      return illegal(raw);
  }
  return slot;
}

Slot decode_load(std::uint32_t raw) {
  static constexpr Op kOps[8] = {Op::kLb,  Op::kLh,  Op::kLw,      Op::kIllegal,
                                 Op::kLbu, Op::kLhu, Op::kIllegal, Op::kIllegal};
  const Op op = kOps[bits(raw, 14, 12)];
  if (op == Op::kIllegal) return illegal(raw);
  return {
      .op = op, .rd = dest(bits(raw, 11, 7)), .rs1 = source(bits(raw, 19, 15)), .imm = imm_i(raw)};
}

Slot decode_store(std::uint32_t raw) {
  static constexpr Op kOps[8] = {Op::kSb,      Op::kSh,      Op::kSw,      Op::kIllegal,
                                 Op::kIllegal, Op::kIllegal, Op::kIllegal, Op::kIllegal};
  const Op op = kOps[bits(raw, 14, 12)];
  if (op == Op::kIllegal) return illegal(raw);
  return {.op = op,
          .rs1 = source(bits(raw, 19, 15)),
          .rs2 = source(bits(raw, 24, 20)),
          .imm = imm_s(raw)};
}

Slot decode_branch(std::uint32_t raw, const Isa& isa) {
  static constexpr Op kOps[8] = {Op::kBeq, Op::kBne, Op::kIllegal, Op::kIllegal,
                                 Op::kBlt, Op::kBge, Op::kBltu,    Op::kBgeu};
  const Op op = kOps[bits(raw, 14, 12)];
  if (op == Op::kIllegal) return illegal(raw);
  const std::int32_t offset = branch_offset(raw);
  if (!isa.c && (offset & 2) != 0) {
    Slot slot = trapping(Op::kBranchMisaligned, raw);
    slot.rs1 = source(bits(raw, 19, 15));
    slot.rs2 = source(bits(raw, 24, 20));
    return slot;
  }
  return {.op = op,
          .rs1 = source(bits(raw, 19, 15)),
          .rs2 = source(bits(raw, 24, 20)),
          .imm = offset / 2};
}

Slot decode_amo(std::uint32_t raw, const Isa& isa) {
  if (!isa.a || bits(raw, 14, 12) != 2) return illegal(raw);
  Slot slot{.rd = dest(bits(raw, 11, 7)),
            .rs1 = source(bits(raw, 19, 15)),
            .rs2 = source(bits(raw, 24, 20))};
  switch (raw >> 27) {
    case 0x00:
      slot.op = Op::kAmoAddW;
      break;
    case 0x01:
      slot.op = Op::kAmoSwapW;
      break;
    case 0x02:
      if (slot.rs2 != 0) return illegal(raw);
      slot.op = Op::kLrW;
      break;
    case 0x03:
      slot.op = Op::kScW;
      break;
    case 0x04:
      slot.op = Op::kAmoXorW;
      break;
    case 0x08:
      slot.op = Op::kAmoOrW;
      break;
    case 0x0c:
      slot.op = Op::kAmoAndW;
      break;
    case 0x10:
      slot.op = Op::kAmoMinW;
      break;
    case 0x14:
      slot.op = Op::kAmoMaxW;
      break;
    case 0x18:
      slot.op = Op::kAmoMinuW;
      break;
    case 0x1c:
      slot.op = Op::kAmoMaxuW;
      break;
    default:
      return illegal(raw);
  }
  return slot;
}

Slot decode_system(std::uint32_t raw) {
  switch (raw) {
    case 0x00000073:
      return trapping(Op::kEcall, raw);
    case 0x00100073:
      return trapping(Op::kEbreak, raw);
    case 0x30200073:
      return trapping(Op::kMret, raw);
    case 0x10500073:
      return trapping(Op::kWfi, raw);
    default:
      break;
  }
  if (bits(raw, 13, 12) == 0) return illegal(raw);
  Slot slot = trapping(Op::kCsrAccess, raw);
  slot.rd = dest(bits(raw, 11, 7));
  slot.rs1 = source(bits(raw, 19, 15));
  return slot;
}

Slot decode_wide(std::uint32_t raw, std::uint32_t pc, const Isa& isa) {
  const std::uint8_t rd = dest(bits(raw, 11, 7));
  switch (raw & 0x7fu) {
    case 0x03:
      return decode_load(raw);
    case 0x0f:  // The fields of a fence that are reserved today are ignored, as the unprivileged
                // spec demands.
      if (bits(raw, 14, 12) == 0) return {.op = Op::kFence};
      if (bits(raw, 14, 12) == 1 && isa.zifencei) return trapping(Op::kFenceI, raw);
      return illegal(raw);
    case 0x13:
      return decode_op_imm(raw);
    case 0x17:
      return {.op = Op::kLui, .rd = rd, .imm = static_cast<std::int32_t>(pc + (raw & 0xfffff000u))};
    case 0x23:
      return decode_store(raw);
    case 0x2f:
      return decode_amo(raw, isa);
    case 0x33:
      return decode_op(raw);
    case 0x37:
      return {.op = Op::kLui, .rd = rd, .imm = static_cast<std::int32_t>(raw & 0xfffff000u)};
    case 0x63:
      return decode_branch(raw, isa);
    case 0x67:
      if (bits(raw, 14, 12) != 0) return illegal(raw);
      return {.op = Op::kJalr, .rd = rd, .rs1 = source(bits(raw, 19, 15)), .imm = imm_i(raw)};
    case 0x6f: {
      const std::int32_t offset = jal_offset(raw);
      if (!isa.c && (offset & 2) != 0) return trapping(Op::kJumpMisaligned, raw);
      return {.op = Op::kJal, .rd = rd, .imm = offset / 2};
    }
    case 0x73:
      return decode_system(raw);
    case 0x0b:
    case 0x2b:
    case 0x5b:
    case 0x7b: {
      Slot slot = trapping(Op::kCustom, raw);
      slot.rd = rd;
      return slot;
    }
    default:
      return illegal(raw);
  }
}

// Registers x8..x15 in the three-bit fields of compressed instructions.
constexpr std::uint32_t popular(std::uint32_t raw, unsigned low) {
  return 8 + bits(raw, low + 2, low);
}

constexpr std::uint32_t uimm_c_lw(std::uint32_t raw) {
  return move(raw, 5, 5, 6) | move(raw, 12, 10, 3) | move(raw, 6, 6, 2);
}

constexpr std::int32_t imm_c_i(std::uint32_t raw) {
  return sign_extend(move(raw, 12, 12, 5) | bits(raw, 6, 2), 6);
}

constexpr std::int32_t imm_c_j(std::uint32_t raw) {
  return sign_extend(move(raw, 12, 12, 11) | move(raw, 11, 11, 4) | move(raw, 10, 9, 8) |
                         move(raw, 8, 8, 10) | move(raw, 7, 7, 6) | move(raw, 6, 6, 7) |
                         move(raw, 5, 3, 1) | move(raw, 2, 2, 5),
                     12);
}

constexpr std::int32_t imm_c_b(std::uint32_t raw) {
  return sign_extend(move(raw, 12, 12, 8) | move(raw, 11, 10, 3) | move(raw, 6, 5, 6) |
                         move(raw, 4, 3, 1) | move(raw, 2, 2, 5),
                     9);
}

Slot decode_quadrant0(std::uint32_t raw) {
  const std::uint32_t rs1 = popular(raw, 7);
  const std::uint32_t r2 = popular(raw, 2);
  switch (bits(raw, 15, 13)) {
    case 0: {  // c.addi4spn; a zero immediate is reserved, which makes the all-zero half-word
               // illegal
      const std::uint32_t uimm =
          move(raw, 10, 7, 6) | move(raw, 12, 11, 4) | move(raw, 5, 5, 3) | move(raw, 6, 6, 2);
      if (uimm == 0) return illegal(raw);
      return {.op = Op::kAddiC, .rd = dest(r2), .rs1 = 2, .imm = static_cast<std::int32_t>(uimm)};
    }
    case 2:
      return {.op = Op::kLwC,
              .rd = dest(r2),
              .rs1 = source(rs1),
              .imm = static_cast<std::int32_t>(uimm_c_lw(raw))};
    case 6:
      return {.op = Op::kSwC,
              .rs1 = source(rs1),
              .rs2 = source(r2),
              .imm = static_cast<std::int32_t>(uimm_c_lw(raw))};
    default:
      return illegal(raw);
  }
}

Slot decode_c_arith(std::uint32_t raw) {
  static constexpr Op kOps[4] = {Op::kSubC, Op::kXorC, Op::kOrC, Op::kAndC};
  const std::uint32_t r = popular(raw, 7);
  Slot slot{.rd = dest(r), .rs1 = source(r)};
  switch (bits(raw, 11, 10)) {
    case 0:
    case 1:  // c.srli, c.srai; shamt[5] is not an RV32 encoding
      if (bits(raw, 12, 12) != 0) return illegal(raw);
      slot.op = bits(raw, 10, 10) == 0 ? Op::kSrliC : Op::kSraiC;
      slot.imm = static_cast<std::int32_t>(bits(raw, 6, 2));
      return slot;
    case 2:
      slot.op = Op::kAndiC;
      slot.imm = imm_c_i(raw);
      return slot;
    default:
      if (bits(raw, 12, 12) != 0) return illegal(raw);  // c.subw, c.addw: RV64 only
      slot.op = kOps[bits(raw, 6, 5)];
      slot.rs2 = source(popular(raw, 2));
      return slot;
  }
}

Slot decode_quadrant1(std::uint32_t raw) {
  const std::uint32_t rd = bits(raw, 11, 7);
  switch (bits(raw, 15, 13)) {
    case 0:
      return {.op = Op::kAddiC, .rd = dest(rd), .rs1 = source(rd), .imm = imm_c_i(raw)};
    case 1:
      return {.op = Op::kJalC, .rd = 1, .imm = imm_c_j(raw) / 2};
    case 2:
      return {.op = Op::kAddiC, .rd = dest(rd), .rs1 = 0, .imm = imm_c_i(raw)};
    case 3:
      if (imm_c_i(raw) == 0) return illegal(raw);  // reserved for c.lui and c.addi16sp alike
      if (rd == 2) {
        const std::int32_t imm =
            sign_extend(move(raw, 12, 12, 9) | move(raw, 4, 3, 7) | move(raw, 5, 5, 6) |
                            move(raw, 2, 2, 5) | move(raw, 6, 6, 4),
                        10);
        return {.op = Op::kAddiC, .rd = 2, .rs1 = 2, .imm = imm};
      }
      return {.op = Op::kLuiC, .rd = dest(rd), .imm = imm_c_i(raw) * 4096};
    case 4:
      return decode_c_arith(raw);
    case 5:
      return {.op = Op::kJalC, .rd = kSink, .imm = imm_c_j(raw) / 2};
    default:
      return {.op = bits(raw, 13, 13) == 0 ? Op::kBeqC : Op::kBneC,
              .rs1 = source(popular(raw, 7)),
              .rs2 = 0,
              .imm = imm_c_b(raw) / 2};
  }
}

Slot decode_c_register(std::uint32_t raw) {
  const std::uint32_t rd = bits(raw, 11, 7);
  const std::uint32_t rs2 = bits(raw, 6, 2);
  const bool bit12 = bits(raw, 12, 12) != 0;
  if (rs2 != 0) {  // c.mv, c.add
    return {.op = Op::kAddC, .rd = dest(rd), .rs1 = source(bit12 ? rd : 0), .rs2 = source(rs2)};
  }
  if (rd == 0) return bit12 ? trapping(Op::kEbreakC, raw) : illegal(raw);
  return {.op = Op::kJalrC, .rd = bit12 ? std::uint8_t{1} : kSink, .rs1 = source(rd)};
}

Slot decode_quadrant2(std::uint32_t raw) {
  const std::uint32_t rd = bits(raw, 11, 7);
  switch (bits(raw, 15, 13)) {
    case 0:
      if (bits(raw, 12, 12) != 0) return illegal(raw);
      return {.op = Op::kSlliC,
              .rd = dest(rd),
              .rs1 = source(rd),
              .imm = static_cast<std::int32_t>(bits(raw, 6, 2))};
    case 2:
      if (rd == 0) return illegal(raw);
      return {.op = Op::kLwC,
              .rd = dest(rd),
              .rs1 = 2,
              .imm = static_cast<std::int32_t>(move(raw, 3, 2, 6) | move(raw, 12, 12, 5) |
                                               move(raw, 6, 4, 2))};
    case 4:
      return decode_c_register(raw);
    case 6:
      return {.op = Op::kSwC,
              .rs1 = 2,
              .rs2 = source(bits(raw, 6, 2)),
              .imm = static_cast<std::int32_t>(move(raw, 8, 7, 6) | move(raw, 12, 9, 2))};
    default:
      return illegal(raw);
  }
}

}  // namespace

std::int32_t branch_offset(std::uint32_t raw) { return imm_b(raw); }
std::int32_t jal_offset(std::uint32_t raw) { return imm_j(raw); }

Slot decode(std::uint32_t raw, std::uint32_t pc, const Isa& isa) {
  if (is_wide(raw)) return decode_wide(raw, pc, isa);
  if (!isa.c) return illegal(raw);
  const std::uint32_t half = raw & 0xffffu;
  switch (half & 3u) {
    case 0:
      return decode_quadrant0(half);
    case 1:
      return decode_quadrant1(half);
    default:
      return decode_quadrant2(half);
  }
}

}  // namespace fp::riscv
