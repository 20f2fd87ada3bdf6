// SPDX-License-Identifier: Apache-2.0
// The hot loop: a direct-threaded interpreter over decoded slots. Everything rare leaves through
// `slow`, `prepare` or `boundary`; only there are pc_, retired_ and cycles_ brought up to date.
#include <cstring>

#include "cmodel/riscv/hart.hpp"

namespace fp::riscv {
namespace {

constexpr std::uint32_t divide(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return ~0u;
  if (a == 0x80000000u && b == ~0u) return a;
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(a) / static_cast<std::int32_t>(b));
}

constexpr std::uint32_t remainder(std::uint32_t a, std::uint32_t b) {
  if (b == 0) return a;
  if (a == 0x80000000u && b == ~0u) return 0;
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(a) % static_cast<std::int32_t>(b));
}

constexpr std::int64_t wide_signed(std::uint32_t value) { return static_cast<std::int32_t>(value); }

constexpr std::uint32_t high_half(std::int64_t product) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(product) >> 32);
}

}  // namespace

// The slot's operands, and the ways a handler ends.
#define FP_A (x[d->rs1])
#define FP_B (x[d->rs2])
#define FP_IMM (static_cast<std::uint32_t>(d->imm))
#define FP_PC() (page_pc + 2 * static_cast<std::uint32_t>(d - slots))
// NOLINTNEXTLINE(bugprone-macro-parentheses): the star belongs to the goto, it is no operator.
#define FP_DISPATCH() goto* kHandlers[static_cast<std::size_t>(d->op)]
#define FP_NEXT(halves)           \
  do {                            \
    d += (halves);                \
    if (--left == 0) [[unlikely]] \
      goto out_of_quota;          \
    FP_DISPATCH();                \
  } while (false)
#define FP_JUMP_TO(slot_index)                \
  do {                                        \
    const std::uint32_t index = (slot_index); \
    if (index >= slot_count) [[unlikely]] {   \
      pc_ = page_pc + 2 * index;              \
      goto far_jump;                          \
    }                                         \
    d = slots + index;                        \
    if (--left == 0) [[unlikely]]             \
      goto out_of_quota;                      \
    FP_DISPATCH();                            \
  } while (false)
#define FP_JUMP() FP_JUMP_TO(static_cast<std::uint32_t>(d - slots) + FP_IMM)

#define FP_COMPUTE(name, halves, expression) \
  op_##name : x[d->rd] = (expression);       \
  FP_NEXT(halves);
#define FP_BRANCH(name, halves, condition) \
  op_##name : if (condition) FP_JUMP();    \
  FP_NEXT(halves);
#define FP_LOAD(name, halves, type)                                     \
  op_##name : {                                                         \
    const std::uint32_t addr = FP_A + FP_IMM;                           \
    const std::uint32_t offset = addr - memory_base;                    \
    if (offset >= memory_size || addr % sizeof(type) != 0) [[unlikely]] \
      goto slow;                                                        \
    type value;                                                         \
    std::memcpy(&value, memory + offset, sizeof(value));                \
    x[d->rd] = static_cast<std::uint32_t>(std::int32_t{value});         \
  }                                                                     \
  FP_NEXT(halves);
#define FP_STORE(name, halves, type)                                      \
  op_##name : {                                                           \
    const std::uint32_t addr = FP_A + FP_IMM;                             \
    const std::uint32_t offset = addr - memory_base;                      \
    if (offset >= writable_size || addr % sizeof(type) != 0) [[unlikely]] \
      goto slow;                                                          \
    const std::uint8_t flags = store_flags[offset / kPageBytes];          \
    if ((flags & kWatched) != 0) [[unlikely]]                             \
      goto slow;                                                          \
    const auto value = static_cast<type>(FP_B);                           \
    std::memcpy(memory + offset, &value, sizeof(value));                  \
    if (flags != 0) [[unlikely]]                                          \
      DecodeCache::drop(*data_, offset, sizeof(value));                   \
  }                                                                       \
  FP_NEXT(halves);
#define FP_LINK_AND_JUMP(name, halves)           \
  op_##name : x[d->rd] = FP_PC() + 2 * (halves); \
  FP_JUMP();
#define FP_INDIRECT(name, halves)                       \
  op_##name : {                                         \
    const std::uint32_t target = (FP_A + FP_IMM) & ~1u; \
    if ((target & misaligned_bit) != 0) [[unlikely]]    \
      goto slow;                                        \
    x[d->rd] = FP_PC() + 2 * (halves);                  \
    FP_JUMP_TO((target - page_pc) / 2);                 \
  }

void Hart::interpret() {
  static const void* const kHandlers[] = {
      &&op_decode, &&op_page_end, &&op_breakpoint,
#define FP_RISCV_LABEL(name) &&op_##name,
#define FP_RISCV_SLOW_LABEL(name) &&slow,
      FP_RISCV_HOT_OPS(FP_RISCV_LABEL) FP_RISCV_SLOW_OPS(FP_RISCV_SLOW_LABEL)
#undef FP_RISCV_LABEL
#undef FP_RISCV_SLOW_LABEL
  };

  std::uint32_t* const x = x_.data();
  const std::uint32_t misaligned_bit = ~pc_mask() & 2u;

  // The code page under execution.
  Slot* slots = nullptr;
  std::uint32_t slot_count =
      0;  // slots a relative jump may reach directly; 0 for the scratch slots
  std::uint32_t page_pc = 0;
  Slot* d = nullptr;

  // The data region of the latest access.
  std::uint8_t* memory = nullptr;
  std::uint32_t memory_base = 0;
  std::uint32_t memory_size = 0;
  std::uint32_t writable_size = 0;
  const std::uint8_t* store_flags = nullptr;

  std::uint64_t left =
      0;  // instructions until the next boundary; quota_ - left have retired since commit()

boundary:
  if (!at_boundary()) return;
  memory = data_->host;
  memory_base = data_->base;
  memory_size = data_->size;
  writable_size = data_->writable ? data_->size : 0;
  store_flags = data_->store_flags.data();
  quota_ = left = instruction_quota();
  if (passed_breakpoint_) goto prepare;

enter: {
  const std::uint32_t offset = pc_ - code_->base;
  if (offset >= code_->size) [[unlikely]]
    goto prepare;
  CodePage* const page = code_->pages[offset / kPageBytes];
  if (page == nullptr) [[unlikely]]
    goto prepare;
  slots = page->slots.data();
  slot_count = kSlotsPerPage;
  page_pc = pc_ - offset % kPageBytes;
  d = slots + offset % kPageBytes / 2;
  FP_DISPATCH();
}

far_jump:
  if (--left != 0) [[likely]]
    goto enter;
  goto commit_and_cross;

out_of_quota:
  pc_ = FP_PC();
commit_and_cross:
  commit(quota_ - left);
  goto boundary;

op_page_end:
  pc_ = FP_PC();
  goto enter;

op_decode:
  pc_ = FP_PC();
prepare:
  commit(quota_ - left);
  quota_ = left;
  switch (prepare()) {
    case Fetch::kCached:
      goto enter;
    case Fetch::kNone:
      goto boundary;
    case Fetch::kScratch:
      break;
  }
  slots = d = scratch_.data();
  slot_count = 0;
  page_pc = pc_;
  quota_ = left = 1;
  FP_DISPATCH();

op_breakpoint:
  pc_ = FP_PC();
  commit(quota_ - left);
  passed_breakpoint_ = pc_;
  stop_with(StopReason::kBreakpoint);
  goto boundary;

slow:
  pc_ = FP_PC();
  commit(quota_ - left);
  if (execute_slow(*d)) commit(1);
  goto boundary;

  FP_COMPUTE(Lui, 2, FP_IMM)
  FP_COMPUTE(LuiC, 1, FP_IMM)
  FP_COMPUTE(Addi, 2, FP_A + FP_IMM)
  FP_COMPUTE(AddiC, 1, FP_A + FP_IMM)
  FP_COMPUTE(Slti, 2, wide_signed(FP_A) < d->imm ? 1 : 0)
  FP_COMPUTE(Sltiu, 2, FP_A < FP_IMM ? 1 : 0)
  FP_COMPUTE(Xori, 2, FP_A ^ FP_IMM)
  FP_COMPUTE(Ori, 2, FP_A | FP_IMM)
  FP_COMPUTE(Andi, 2, FP_A & FP_IMM)
  FP_COMPUTE(AndiC, 1, FP_A & FP_IMM)
  FP_COMPUTE(Slli, 2, FP_A << d->imm)
  FP_COMPUTE(SlliC, 1, FP_A << d->imm)
  FP_COMPUTE(Srli, 2, FP_A >> d->imm)
  FP_COMPUTE(SrliC, 1, FP_A >> d->imm)
  FP_COMPUTE(Srai, 2, static_cast<std::uint32_t>(static_cast<std::int32_t>(FP_A) >> d->imm))
  FP_COMPUTE(SraiC, 1, static_cast<std::uint32_t>(static_cast<std::int32_t>(FP_A) >> d->imm))

  FP_COMPUTE(Add, 2, FP_A + FP_B)
  FP_COMPUTE(AddC, 1, FP_A + FP_B)
  FP_COMPUTE(Sub, 2, FP_A - FP_B)
  FP_COMPUTE(SubC, 1, FP_A - FP_B)
  FP_COMPUTE(Sll, 2, FP_A << (FP_B & 31u))
  FP_COMPUTE(Slt, 2, wide_signed(FP_A) < wide_signed(FP_B) ? 1 : 0)
  FP_COMPUTE(Sltu, 2, FP_A < FP_B ? 1 : 0)
  FP_COMPUTE(Xor, 2, FP_A ^ FP_B)
  FP_COMPUTE(XorC, 1, FP_A ^ FP_B)
  FP_COMPUTE(Srl, 2, FP_A >> (FP_B & 31u))
  FP_COMPUTE(Sra, 2, static_cast<std::uint32_t>(static_cast<std::int32_t>(FP_A) >> (FP_B & 31u)))
  FP_COMPUTE(Or, 2, FP_A | FP_B)
  FP_COMPUTE(OrC, 1, FP_A | FP_B)
  FP_COMPUTE(And, 2, FP_A & FP_B)
  FP_COMPUTE(AndC, 1, FP_A & FP_B)

  FP_COMPUTE(Mul, 2, FP_A * FP_B)
  FP_COMPUTE(Mulh, 2, high_half(wide_signed(FP_A) * wide_signed(FP_B)))
  FP_COMPUTE(Mulhsu, 2, high_half(wide_signed(FP_A) * std::int64_t{FP_B}))
  FP_COMPUTE(Mulhu, 2, static_cast<std::uint32_t>(std::uint64_t{FP_A} * FP_B >> 32))
  FP_COMPUTE(Div, 2, divide(FP_A, FP_B))
  FP_COMPUTE(Divu, 2, FP_B == 0 ? ~0u : FP_A / FP_B)
  FP_COMPUTE(Rem, 2, remainder(FP_A, FP_B))
  FP_COMPUTE(Remu, 2, FP_B == 0 ? FP_A : FP_A % FP_B)

  FP_LINK_AND_JUMP(Jal, 2)
  FP_LINK_AND_JUMP(JalC, 1)
  FP_INDIRECT(Jalr, 2)
  FP_INDIRECT(JalrC, 1)

  FP_BRANCH(Beq, 2, FP_A == FP_B)
  FP_BRANCH(BeqC, 1, FP_A == FP_B)
  FP_BRANCH(Bne, 2, FP_A != FP_B)
  FP_BRANCH(BneC, 1, FP_A != FP_B)
  FP_BRANCH(Blt, 2, wide_signed(FP_A) < wide_signed(FP_B))
  FP_BRANCH(Bge, 2, wide_signed(FP_A) >= wide_signed(FP_B))
  FP_BRANCH(Bltu, 2, FP_A < FP_B)
  FP_BRANCH(Bgeu, 2, FP_A >= FP_B)

  FP_LOAD(Lb, 2, std::int8_t)
  FP_LOAD(Lh, 2, std::int16_t)
  FP_LOAD(Lw, 2, std::int32_t)
  FP_LOAD(LwC, 1, std::int32_t)
  FP_LOAD(Lbu, 2, std::uint8_t)
  FP_LOAD(Lhu, 2, std::uint16_t)
  FP_STORE(Sb, 2, std::uint8_t)
  FP_STORE(Sh, 2, std::uint16_t)
  FP_STORE(Sw, 2, std::uint32_t)
  FP_STORE(SwC, 1, std::uint32_t)

op_Fence:
  FP_NEXT(2);
}

}  // namespace fp::riscv
