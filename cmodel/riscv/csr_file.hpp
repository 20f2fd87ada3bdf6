// SPDX-License-Identifier: Apache-2.0
// The machine-mode CSRs of one hart: which exist, what they read, which bits a write keeps (WARL),
// and trap entry and return on mstatus. Knows nothing of instructions; access rules (read-only, rs1
// = x0) are the hart's.
#pragma once

#include <cstdint>
#include <optional>

#include "cmodel/common/state_io.hpp"
#include "cmodel/riscv/isa.hpp"

namespace fp::riscv {

/// The hart's running totals, and the platform's mtime, at the moment of a CSR access.
struct CounterTotals {
  std::uint64_t cycles = 0;
  std::uint64_t retired = 0;
  std::uint64_t time = 0;
};

/// One 64-bit machine counter laid over a running total. It can be preset and frozen without
/// touching the total.
class Counter {
 public:
  std::uint64_t value(std::uint64_t total) const { return inhibited_ ? base_ : base_ + total; }
  /// Makes the counter read `value` when the total is `total`.
  void set(std::uint64_t value, std::uint64_t total) { base_ = inhibited_ ? value : value - total; }
  /// Freezes or thaws the counter at `total`.
  void set_inhibited(bool inhibited, std::uint64_t total) {
    const std::uint64_t now = value(total);
    inhibited_ = inhibited;
    set(now, total);
  }
  bool inhibited() const { return inhibited_; }
  void checkpoint(StateIo& io) { io(base_, inhibited_); }

 private:
  std::uint64_t base_ = 0;  // frozen: the value; counting: value - total, modulo 2^64
  bool inhibited_ = false;
};

class CsrFile {
 public:
  CsrFile(const Isa& isa, std::uint32_t hart_id) : isa_(isa), hart_id_(hart_id) {}

  /// Value of CSR `number`, or nothing if the hart has no such CSR. Reads have no side effects.
  std::optional<std::uint32_t> read(std::uint32_t number, const CounterTotals& now) const;

  /// Writes `value` to CSR `number`, which must exist and be writable. `now` holds the totals
  /// before the writing instruction and `after` those once it has retired: writing a counter
  /// replaces that instruction's increment, so the instruction that follows reads what was written.
  void write(std::uint32_t number, std::uint32_t value, const CounterTotals& now,
             const CounterTotals& after);

  /// Enters a trap taken at `epc` and returns the handler's address. `cause` carries
  /// kCauseInterrupt for interrupts.
  std::uint32_t enter_trap(std::uint32_t cause, std::uint32_t tval, std::uint32_t epc);

  /// Executes mret on mstatus and returns mepc.
  std::uint32_t leave_trap();

  /// Interrupt lines that are pending and enabled in mie, whatever mstatus.MIE says: what ends a
  /// WFI.
  std::uint32_t awake_lines() const { return mip_ & mie_; }
  /// Cause of the interrupt to take now: MEI before MSI before MTI. Nothing if none is pending or
  /// MIE is clear.
  std::optional<std::uint32_t> interrupt() const;

  void set_mip(std::uint32_t lines) { mip_ = lines & kMipAll; }
  std::uint32_t mip() const { return mip_; }
  std::uint32_t mcause() const { return mcause_; }

  /// All that instructions and traps change; the configuration stays.
  void checkpoint(StateIo& io) {
    io(mie_bit_, mpie_bit_, mie_, mip_, mtvec_, mscratch_, mepc_, mcause_, mtval_, mcycle_,
       minstret_);
  }

 private:
  std::uint32_t misa() const;
  std::uint32_t pc_mask() const { return isa_.c ? ~1u : ~3u; }

  Isa isa_;
  std::uint32_t hart_id_;
  bool mie_bit_ = false;   // mstatus.MIE
  bool mpie_bit_ = false;  // mstatus.MPIE
  std::uint32_t mie_ = 0;
  std::uint32_t mip_ = 0;
  std::uint32_t mtvec_ = 0;
  std::uint32_t mscratch_ = 0;
  std::uint32_t mepc_ = 0;
  std::uint32_t mcause_ = 0;
  std::uint32_t mtval_ = 0;
  Counter mcycle_;
  Counter minstret_;
};

}  // namespace fp::riscv
