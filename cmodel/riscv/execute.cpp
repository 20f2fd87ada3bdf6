// SPDX-License-Identifier: Apache-2.0
// What the interpreter loop leaves to functions: fetching, traps, the bus, and instructions that
// touch more than the integer registers and the region of the latest access.
#include <cstring>

#include "cmodel/riscv/hart.hpp"

namespace fp::riscv {
namespace {

constexpr std::uint32_t extend(std::uint32_t value, unsigned size, bool is_signed) {
  if (!is_signed) return value;
  if (size == 1) return static_cast<std::uint32_t>(static_cast<std::int8_t>(value));
  if (size == 2) return static_cast<std::uint32_t>(static_cast<std::int16_t>(value));
  return value;
}

constexpr std::uint32_t amo_result(Op op, std::uint32_t old, std::uint32_t operand) {
  const auto old_signed = static_cast<std::int32_t>(old);
  const auto operand_signed = static_cast<std::int32_t>(operand);
  switch (op) {
    case Op::kAmoAddW:
      return old + operand;
    case Op::kAmoXorW:
      return old ^ operand;
    case Op::kAmoAndW:
      return old & operand;
    case Op::kAmoOrW:
      return old | operand;
    case Op::kAmoMinW:
      return old_signed < operand_signed ? old : operand;
    case Op::kAmoMaxW:
      return old_signed > operand_signed ? old : operand;
    case Op::kAmoMinuW:
      return old < operand ? old : operand;
    case Op::kAmoMaxuW:
      return old > operand ? old : operand;
    default:
      return operand;  // amoswap
  }
}

bool branch_taken(std::uint32_t funct3, std::uint32_t a, std::uint32_t b) {
  const auto a_signed = static_cast<std::int32_t>(a);
  const auto b_signed = static_cast<std::int32_t>(b);
  switch (funct3) {
    case 0:
      return a == b;
    case 1:
      return a != b;
    case 4:
      return a_signed < b_signed;
    case 5:
      return a_signed >= b_signed;
    case 6:
      return a < b;
    default:
      return a >= b;
  }
}

}  // namespace

bool Hart::trap(std::uint32_t cause, std::uint32_t tval) {
  pc_ = csrs_.enter_trap(cause, tval, pc_);
  reserved_ = false;
  wfi_ = false;
  ++traps_;
  cycles_ += trap_cycles_;
  return false;
}

// Charges a reply and turns a failed one into a trap or a held instruction.
bool Hart::settle(const BusReply& reply, std::uint32_t fault, std::uint32_t addr) {
  if (reply.status == BusStatus::kRetry) {
    stop_with(StopReason::kBus);
    return false;
  }
  cycles_ += reply.cycles;
  if (reply.stop) stop_with(StopReason::kBus);
  return reply.status == BusStatus::kOk || trap(fault, addr);
}

bool Hart::fetch_half(std::uint32_t addr, std::uint32_t& half) {
  const Region* region = cache_.find(addr);
  if (region == nullptr) return settle(bus_.read(addr, 2, half), kFetchFault, addr);
  if (!region->executable) return trap(kFetchFault, addr);
  std::uint16_t bits = 0;
  std::memcpy(&bits, region->host + (addr - region->base), sizeof(bits));
  half = bits;
  return true;
}

// Makes the instruction at pc_ ready to execute. Only what lies in one executable region is cached.
Hart::Fetch Hart::prepare() {
  const bool pass = passed_breakpoint_ == pc_;
  passed_breakpoint_.reset();
  const bool is_breakpoint = !pass && breakpoints_.contains(pc_);

  Region* const region = cache_.find(pc_);
  std::uint32_t raw = 0;
  bool cacheable = region != nullptr && !pass;
  if (!is_breakpoint) {
    std::uint32_t high = 0;
    if (!fetch_half(pc_, raw)) return Fetch::kNone;
    raw &= 0xffffu;
    if (!isa_.c || is_wide(raw)) {
      if (!fetch_half(pc_ + 2, high)) return Fetch::kNone;
      cacheable = cacheable && region->contains(pc_ + 2);
    }
    raw |= high << 16;
  }
  const Slot slot = is_breakpoint ? Slot{.op = Op::kBreakpoint} : decode(raw, pc_, isa_);
  if (!cacheable) {
    scratch_[0] = slot;
    return Fetch::kScratch;
  }
  const std::uint32_t offset = pc_ - region->base;
  cache_.page(*region, offset).slots[offset % kPageBytes / 2] = slot;
  code_ = region;
  return Fetch::kCached;
}

bool Hart::read_memory(std::uint32_t addr, unsigned size, std::uint32_t fault, std::uint32_t& out) {
  Region* const region = cache_.find(addr);
  if (region == nullptr) return settle(bus_.read(addr, size, out), fault, addr);
  data_ = region;
  out = 0;
  std::memcpy(&out, region->host + (addr - region->base), size);
  return true;
}

bool Hart::write_memory(std::uint32_t addr, unsigned size, std::uint32_t value) {
  Region* const region = cache_.find(addr);
  if (region == nullptr) return settle(bus_.write(addr, size, value), kStoreFault, addr);
  if (!region->writable) return trap(kStoreFault, addr);
  data_ = region;
  const std::uint32_t offset = addr - region->base;
  std::memcpy(region->host + offset, &value, size);
  const std::uint8_t flags = region->store_flags[offset / kPageBytes];
  if ((flags & kHasCode) != 0) DecodeCache::drop(*region, offset, size);
  if ((flags & kWatched) != 0) {
    for (const WatchRange& range : watches_) {
      if (addr < range.end && range.begin < std::uint64_t{addr} + size)
        stop_with(StopReason::kWatch);
    }
  }
  return true;
}

bool Hart::load(const Slot& slot, unsigned size, bool is_signed) {
  const std::uint32_t addr = x_[slot.rs1] + static_cast<std::uint32_t>(slot.imm);
  if (addr % size != 0) return trap(kLoadMisaligned, addr);
  std::uint32_t value = 0;
  if (!read_memory(addr, size, kLoadFault, value)) return false;
  x_[slot.rd] = extend(value, size, is_signed);
  return true;
}

bool Hart::store(const Slot& slot, unsigned size) {
  const std::uint32_t addr = x_[slot.rs1] + static_cast<std::uint32_t>(slot.imm);
  if (addr % size != 0) return trap(kStoreMisaligned, addr);
  const std::uint32_t mask = size == 4 ? ~0u : (1u << (8 * size)) - 1u;
  return write_memory(addr, size, x_[slot.rs2] & mask);
}

bool Hart::load_reserved(const Slot& slot) {
  const std::uint32_t addr = x_[slot.rs1];
  if (addr % 4 != 0) return trap(kLoadMisaligned, addr);
  std::uint32_t value = 0;
  if (!read_memory(addr, 4, kLoadFault, value)) return false;
  reserved_ = true;
  reservation_ = addr;
  x_[slot.rd] = value;
  return true;
}

bool Hart::store_conditional(const Slot& slot) {
  const std::uint32_t addr = x_[slot.rs1];
  if (addr % 4 != 0) return trap(kStoreMisaligned, addr);
  const bool success = reserved_ && reservation_ == addr;
  if (success && !write_memory(addr, 4, x_[slot.rs2])) return false;
  reserved_ = false;
  x_[slot.rd] = success ? 0 : 1;
  return true;
}

bool Hart::amo(const Slot& slot) {
  const std::uint32_t addr = x_[slot.rs1];
  if (addr % 4 != 0) return trap(kStoreMisaligned, addr);
  std::uint32_t old = 0;
  if (!read_memory(addr, 4, kStoreFault, old)) return false;
  if (!write_memory(addr, 4, amo_result(slot.op, old, x_[slot.rs2]))) return false;
  x_[slot.rd] = old;
  return true;
}

bool Hart::csr_access(const Slot& slot) {
  const auto raw = static_cast<std::uint32_t>(slot.imm);
  const std::uint32_t number = raw >> 20;
  const std::uint32_t funct3 = raw >> 12 & 7u;
  const std::uint32_t operand = (funct3 & 4u) != 0 ? slot.rs1 : x_[slot.rs1];
  const bool writes = (funct3 & 3u) == 1 || slot.rs1 != 0;
  const bool read_only = (number >> 10 & 3u) == 3u;

  const CounterTotals now = totals(number, 0);
  const std::optional<std::uint32_t> old = csrs_.read(number, now);
  if (!old || (writes && read_only)) return trap(kIllegalInstruction, raw);
  if (writes) {
    std::uint32_t value = operand;
    if ((funct3 & 3u) == 2) value = *old | operand;
    if ((funct3 & 3u) == 3) value = *old & ~operand;
    csrs_.write(number, value, now, totals(number, 1));
  }
  x_[slot.rd] = *old;
  return true;
}

bool Hart::custom(const Slot& slot) {
  const auto raw = static_cast<std::uint32_t>(slot.imm);
  if (custom_ == nullptr) return trap(kIllegalInstruction, raw);
  const CustomReply reply = custom_->execute(*this, raw);
  if (reply.status == CustomReply::Status::kRetry) {
    stop_with(StopReason::kBus);
    return false;
  }
  cycles_ += reply.cycles;
  if (reply.stop) stop_with(StopReason::kBus);
  if (reply.status == CustomReply::Status::kIllegal) return trap(kIllegalInstruction, raw);
  if (reply.status == CustomReply::Status::kTrap) return trap(reply.cause, reply.tval);
  return true;
}

// Executes one instruction that has no fast path, or whose fast path did not apply. Takes the slot
// by value: the bus may drop the page it came from.
bool Hart::execute_slow(Slot slot) {
  const auto raw = static_cast<std::uint32_t>(slot.imm);
  bool done = true;
  switch (slot.op) {
    case Op::kLb:
      done = load(slot, 1, true);
      break;
    case Op::kLh:
      done = load(slot, 2, true);
      break;
    case Op::kLbu:
      done = load(slot, 1, false);
      break;
    case Op::kLhu:
      done = load(slot, 2, false);
      break;
    case Op::kLw:
    case Op::kLwC:
      done = load(slot, 4, false);
      break;
    case Op::kSb:
      done = store(slot, 1);
      break;
    case Op::kSh:
      done = store(slot, 2);
      break;
    case Op::kSw:
    case Op::kSwC:
      done = store(slot, 4);
      break;
    case Op::kLrW:
      done = load_reserved(slot);
      break;
    case Op::kScW:
      done = store_conditional(slot);
      break;
    case Op::kAmoSwapW:
    case Op::kAmoAddW:
    case Op::kAmoXorW:
    case Op::kAmoAndW:
    case Op::kAmoOrW:
    case Op::kAmoMinW:
    case Op::kAmoMaxW:
    case Op::kAmoMinuW:
    case Op::kAmoMaxuW:
      done = amo(slot);
      break;
    case Op::kCsrAccess:
      done = csr_access(slot);
      break;
    case Op::kCustom:
      done = custom(slot);
      break;
    case Op::kEcall:
      return trap(kEcallMachine, 0);
    case Op::kEbreak:
    case Op::kEbreakC:
      return trap(kBreakpoint, pc_);
    case Op::kMret:
      pc_ = csrs_.leave_trap();
      reserved_ = false;
      return true;
    case Op::kWfi:
      wfi_ = true;
      break;
    case Op::kFenceI:
      cache_.clear();
      break;
    case Op::kJalr:
      return trap(kFetchMisaligned, (x_[slot.rs1] + static_cast<std::uint32_t>(slot.imm)) & ~1u);
    case Op::kJumpMisaligned:
      return trap(kFetchMisaligned, pc_ + static_cast<std::uint32_t>(jal_offset(raw)));
    case Op::kBranchMisaligned:
      if (branch_taken(raw >> 12 & 7u, x_[slot.rs1], x_[slot.rs2])) {
        return trap(kFetchMisaligned, pc_ + static_cast<std::uint32_t>(branch_offset(raw)));
      }
      break;
    default:
      return trap(kIllegalInstruction, raw);
  }
  if (done) pc_ += op_length(slot.op);
  return done;
}

}  // namespace fp::riscv
