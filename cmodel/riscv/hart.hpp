// SPDX-License-Identifier: Apache-2.0
// Instruction-set simulator of one RV32 hart, machine mode only: the embedded core and the NP cores
// run on it. Cycles are counted, not modelled: cycle = retired * CPI + traps * trap cost + stalls
// the bus and custom units report.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <type_traits>
#include <vector>

#include "cmodel/riscv/bus.hpp"
#include "cmodel/riscv/csr_file.hpp"
#include "cmodel/riscv/decode_cache.hpp"
#include "cmodel/riscv/isa.hpp"

namespace fp::riscv {

struct HartConfig {
  Isa isa = kIsaEmbedded;
  std::uint32_t hart_id = 0;
  std::uint32_t reset_pc = 0;                ///< Its low bits are cleared to the ISA's alignment.
  std::uint32_t cycles_per_instruction = 1;  ///< CPI, at least 1.
  std::uint32_t cycles_per_trap = 1;         ///< Entry of an exception or interrupt, at least 1.
  std::size_t decode_pages =
      64;  ///< Bound of the decode cache: 16 KiB of host memory per 4 KiB of code.
};

/// Why run() came back.
enum class StopReason : std::uint8_t {
  kBudget,      ///< The cycles or steps asked for are used up.
  kWfi,         ///< Asleep in WFI: nothing happens until set_mip() raises a line that mie enables.
  kBus,         ///< A bus or custom reply asked for it (stop, or kRetry).
  kBreakpoint,  ///< The pc is at a breakpoint, its instruction not executed; the next run()
                ///< executes it.
  kHalt,        ///< request_halt() was called.
  kWatch,       ///< A store, SC or AMO of this hart wrote a watched range; it has retired.
};

/// What one step() did, for comparing against RTL or printing.
struct StepRecord {
  std::uint32_t pc = 0;
  std::uint32_t insn =
      0;                ///< Two- or four-byte instruction; 0 if it does not lie in mapped memory.
  std::uint8_t rd = 0;  ///< Integer register written, 0 for none.
  std::uint32_t value = 0;  ///< Its new value.
  bool retired = false;
  bool trapped = false;  ///< An exception or interrupt was taken instead; cause() tells which.
  std::uint64_t cycles = 0;
};

/// Everything a hart holds between two runs except memory, breakpoints and watches: what a
/// checkpoint keeps. Trivially copyable; valid for a hart of the same configuration.
struct HartState {
  std::array<std::uint32_t, 32> x{};
  std::uint32_t pc = 0;
  CsrFile csrs;
  std::uint64_t retired = 0;
  std::uint64_t traps = 0;
  std::uint64_t cycles = 0;
  bool wfi = false;
  bool reserved = false;
  std::uint32_t reservation = 0;
};
static_assert(std::is_trivially_copyable_v<HartState>);

/// Not thread-safe: one thread at a time, and re-entry only as bus.hpp says. Does not allocate
/// while running once the code pages in use are decoded.
class Hart {
 public:
  /// `bus` must outlive the hart. Throws std::invalid_argument on a zero CPI or trap cost.
  Hart(const HartConfig& config, Bus& bus);
  Hart(const Hart&) = delete;
  Hart& operator=(const Hart&) = delete;

  /// Maps host memory at `base` for direct access. The memory stays the caller's. Throws as
  /// DecodeCache::add_region.
  void add_memory(std::uint32_t base, std::span<std::uint8_t> memory, bool writable = true,
                  bool executable = true);

  /// Back to the state after construction: registers and totals zero, pc at reset_pc; memory,
  /// breakpoints, the custom unit and the interrupt lines stay.
  void reset();

  HartState save() const;
  /// Continues from `state`; memory must be the owner's copy of the same moment.
  void restore(const HartState& state);

  /// Executes until at least `max_cycles` cycles are used or `max_steps` instructions retired or
  /// trapped, or a stop comes earlier; the last instruction may run past the budget by its CPI and
  /// stalls. Returns the cycles used; stop_reason() tells why it ended. Zero cycles or steps
  /// execute nothing.
  std::uint64_t run(std::uint64_t max_cycles, std::uint64_t max_steps = UINT64_MAX);
  StopReason stop_reason() const { return stop_reason_; }

  /// Executes one instruction or takes one trap.
  StepRecord step();

  /// Sets the interrupt lines that mip shows (kMeip, kMtip, kMsip; other bits are ignored). Levels,
  /// not pulses.
  void set_mip(std::uint32_t lines) { csrs_.set_mip(lines); }
  std::uint32_t mip() const { return csrs_.mip(); }

  /// Asleep in WFI and no enabled line is pending.
  bool in_wfi() const { return wfi_ && csrs_.awake_lines() == 0; }
  /// Lets `cycles` pass without instructions, for time spent in WFI.
  void idle(std::uint64_t cycles) { cycles_ += cycles; }

  /// Ends run() after the instruction under way. For bus and custom callbacks, or between runs.
  void request_halt() { stop_request_ = StopReason::kHalt; }

  std::uint32_t pc() const { return pc_; }
  void set_pc(std::uint32_t pc) { pc_ = pc & pc_mask(); }
  /// Register `number` (0..31).
  std::uint32_t reg(unsigned number) const { return x_[number & 31]; }
  void set_reg(unsigned number, std::uint32_t value) {
    if ((number & 31) != 0) x_[number & 31] = value;
  }
  /// Reads a CSR as csrr would; nothing if it does not exist.
  std::optional<std::uint32_t> csr(std::uint32_t number);
  /// Writes a CSR as csrw would between two instructions; false if it does not exist or is
  /// read-only.
  bool set_csr(std::uint32_t number, std::uint32_t value);

  /// Instructions retired since reset, whatever minstret was written to.
  std::uint64_t retired() const { return retired_; }
  /// Exceptions and interrupts taken since reset.
  std::uint64_t traps() const { return traps_; }
  /// Cycles since reset, whatever mcycle was written to.
  std::uint64_t cycle() const { return cycles_; }
  /// mcause of the latest trap.
  std::uint32_t cause() const { return csrs_.mcause(); }

  /// run() stops before executing the instruction at `addr`.
  void add_breakpoint(std::uint32_t addr);
  void remove_breakpoint(std::uint32_t addr);

  /// run() stops behind an instruction that writes any of the `size` bytes of mapped memory at
  /// `addr`.
  void watch(std::uint32_t addr, std::uint32_t size);

  /// Tells the hart that someone else wrote `size` bytes of mapped memory at `addr` (DMA, a loader,
  /// another hart): decoded instructions and an LR reservation there are dropped.
  void notify_write(std::uint32_t addr, std::uint32_t size);

  /// Executes custom-0..3 from now on; null: they are illegal. Not owned.
  void set_custom(CustomUnit* unit) { custom_ = unit; }

  /// Copies mapped memory without side effects; false, and `out` unchanged, if any byte is not
  /// mapped.
  bool peek(std::uint32_t addr, std::span<std::uint8_t> out) const;

 private:
  enum class Fetch : std::uint8_t {
    kCached,   // the slot for pc_ is decoded in its page
    kScratch,  // the instruction at pc_ is in scratch_[0], good for one execution
    kNone,     // fetching trapped or is held; nothing to execute
  };

  struct WatchRange {
    std::uint32_t begin;
    std::uint64_t end;
  };

  // interpreter.cpp
  void interpret();

  // hart.cpp
  bool at_boundary();
  std::uint64_t instruction_quota() const;
  void commit(std::uint64_t instructions) {
    retired_ += instructions;
    cycles_ += instructions * cpi_;
  }
  void stop_with(StopReason reason) {
    if (!stop_request_) stop_request_ = reason;
  }

  // execute.cpp. Those that return bool: true if the instruction is done and may retire; otherwise
  // it trapped (pc_ is at the handler) or is held (pc_ unchanged, the run ends).
  Fetch prepare();
  bool fetch_half(std::uint32_t addr, std::uint32_t& half);
  bool trap(std::uint32_t cause, std::uint32_t tval);
  bool settle(const BusReply& reply, std::uint32_t fault, std::uint32_t addr);
  bool read_memory(std::uint32_t addr, unsigned size, std::uint32_t fault, std::uint32_t& out);
  bool write_memory(std::uint32_t addr, unsigned size, std::uint32_t value);
  bool execute_slow(Slot slot);
  bool load(const Slot& slot, unsigned size, bool is_signed);
  bool store(const Slot& slot, unsigned size);
  bool load_reserved(const Slot& slot);
  bool store_conditional(const Slot& slot);
  bool amo(const Slot& slot);
  bool csr_access(const Slot& slot);
  bool custom(const Slot& slot);
  CounterTotals totals(std::uint32_t csr_number, unsigned instructions);

  std::uint32_t pc_mask() const { return isa_.c ? ~1u : ~3u; }

  // Hot state first.
  std::array<std::uint32_t, 33> x_{};  // [kSink] takes writes to x0
  std::uint32_t pc_ = 0;
  Region* data_ = &nowhere_;  // region of the latest load or store
  Region* code_ = &nowhere_;  // region of the latest fetch
  std::uint64_t quota_ = 0;

  Isa isa_;
  std::uint32_t cpi_;
  std::uint32_t trap_cycles_;
  std::uint32_t reset_pc_;
  Bus& bus_;
  CustomUnit* custom_ = nullptr;
  CsrFile csrs_;
  std::uint32_t hart_id_;
  DecodeCache cache_;
  Region nowhere_;                 // contains no address
  std::array<Slot, 3> scratch_{};  // one instruction that is not cached, and two page ends

  std::uint64_t retired_ = 0;
  std::uint64_t traps_ = 0;
  std::uint64_t cycles_ = 0;
  std::uint64_t deadline_ = 0;       // value of cycles_ that ends the run
  std::uint64_t step_deadline_ = 0;  // value of retired_ + traps_ that ends the run
  std::vector<WatchRange> watches_;
  bool wfi_ = false;
  bool reserved_ = false;
  std::uint32_t reservation_ = 0;
  StopReason stop_reason_ = StopReason::kBudget;
  std::optional<StopReason> stop_request_;
  std::set<std::uint32_t> breakpoints_;
  std::optional<std::uint32_t> passed_breakpoint_;  // stopped here, execute it next
};

}  // namespace fp::riscv
