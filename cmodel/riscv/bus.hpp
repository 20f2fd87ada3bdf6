// SPDX-License-Identifier: Apache-2.0
// What a hart asks of its surroundings: reads and writes outside its directly mapped memory, the
// wall-clock counter, and custom instructions. The owner of the hart implements these; calls come
// from Hart::run only.
#pragma once

#include <cstdint>

namespace fp::riscv {

class Hart;

enum class BusStatus : std::uint8_t {
  kOk,     ///< Done.
  kFault,  ///< Nothing answered or the access was refused: the hart takes an access fault.
  kRetry,  ///< Not done. run() returns with the pc at this instruction and the next run() issues it
           ///< again.
};

/// Answer to one bus access.
struct BusReply {
  BusStatus status = BusStatus::kOk;
  bool stop = false;  ///< End the quantum after this instruction (it still retires or traps).
  std::uint32_t cycles = 0;  ///< Stall cycles beyond the instruction's own; ignored with kRetry.
};

/// Everything outside the hart's directly mapped memory. The hart holds a reference, never
/// ownership. While a call is under way the hart's pc(), cycle() and retired() describe the
/// instruction that asks, and set_mip(), request_halt() and notify_write() may be called; an
/// interrupt raised here is taken before the next instruction.
class Bus {
 public:
  Bus() = default;
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;
  virtual ~Bus() = default;

  /// Reads `size` bytes (1, 2 or 4) at `addr`, which is a multiple of `size`. `out` is
  /// zero-extended and is looked at only after kOk. Instruction fetches outside mapped memory
  /// arrive as reads of 2 bytes.
  virtual BusReply read(std::uint32_t addr, unsigned size, std::uint32_t& out) = 0;

  /// Writes the low `size` bytes (1, 2 or 4) of `value` at `addr`, which is a multiple of `size`.
  virtual BusReply write(std::uint32_t addr, unsigned size, std::uint32_t value) = 0;

  /// The platform's mtime, in its own ticks: what the `time` and `timeh` CSRs show.
  virtual std::uint64_t time() { return 0; }
};

/// Answer to one custom instruction.
struct CustomReply {
  enum class Status : std::uint8_t {
    kRetired,  ///< Executed; registers were written with Hart::set_reg().
    kIllegal,  ///< Not an instruction of this unit: the hart traps, mtval is the instruction.
    kTrap,     ///< Executed into the exception given by `cause` and `tval`; nothing retires.
    kRetry,    ///< Not done; as BusStatus::kRetry.
  };
  Status status = Status::kIllegal;
  bool stop = false;         ///< End the quantum after this instruction.
  std::uint32_t cycles = 0;  ///< Stall cycles beyond the instruction's own; ignored with kRetry.
  std::uint32_t cause = 0;   ///< With kTrap.
  std::uint32_t tval = 0;    ///< With kTrap.
};

/// Executes the opcodes custom-0 to custom-3 (0x0b, 0x2b, 0x5b, 0x7b). Registered with
/// Hart::set_custom(), not owned.
class CustomUnit {
 public:
  CustomUnit() = default;
  CustomUnit(const CustomUnit&) = delete;
  CustomUnit& operator=(const CustomUnit&) = delete;
  virtual ~CustomUnit() = default;

  /// Executes `insn` (all 32 bits) at hart.pc(). Must leave the hart untouched unless it returns
  /// kRetired.
  virtual CustomReply execute(Hart& hart, std::uint32_t insn) = 0;
};

}  // namespace fp::riscv
