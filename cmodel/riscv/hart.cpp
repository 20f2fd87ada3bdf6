// SPDX-License-Identifier: Apache-2.0
#include "cmodel/riscv/hart.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace fp::riscv {

static_assert(std::endian::native == std::endian::little, "guest memory is accessed in host order");

namespace {

constexpr std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  return a + b < a ? UINT64_MAX : a + b;
}

}  // namespace

Hart::Hart(const HartConfig& config, Bus& bus)
    : isa_(config.isa),
      cpi_(config.cycles_per_instruction),
      trap_cycles_(config.cycles_per_trap),
      reset_pc_(config.reset_pc),
      bus_(bus),
      csrs_(config.isa, config.hart_id),
      hart_id_(config.hart_id),
      cache_(config.decode_pages) {
  if (cpi_ == 0 || trap_cycles_ == 0) {
    throw std::invalid_argument("hart: cycles per instruction and per trap must be at least 1");
  }
  scratch_[1].op = Op::kPageEnd;
  scratch_[2].op = Op::kPageEnd;
  set_pc(reset_pc_);
}

void Hart::add_memory(std::uint32_t base, std::span<std::uint8_t> memory, bool writable,
                      bool executable) {
  cache_.add_region(base, memory, writable, executable);
}

void Hart::reset() {
  const std::uint32_t lines = csrs_.mip();
  csrs_ = CsrFile(isa_, hart_id_);
  csrs_.set_mip(lines);
  x_.fill(0);
  set_pc(reset_pc_);
  retired_ = 0;
  traps_ = 0;
  cycles_ = 0;
  wfi_ = false;
  reserved_ = false;
  stop_reason_ = StopReason::kBudget;
  stop_request_.reset();
  passed_breakpoint_.reset();
  cache_.clear();
}

HartState Hart::save() const {
  HartState state{.csrs = csrs_};
  std::copy_n(x_.begin(), state.x.size(), state.x.begin());
  state.pc = pc_;
  state.retired = retired_;
  state.traps = traps_;
  state.cycles = cycles_;
  state.wfi = wfi_;
  state.reserved = reserved_;
  state.reservation = reservation_;
  return state;
}

void Hart::restore(const HartState& state) {
  reset();
  csrs_ = state.csrs;
  std::copy(state.x.begin(), state.x.end(), x_.begin());
  x_[0] = 0;
  set_pc(state.pc);
  retired_ = state.retired;
  traps_ = state.traps;
  cycles_ = state.cycles;
  wfi_ = state.wfi;
  reserved_ = state.reserved;
  reservation_ = state.reservation;
}

std::uint64_t Hart::run(std::uint64_t max_cycles, std::uint64_t max_steps) {
  const std::uint64_t start = cycles_;
  deadline_ = saturating_add(cycles_, max_cycles);
  step_deadline_ = saturating_add(retired_ + traps_, max_steps);
  interpret();
  return cycles_ - start;
}

StepRecord Hart::step() {
  StepRecord record{.pc = pc_};
  Slot slot;
  std::array<std::uint8_t, 4> bytes{};
  if (peek(pc_, std::span(bytes).first(2))) {
    const bool wide = !isa_.c || is_wide(bytes[0]);
    if (!wide || peek(pc_, bytes)) {
      std::memcpy(&record.insn, bytes.data(), sizeof(record.insn));
      slot = decode(record.insn, pc_, isa_);
    }
  }
  const std::uint64_t retired = retired_;
  const std::uint64_t traps = traps_;
  record.cycles = run(UINT64_MAX, 1);
  record.retired = retired_ != retired;
  record.trapped = traps_ != traps;
  if (record.retired && slot.rd != kSink) {
    record.rd = slot.rd;
    record.value = x_[slot.rd];
  }
  return record;
}

std::optional<std::uint32_t> Hart::csr(std::uint32_t number) {
  return csrs_.read(number, totals(number, 0));
}

bool Hart::set_csr(std::uint32_t number, std::uint32_t value) {
  if ((number >> 10 & 3u) == 3u || !csr(number)) return false;
  const CounterTotals now = totals(number, 0);
  csrs_.write(number, value, now, now);
  return true;
}

void Hart::add_breakpoint(std::uint32_t addr) {
  if (breakpoints_.insert(addr).second) cache_.drop_range(addr, 2);
}

void Hart::remove_breakpoint(std::uint32_t addr) {
  if (breakpoints_.erase(addr) != 0) cache_.drop_range(addr, 2);
}

void Hart::watch(std::uint32_t addr, std::uint32_t size) {
  watches_.push_back({.begin = addr, .end = std::uint64_t{addr} + size});
  cache_.watch_range(addr, size);
}

void Hart::notify_write(std::uint32_t addr, std::uint32_t size) {
  cache_.drop_range(addr, size);
  const std::uint64_t end = std::uint64_t{addr} + size;
  if (reserved_ && addr < std::uint64_t{reservation_} + 4 && reservation_ < end) reserved_ = false;
}

bool Hart::peek(std::uint32_t addr, std::span<std::uint8_t> out) const {
  const Region* region = cache_.find(addr);
  if (region == nullptr || out.size() > region->size - (addr - region->base)) return false;
  std::copy_n(region->host + (addr - region->base), out.size(), out.begin());
  return true;
}

// Decides what happens between two instructions. True: execute the one at pc_.
bool Hart::at_boundary() {
  if (stop_request_) {
    stop_reason_ = *stop_request_;
    stop_request_.reset();
    return false;
  }
  for (;;) {
    if (cycles_ >= deadline_ || retired_ + traps_ >= step_deadline_) {
      stop_reason_ = StopReason::kBudget;
      return false;
    }
    if (wfi_ && csrs_.awake_lines() == 0) {
      stop_reason_ = StopReason::kWfi;
      return false;
    }
    wfi_ = false;
    const std::optional<std::uint32_t> cause = csrs_.interrupt();
    if (!cause) return true;
    trap(*cause, 0);
  }
}

// Instructions that may start before the budget is used up, if none stalls. At least 1 after
// at_boundary().
std::uint64_t Hart::instruction_quota() const {
  const std::uint64_t cycles = deadline_ - cycles_;
  const std::uint64_t by_cycles = cpi_ == 1 ? cycles : cycles / cpi_ + (cycles % cpi_ != 0 ? 1 : 0);
  return std::min(by_cycles, step_deadline_ - retired_ - traps_);
}

CounterTotals Hart::totals(std::uint32_t csr_number, unsigned instructions) {
  const bool wants_time = csr_number == kTime || csr_number == kTimeh;
  return {.cycles = cycles_ + std::uint64_t{instructions} * cpi_,
          .retired = retired_ + instructions,
          .time = wants_time ? bus_.time() : 0};
}

}  // namespace fp::riscv
