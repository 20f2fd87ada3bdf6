// SPDX-License-Identifier: Apache-2.0
#include "cmodel/riscv/elf_runner.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

namespace fp::riscv {
namespace {

constexpr std::uint32_t kMsipOffset = 0x0;
constexpr std::uint32_t kMtimecmpOffset = 0x4000;
constexpr std::uint32_t kMtimeOffset = 0xbff8;

// Between two looks at interrupted(); a few milliseconds of host time.
constexpr std::uint64_t kQuantumSteps = 1'000'000;

// On RV32 a 64-bit store to tohost is two stores, in either order. Compilers put at most an address
// computation between them.
constexpr std::uint64_t kTohostGapSteps = 16;

// Linux system call numbers, as riscv-tests use them.
constexpr std::uint64_t kSysWrite = 64;
constexpr std::uint64_t kSysExit = 93;
constexpr std::uint64_t kSysExitGroup = 94;
constexpr std::int64_t kBadFile = -9;
constexpr std::int64_t kBadAddress = -14;
constexpr std::int64_t kNoSuchCall = -38;

constexpr unsigned kRegA0 = 10;
constexpr unsigned kRegA7 = 17;

constexpr std::uint32_t kJumpToSelf = 0x0000006f;
constexpr std::uint32_t kJumpToSelfCompressed = 0xa001;

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

std::uint64_t replace_half(std::uint64_t value, bool high, std::uint32_t half) {
  const unsigned shift = high ? 32 : 0;
  return (value & ~(std::uint64_t{0xffffffff} << shift)) | (std::uint64_t{half} << shift);
}

std::uint32_t half_of(std::uint64_t value, bool high) {
  return static_cast<std::uint32_t>(high ? value >> 32 : value);
}

Outcome verdict_of_code(std::uint64_t code) {
  if (code == 0) return {};
  return {.verdict = Verdict::kFail, .test = code};
}

}  // namespace

std::uint32_t Clint::read_word(std::uint32_t offset) {
  switch (offset) {
    case kMsipOffset:
      return msip_ ? 1 : 0;
    case kMtimecmpOffset:
    case kMtimecmpOffset + 4:
      return half_of(mtimecmp_, offset != kMtimecmpOffset);
    case kMtimeOffset:
    case kMtimeOffset + 4:
      return half_of(time(), offset != kMtimeOffset);
    default:
      return 0;
  }
}

void Clint::write_word(std::uint32_t offset, std::uint32_t value) {
  switch (offset) {
    case kMsipOffset:
      msip_ = (value & 1u) != 0;
      break;
    case kMtimecmpOffset:
    case kMtimecmpOffset + 4:
      mtimecmp_ = replace_half(mtimecmp_, offset != kMtimecmpOffset, value);
      break;
    case kMtimeOffset:
    case kMtimeOffset + 4:
      mtime_offset_ = replace_half(time(), offset != kMtimeOffset, value) - hart_->cycle();
      break;
    default:
      break;
  }
}

BusReply Clint::read(std::uint32_t addr, unsigned size, std::uint32_t& out) {
  const std::uint32_t offset = addr - kBase;
  if (offset >= kSize) return {.status = BusStatus::kFault};
  const std::uint32_t value = read_word(offset & ~3u) >> (8 * (offset & 3u));
  out = size == 4 ? value : value & ((1u << (8 * size)) - 1u);
  return {};
}

BusReply Clint::write(std::uint32_t addr, unsigned size, std::uint32_t value) {
  const std::uint32_t offset = addr - kBase;
  if (offset >= kSize) return {.status = BusStatus::kFault};
  const unsigned shift = 8 * (offset & 3u);
  const std::uint32_t mask = (size == 4 ? ~0u : (1u << (8 * size)) - 1u) << shift;
  write_word(offset & ~3u, (read_word(offset & ~3u) & ~mask) | ((value << shift) & mask));
  return {.stop = true};  // the owner looks at the lines again before the next instruction
}

std::uint32_t Clint::lines() { return (msip_ ? kMsip : 0) | (time() >= mtimecmp_ ? kMtip : 0); }

std::optional<std::uint64_t> Clint::cycles_to_timer() {
  const std::uint64_t now = time();
  if (now >= mtimecmp_ || mtimecmp_ == UINT64_MAX) return std::nullopt;
  return mtimecmp_ - now;
}

ElfRunner::ElfRunner(RunnerConfig config, const ElfImage& image, ElfError& error)
    : config_(std::move(config)),
      ram_(config_.ram_bytes),
      hart_({.isa = config_.isa, .reset_pc = image.entry()}, clint_),
      tohost_(image.symbol("tohost").value_or(0)),
      fromhost_(image.symbol("fromhost").value_or(0)) {
  clint_.attach(hart_);
  if (!image.place(ram_, kRunnerRamBase, error)) return;
  for (const auto& [name, addr] :
       {std::pair{"tohost", tohost_}, std::pair{"fromhost", fromhost_}}) {
    if (addr != 0 && (addr % 4 != 0 || memory(addr, addr + 8).empty())) {
      error = {.field = name,
               .found = format("0x%x", addr),
               .expected = format("a word-aligned address in RAM at 0x%x..0x%x", kRunnerRamBase,
                                  kRunnerRamBase + (config_.ram_bytes - 1))};
      return;
    }
  }
  if (config_.isa.c == false && image.entry() % 4 != 0) {
    error = {.field = "e_entry",
             .found = format("0x%x", image.entry()),
             .expected = "a multiple of 4, the core has no compressed instructions"};
    return;
  }
  hart_.add_memory(kRunnerRamBase, ram_);
  if (tohost_ != 0) hart_.watch(tohost_, 8);
  // Nothing is mapped at 0: a program that comes here took a trap without a handler, or jumped to
  // null.
  hart_.add_breakpoint(0);
  ok_ = true;
}

std::span<const std::uint8_t> ElfRunner::memory(std::uint32_t begin, std::uint32_t end) const {
  if (begin < kRunnerRamBase || end < begin || end - kRunnerRamBase > ram_.size()) return {};
  return std::span(ram_).subspan(begin - kRunnerRamBase, end - begin);
}

std::uint32_t ElfRunner::word(std::uint32_t addr) const {
  std::uint32_t value = 0;
  std::memcpy(&value, ram_.data() + (addr - kRunnerRamBase), sizeof(value));
  return value;
}

void ElfRunner::set_word(std::uint32_t addr, std::uint32_t value) {
  std::memcpy(ram_.data() + (addr - kRunnerRamBase), &value, sizeof(value));
  hart_.notify_write(addr, sizeof(value));
}

Outcome ElfRunner::run() {
  for (;;) {
    if (config_.interrupted && config_.interrupted()) return {.verdict = Verdict::kInterrupted};
    const std::uint64_t now = steps();
    if (now >= config_.max_steps) {
      // A verdict stored just before the limit counts.
      const auto outcome = tohost_pending_ ? serve_tohost() : std::nullopt;
      return outcome.value_or(Outcome{.verdict = Verdict::kLimit});
    }

    hart_.set_mip(clint_.lines());
    std::uint64_t quantum = std::min(kQuantumSteps, config_.max_steps - now);
    if (tohost_pending_) quantum = std::min(quantum, tohost_deadline_ - now);
    retired_before_ = hart_.retired();
    traps_before_ = hart_.traps();
    hart_.run(clint_.cycles_to_timer().value_or(UINT64_MAX), quantum);

    if (const std::optional<Outcome> outcome = after_stop()) return *outcome;
  }
}

// Looks at why the hart stopped; an outcome if the program has ended.
std::optional<Outcome> ElfRunner::after_stop() {
  const StopReason reason = hart_.stop_reason();
  const bool stored = reason == StopReason::kWatch;
  if (tohost_pending_) {
    const bool complete = stored || steps() >= tohost_deadline_ || reason == StopReason::kWfi ||
                          reason == StopReason::kBreakpoint;
    return complete ? serve_tohost() : std::nullopt;
  }
  switch (reason) {
    case StopReason::kWatch:
      if (word(tohost_) != 0) {
        tohost_pending_ = true;
        tohost_deadline_ = steps() + kTohostGapSteps;
      }
      return std::nullopt;
    case StopReason::kWfi: {
      const std::uint32_t enabled = hart_.csr(kMie).value_or(0);
      const std::optional<std::uint64_t> wait = clint_.cycles_to_timer();
      if (!wait || (enabled & kMtip) == 0) return asleep_forever();
      hart_.idle(*wait);
      return std::nullopt;
    }
    case StopReason::kBreakpoint:
      return unhandled_trap();
    case StopReason::kBudget:
      if (spins_forever()) {
        return Outcome{.verdict = Verdict::kLimit,
                       .detail = format("a jump to itself at pc 0x%x", hart_.pc())};
      }
      if (traps_forever()) {
        return Outcome{.verdict = Verdict::kLimit,
                       .detail = format("a trap handler at 0x%x that traps, mcause 0x%x",
                                        hart_.pc(), hart_.cause())};
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// Executes the command in tohost: {device:8, command:8, payload:48}. Device 0 takes an exit code
// (odd) or the address of a system call; device 1, command 1 prints a character.
std::optional<Outcome> ElfRunner::serve_tohost() {
  tohost_pending_ = false;
  const std::uint32_t low = word(tohost_);
  const std::uint32_t high = word(tohost_ + 4);
  set_word(tohost_, 0);
  set_word(tohost_ + 4, 0);
  const std::uint32_t device_and_command = high >> 16;
  if (device_and_command == 0x0101) {
    const char character = static_cast<char>(low);
    if (config_.console) config_.console({&character, 1});
    return std::nullopt;
  }
  if (device_and_command != 0 || low == 0) return std::nullopt;
  if ((low & 1u) != 0) return verdict_of_code((std::uint64_t{high} << 32 | low) >> 1);
  return serve_syscall(low);
}

std::optional<Outcome> ElfRunner::serve_syscall(std::uint32_t magic) {
  if (magic % 4 != 0 || memory(magic, magic + 64).empty()) {
    return Outcome{
        .verdict = Verdict::kFail,
        .detail = format("tohost: found 0x%x, expected a system call block in RAM", magic)};
  }
  std::array<std::uint64_t, 4> call{};
  std::memcpy(call.data(), ram_.data() + (magic - kRunnerRamBase), sizeof(call));

  std::int64_t result = kNoSuchCall;
  if (call[0] == kSysExit || call[0] == kSysExitGroup) return verdict_of_code(call[1]);
  if (call[0] == kSysWrite) {
    const std::uint64_t end = call[2] + call[3];
    const bool sane = call[2] <= 0xffffffff && call[3] <= ram_.size();
    const auto text = sane && end <= 0xffffffff ? memory(static_cast<std::uint32_t>(call[2]),
                                                         static_cast<std::uint32_t>(end))
                                                : std::span<const std::uint8_t>{};
    if (call[1] != 1 && call[1] != 2) {
      result = kBadFile;
    } else if (text.size() != call[3]) {
      result = kBadAddress;
    } else {
      if (config_.console) {
        config_.console({reinterpret_cast<const char*>(text.data()), text.size()});
      }
      result = static_cast<std::int64_t>(call[3]);
    }
  }
  set_word(magic, half_of(static_cast<std::uint64_t>(result), false));
  set_word(magic + 4, half_of(static_cast<std::uint64_t>(result), true));
  if (fromhost_ != 0) {
    set_word(fromhost_, 1);
    set_word(fromhost_ + 4, 0);
  }
  return std::nullopt;
}

// The pc is 0. With mtvec still 0 that is a trap nobody handles, except before any trap: then it is
// a jump to null, which goes on and becomes a fetch fault.
std::optional<Outcome> ElfRunner::unhandled_trap() {
  if ((hart_.csr(kMtvec).value_or(0) & ~3u) != 0 || hart_.traps() == 0) return std::nullopt;
  const std::uint32_t cause = hart_.cause();
  const bool exits =
      cause == kBreakpoint || (cause == kEcallMachine && hart_.reg(kRegA7) == kSysExit);
  if (exits && tohost_ == 0) return verdict_of_code(hart_.reg(kRegA0));
  return Outcome{
      .verdict = Verdict::kFail,
      .detail = format("trap without a handler: mcause 0x%x, mepc 0x%x, mtval 0x%x", cause,
                       hart_.csr(kMepc).value_or(0), hart_.csr(kMtval).value_or(0))};
}

Outcome ElfRunner::asleep_forever() const {
  if (tohost_ == 0) return {};
  return {.verdict = Verdict::kFail,
          .detail = format("asleep in WFI at pc 0x%x without writing tohost", hart_.pc())};
}

// A whole quantum of traps and nothing retired: the handler's first instruction traps, and every
// trap leaves the hart as the one before did, with interrupts off.
bool ElfRunner::traps_forever() {
  return hart_.retired() == retired_before_ && hart_.traps() >= traps_before_ + 2;
}

// A jump to itself that no interrupt can end.
bool ElfRunner::spins_forever() {
  std::array<std::uint8_t, 4> bytes{};
  if (!hart_.peek(hart_.pc(), bytes)) return false;
  std::uint32_t insn = 0;
  std::memcpy(&insn, bytes.data(), sizeof(insn));
  const bool spins =
      insn == kJumpToSelf || (config_.isa.c && (insn & 0xffffu) == kJumpToSelfCompressed);
  const bool enabled = (hart_.csr(kMstatus).value_or(0) & kMstatusMie) != 0;
  const bool timer_may_come =
      (hart_.csr(kMie).value_or(0) & kMtip) != 0 && clint_.cycles_to_timer().has_value();
  return spins && !(enabled && timer_may_come);
}

}  // namespace fp::riscv
