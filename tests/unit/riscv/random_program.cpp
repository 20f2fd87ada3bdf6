// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/riscv/random_program.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "tests/unit/riscv/encode.hpp"

namespace fp::riscv::test {
namespace {

constexpr unsigned kJumpRegister = 5;  // written by auipc directly before its jalr

struct Item {
  enum class Kind : std::uint8_t {
    kPlain,
    kBranch,
    kJal,
    kAuipcJalr,
    kCJalr,
    kCBranch,
    kCJump,
    kCJal
  };
  Kind kind = Kind::kPlain;
  std::uint32_t bits = 0;  // plain: the instruction; others: its fields beside the offset
  unsigned bytes = 4;
  bool target = true;  // may be jumped to
};

class Generator {
 public:
  Generator(std::mt19937& random, bool with_a_and_c) : random_(random), extended_(with_a_and_c) {}

  RandomProgram build(unsigned length) {
    for (unsigned number = 1; number < 32; ++number) {
      if (is_free(number)) constant(number);
    }
    while (items_.size() < length) emit();
    items_.push_back({.kind = Item::Kind::kJal});
    return assemble();
  }

 private:
  std::uint32_t pick(std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random_);
  }
  std::int32_t imm12() { return static_cast<std::int32_t>(pick(4096)) - 2048; }

  static bool is_free(unsigned number) {
    return number != kWindowLow && number != kWindowHigh && number != kWindowStack &&
           number != kJumpRegister;
  }
  std::uint32_t any() { return pick(32); }
  // x0 included: a write to it must vanish.
  std::uint32_t dest() {
    for (;;) {
      const std::uint32_t number = pick(32);
      if (is_free(number)) return number;
    }
  }
  std::uint32_t popular_dest() { return 10 + pick(6); }
  std::uint32_t window() { return pick(2) == 0 ? kWindowLow : kWindowHigh; }

  void plain(std::uint32_t bits, bool target = true) {
    items_.push_back({.bits = bits, .target = target});
  }
  void compressed(std::uint32_t bits) { items_.push_back({.bits = bits, .bytes = 2}); }

  // Puts a value into `number` that is likely to sit on an edge of some instruction.
  void constant(std::uint32_t number) {
    static constexpr std::array<std::uint32_t, 8> kEdges = {
        0, 1, 0xffffffff, 0x80000000, 0x7fffffff, 0xfffffffe, 0x80000001, 0x0000ffff};
    const std::uint32_t value = pick(2) == 0 ? kEdges[pick(kEdges.size())] : random_();
    plain(lui(number, (value + 0x800) >> 12));
    plain(addi(number, number, static_cast<std::int32_t>(value << 20) >> 20));
  }

  void emit() {
    switch (pick(extended_ ? 17 : 10)) {
      case 0:
        op_imm();
        break;
      case 1:
      case 2:
        plain(enc_r(0, any(), any(), pick(8), dest(), 0x33));
        break;
      case 3:
        plain(enc_r(0x20, any(), any(), pick(2) * 5, dest(), 0x33));
        break;
      case 4:
        plain(enc_r(1, any(), any(), pick(8), dest(), 0x33));
        break;
      case 5:
        upper_or_edge();
        break;
      case 6:
        load_or_store();
        break;
      case 7:
        items_.push_back({.kind = Item::Kind::kBranch, .bits = branch_fields()});
        break;
      case 8:
        jump();
        break;
      case 9:
        system();
        break;
      case 10:
        atomics();
        break;
      case 11:
      case 12:
        compressed_quadrant0();
        break;
      case 13:
      case 14:
        compressed_quadrant1();
        break;
      default:
        compressed_quadrant2();
        break;
    }
  }

  void op_imm() {
    const std::uint32_t funct3 = pick(8);
    std::int32_t imm = imm12();
    if (funct3 == 1) imm = static_cast<std::int32_t>(pick(32));
    if (funct3 == 5) imm = static_cast<std::int32_t>(pick(32) | pick(2) << 10);
    plain(enc_i(imm, any(), funct3, dest(), 0x13));
  }

  void upper_or_edge() {
    switch (pick(3)) {
      case 0:
        plain(lui(dest(), pick(1u << 20)));
        break;
      case 1:
        plain(auipc(dest(), pick(1u << 20)));
        break;
      default:
        constant(dest());
        break;
    }
  }

  void load_or_store() {
    static constexpr std::array<std::uint32_t, 5> kLoads = {0, 1, 2, 4, 5};
    if (pick(2) == 0) {
      const std::uint32_t funct3 = kLoads[pick(kLoads.size())];
      plain(enc_i(aligned(1u << (funct3 & 3u)), window(), funct3, dest(), 0x03));
    } else {
      const std::uint32_t funct3 = pick(3);
      plain(enc_s(aligned(1u << funct3), any(), window(), funct3));
    }
  }
  std::int32_t aligned(std::uint32_t size) { return imm12() & -static_cast<std::int32_t>(size); }

  std::uint32_t branch_fields() {
    static constexpr std::array<std::uint32_t, 6> kConditions = {0, 1, 4, 5, 6, 7};
    return enc_b(0, any(), any(), kConditions[pick(kConditions.size())]);
  }

  void jump() {
    const std::uint32_t form = pick(extended_ ? 3 : 2);
    if (form == 0) {
      items_.push_back({.kind = Item::Kind::kJal, .bits = dest()});
    } else if (form == 2) {  // c.jr, c.jalr
      items_.push_back({.kind = Item::Kind::kCJalr, .bits = 8u + pick(2), .bytes = 10});
    } else {
      items_.push_back({.kind = Item::Kind::kAuipcJalr, .bits = dest(), .bytes = 8});
    }
  }

  void system() {
    static constexpr std::uint32_t kMscratchCsr = 0x340;
    switch (pick(6)) {
      case 0:
        plain(kFenceInsn);
        break;
      case 1:
        plain(extended_ && pick(16) == 0 ? kFenceIInsn : kNop);
        break;
      case 2:
        plain(csr_op(1 + pick(3), dest(), kMscratchCsr, any()));
        break;
      case 3:
        plain(csr_op(5 + pick(3), dest(), kMscratchCsr, pick(32)));
        break;
      default:
        constant(dest());
        break;
    }
  }

  void atomics() {
    static constexpr std::array<std::uint32_t, 9> kAmos = {0, 1, 4, 8, 12, 16, 20, 24, 28};
    const std::uint32_t order = pick(4);  // aq, rl
    const auto emit_amo = [&](std::uint32_t funct5, std::uint32_t rd, std::uint32_t rs1,
                              std::uint32_t rs2, bool target) {
      plain(enc_r(funct5 << 2 | order, rs2, rs1, 2, rd, 0x2f), target);
    };
    const std::uint32_t address = window();
    switch (pick(4)) {
      case 0:  // a pair; nothing jumps between
        emit_amo(2, dest(), address, 0, true);
        for (std::uint32_t i = pick(3); i > 0; --i) {
          plain(enc_r(0, any(), any(), pick(8), dest(), 0x33), false);
        }
        emit_amo(3, dest(), address, any(), false);
        break;
      case 1:  // no reservation: fails
        emit_amo(3, dest(), address, any(), true);
        break;
      default:
        emit_amo(kAmos[pick(kAmos.size())], dest(), address, any(), true);
        break;
    }
  }

  void compressed_quadrant0() {
    const std::uint32_t base = (pick(2) == 0 ? kWindowLow : kWindowHigh) - 8;
    const std::uint32_t other = pick(8);
    switch (pick(3)) {
      case 0: {  // c.addi4spn
        const std::uint32_t imm = 1 + pick(255);
        compressed(imm << 5 | (popular_dest() - 8) << 2);
        break;
      }
      case 1:
        compressed(2u << 13 | pick(8) << 10 | base << 7 | pick(4) << 5 | (popular_dest() - 8) << 2);
        break;
      default:
        compressed(6u << 13 | pick(8) << 10 | base << 7 | pick(4) << 5 | other << 2);
        break;
    }
  }

  void compressed_quadrant1() {
    const std::uint32_t imm6 = pick(2) << 12 | pick(32) << 2;
    switch (pick(8)) {
      case 0:
        compressed(1u | imm6 | dest() << 7);
        break;  // c.addi, c.nop
      case 1:
        compressed(1u | 2u << 13 | imm6 | dest() << 7);
        break;   // c.li
      case 2: {  // c.lui
        const std::uint32_t nonzero = imm6 == 0 ? 4u : imm6;
        compressed(1u | 3u << 13 | nonzero | dest() << 7);
        break;
      }
      case 3:
        compressed(1u | 4u << 13 | pick(2) << 10 | (popular_dest() - 8) << 7 | pick(32) << 2);
        break;
      case 4:
        compressed(1u | 4u << 13 | 2u << 10 | (popular_dest() - 8) << 7 | imm6);
        break;
      case 5:
        compressed(1u | 4u << 13 | 3u << 10 | (popular_dest() - 8) << 7 | pick(4) << 5 |
                   pick(8) << 2);
        break;
      case 6:
        items_.push_back({.kind = Item::Kind::kCBranch,
                          .bits = 1u | (6u + pick(2)) << 13 | pick(8) << 7,
                          .bytes = 2});
        break;
      default:
        items_.push_back(
            {.kind = pick(2) == 0 ? Item::Kind::kCJump : Item::Kind::kCJal, .bytes = 2});
        break;
    }
  }

  void compressed_quadrant2() {
    switch (pick(5)) {
      case 0:
        compressed(2u | dest() << 7 | pick(32) << 2);
        break;   // c.slli
      case 1: {  // c.lwsp
        std::uint32_t rd = dest();
        if (rd == 0) rd = 1;
        compressed(2u | 2u << 13 | pick(2) << 12 | rd << 7 | pick(32) << 2);
        break;
      }
      case 2:
        compressed(2u | 6u << 13 | pick(64) << 7 | any() << 2);
        break;  // c.swsp
      case 3:
        compressed(2u | 4u << 13 | dest() << 7 | (1 + pick(31)) << 2);
        break;  // c.mv
      default:
        compressed(2u | 9u << 12 | dest() << 7 | (1 + pick(31)) << 2);
        break;  // c.add
    }
  }

  // An item to jump to from item `from`, at most `reach` bytes away in either direction.
  std::int32_t offset_to_target(std::size_t from, std::int32_t reach) {
    for (;;) {
      const std::size_t to = pick(static_cast<std::uint32_t>(items_.size()));
      const std::int32_t offset = static_cast<std::int32_t>(places_[to] - places_[from]);
      if (items_[to].target && offset >= -reach && offset <= reach) return offset;
    }
  }

  static std::uint32_t c_branch_offset(std::int32_t offset) {
    const auto u = static_cast<std::uint32_t>(offset);
    return (u >> 8 & 1u) << 12 | (u >> 3 & 3u) << 10 | (u >> 6 & 3u) << 5 | (u >> 1 & 3u) << 3 |
           (u >> 5 & 1u) << 2;
  }
  static std::uint32_t c_jump_offset(std::int32_t offset) {
    const auto u = static_cast<std::uint32_t>(offset);
    return (u >> 11 & 1u) << 12 | (u >> 4 & 1u) << 11 | (u >> 8 & 3u) << 9 | (u >> 10 & 1u) << 8 |
           (u >> 6 & 1u) << 7 | (u >> 7 & 1u) << 6 | (u >> 1 & 7u) << 3 | (u >> 5 & 1u) << 2;
  }

  RandomProgram assemble() {
    std::uint32_t at = 0;
    for (const Item& item : items_) {
      places_.push_back(at);
      at += item.bytes;
    }
    std::vector<std::uint8_t> bytes;
    const auto put = [&](std::uint32_t bits, unsigned count) {
      for (unsigned i = 0; i < count; ++i)
        bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
    };
    for (std::size_t i = 0; i < items_.size(); ++i) {
      const Item& item = items_[i];
      const bool last = i + 1 == items_.size();
      switch (item.kind) {
        case Item::Kind::kPlain:
          put(item.bits, item.bytes);
          break;
        case Item::Kind::kBranch:
          put(item.bits | enc_b(offset_to_target(i, 4000), 0, 0, 0), 4);
          break;
        case Item::Kind::kJal:
          put(enc_j(last ? -static_cast<std::int32_t>(places_[i]) : offset_to_target(i, 1 << 19),
                    item.bits),
              4);
          break;
        case Item::Kind::kAuipcJalr: {
          const std::int32_t offset =
              offset_to_target(i, 2000) + static_cast<std::int32_t>(pick(2));
          put(auipc(kJumpRegister, 0), 4);
          put(jalr(item.bits, kJumpRegister, offset), 4);
          break;
        }
        case Item::Kind::kCJalr:
          put(auipc(kJumpRegister, 0), 4);
          put(addi(kJumpRegister, kJumpRegister, offset_to_target(i, 2000)), 4);
          put(2u | item.bits << 12 | kJumpRegister << 7, 2);
          break;
        case Item::Kind::kCBranch:
          put(item.bits | c_branch_offset(offset_to_target(i, 250)), 2);
          break;
        case Item::Kind::kCJump:
          put(1u | 5u << 13 | c_jump_offset(offset_to_target(i, 2000)), 2);
          break;
        case Item::Kind::kCJal:
          put(1u | 1u << 13 | c_jump_offset(offset_to_target(i, 2000)), 2);
          break;
      }
    }
    RandomProgram program{.code = std::move(bytes), .entries = {}};
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (items_[i].target) program.entries.push_back(places_[i]);
    }
    return program;
  }

  std::mt19937& random_;
  bool extended_;
  std::vector<Item> items_;
  std::vector<std::uint32_t> places_;
};

}  // namespace

RandomProgram random_program(std::mt19937& random, unsigned length, bool with_a_and_c) {
  return Generator(random, with_a_and_c).build(length);
}

}  // namespace fp::riscv::test
