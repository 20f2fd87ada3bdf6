// SPDX-License-Identifier: Apache-2.0
#include "sim-tb/gdb/run_loop.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "cmodel/riscv/decode.hpp"

namespace fp::gdb {

using riscv::Op;

bool RunLoop::insert(Point point, uint32_t addr, uint32_t bytes) {
  const bool room = breakpoints_.size() + watches_.size() < kMaxPoints;
  if (point <= Point::kHardware) {
    if (!room && !breakpoints_.contains({addr, point})) return false;
    breakpoints_.insert({addr, point});
    hart_.add_breakpoint(addr);
    return true;
  }
  const Watch watch{addr, bytes, point};
  if (std::find(watches_.begin(), watches_.end(), watch) != watches_.end()) return true;
  if (!room || bytes == 0) return false;
  watches_.push_back(watch);
  return true;
}

bool RunLoop::remove(Point point, uint32_t addr, uint32_t bytes) {
  if (point > Point::kHardware) return std::erase(watches_, Watch{addr, bytes, point}) != 0;
  if (breakpoints_.erase({addr, point}) == 0) return false;
  const Point other = point == Point::kSoftware ? Point::kHardware : Point::kSoftware;
  if (!breakpoints_.contains({addr, other})) hart_.remove_breakpoint(addr);
  return true;
}

void RunLoop::clear() {
  for (const auto& [addr, point] : breakpoints_) hart_.remove_breakpoint(addr);
  breakpoints_.clear();
  watches_.clear();
}

RunLoop::Outcome RunLoop::run(uint64_t cycles, bool step) {
  const uint64_t deadline = hart_.cycle() + cycles < cycles ? UINT64_MAX : hart_.cycle() + cycles;
  for (;;) {
    const auto access = watches_.empty() ? std::nullopt : next_access();
    const uint64_t retired = hart_.retired();
    const uint64_t steps = retired + hart_.traps();
    hart_.run(deadline - hart_.cycle(), step || !watches_.empty() ? 1 : UINT64_MAX);

    Outcome outcome;
    const riscv::StopReason reason = hart_.stop_reason();
    if (reason == riscv::StopReason::kBreakpoint) {
      const bool software = breakpoints_.contains({hart_.pc(), Point::kSoftware});
      outcome.stop = {.why = Stop::Why::kPoint,
                      .point = software ? Point::kSoftware : Point::kHardware,
                      .addr = hart_.pc()};
      return outcome;
    }
    outcome.over = reason != riscv::StopReason::kBudget || hart_.cycle() >= deadline;
    if (access && hart_.retired() != retired) outcome.stop = touched(*access);
    if (!outcome.stop && step && hart_.retired() + hart_.traps() != steps) {
      outcome.stop = {.why = Stop::Why::kStep};
    }
    if (outcome.stop || outcome.over) return outcome;
  }
}

// What the instruction at the pc will touch if it retires.
std::optional<RunLoop::Access> RunLoop::next_access() const {
  std::array<uint8_t, 4> bytes{};
  const uint32_t pc = hart_.pc();
  if (!hart_.peek(pc, std::span(bytes).first(2))) return std::nullopt;
  if (riscv::is_wide(bytes[0]) && !hart_.peek(pc, bytes)) return std::nullopt;
  uint32_t raw = 0;
  std::memcpy(&raw, bytes.data(), sizeof(raw));
  const riscv::Slot slot = riscv::decode(raw, pc, riscv::kIsaEmbedded);
  const uint32_t base = hart_.reg(slot.rs1);
  const uint32_t addr = base + static_cast<uint32_t>(slot.imm);
  switch (slot.op) {
    case Op::kLb:
    case Op::kLbu:
      return Access{addr, 1, true, false};
    case Op::kLh:
    case Op::kLhu:
      return Access{addr, 2, true, false};
    case Op::kLw:
    case Op::kLwC:
      return Access{addr, 4, true, false};
    case Op::kSb:
      return Access{addr, 1, false, true};
    case Op::kSh:
      return Access{addr, 2, false, true};
    case Op::kSw:
    case Op::kSwC:
      return Access{addr, 4, false, true};
    case Op::kLrW:
      return Access{base, 4, true, false};
    case Op::kScW: {
      // It writes only with the reservation it needs.
      const riscv::HartState state = hart_.save();
      if (!state.reserved || state.reservation != base) return std::nullopt;
      return Access{base, 4, false, true};
    }
    default:
      if (slot.op >= Op::kAmoSwapW && slot.op <= Op::kAmoMaxuW) return Access{base, 4, true, true};
      return std::nullopt;
  }
}

std::optional<Stop> RunLoop::touched(const Access& access) const {
  for (const Watch& watch : watches_) {
    const bool kind = watch.point == Point::kAccess ||
                      (watch.point == Point::kWrite && access.write) ||
                      (watch.point == Point::kRead && access.read);
    if (!kind || access.addr >= uint64_t{watch.addr} + watch.bytes ||
        watch.addr >= uint64_t{access.addr} + access.bytes) {
      continue;
    }
    return Stop{
        .why = Stop::Why::kPoint, .point = watch.point, .addr = std::max(access.addr, watch.addr)};
  }
  return std::nullopt;
}

}  // namespace fp::gdb
