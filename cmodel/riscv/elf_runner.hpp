// SPDX-License-Identifier: Apache-2.0
// A bare machine for ISA test programs: one hart, RAM, a CLINT and the tohost/fromhost protocol of
// riscv-tests. It runs an ELF to its verdict. What ends a program is listed in docs/uarch/riscv.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cmodel/riscv/elf_image.hpp"
#include "cmodel/riscv/hart.hpp"

namespace fp::riscv {

inline constexpr std::uint32_t kRunnerRamBase = 0x8000'0000;
inline constexpr std::uint32_t kRunnerRamBytes = 16u << 20;

/// The RISC-V core-local interruptor with one hart, at its customary address. mtime counts the
/// hart's cycles.
class Clint final : public Bus {
 public:
  static constexpr std::uint32_t kBase = 0x0200'0000;
  static constexpr std::uint32_t kSize = 0x1'0000;

  /// The hart whose cycles mtime counts. Must be called before the first access; not owned.
  void attach(const Hart& hart) { hart_ = &hart; }

  BusReply read(std::uint32_t addr, unsigned size, std::uint32_t& out) override;
  BusReply write(std::uint32_t addr, unsigned size, std::uint32_t value) override;
  std::uint64_t time() override { return hart_->cycle() + mtime_offset_; }

  /// The levels for mip.
  std::uint32_t lines();
  /// Cycles until MTIP rises; nothing if it is up or mtimecmp is at its end, where it never rises
  /// in practice.
  std::optional<std::uint64_t> cycles_to_timer();

 private:
  std::uint32_t read_word(std::uint32_t offset);
  void write_word(std::uint32_t offset, std::uint32_t value);

  const Hart* hart_ = nullptr;
  bool msip_ = false;
  std::uint64_t mtimecmp_ = UINT64_MAX;
  std::uint64_t mtime_offset_ = 0;
};

enum class Verdict : std::uint8_t {
  kPass,
  kFail,         ///< Outcome::test if the program named one, else Outcome::detail.
  kLimit,        ///< max_steps reached, or certain to be: Outcome::detail then says why.
  kInterrupted,  ///< RunnerConfig::interrupted said so.
};

struct Outcome {
  Verdict verdict = Verdict::kPass;
  /// Number of the failed test, or the program's non-zero exit code.
  std::optional<std::uint64_t> test{};
  /// Why there is no verdict from the program itself; may be empty with kLimit.
  std::string detail{};
};

struct RunnerConfig {
  Isa isa = kIsaEmbedded;
  std::uint32_t ram_bytes = kRunnerRamBytes;      ///< At kRunnerRamBase; a multiple of 4.
  std::uint64_t max_steps = UINT64_MAX;           ///< Instructions retired plus traps taken.
  std::function<void(std::string_view)> console;  ///< Takes what the program prints; may be empty.
  std::function<bool()> interrupted;              ///< Asked every few milliseconds; may be empty.
};

class ElfRunner {
 public:
  /// Loads `image`. Throws nothing: ok() is false and `error` filled if it does not fit the
  /// machine.
  ElfRunner(RunnerConfig config, const ElfImage& image, ElfError& error);

  bool ok() const { return ok_; }
  const Hart& hart() const { return hart_; }

  /// Runs to the end.
  Outcome run();

  /// The bytes from `begin` up to `end`, both guest addresses; empty if the range is not in RAM.
  std::span<const std::uint8_t> memory(std::uint32_t begin, std::uint32_t end) const;

 private:
  std::uint64_t steps() const { return hart_.retired() + hart_.traps(); }
  std::uint32_t word(std::uint32_t addr) const;
  void set_word(std::uint32_t addr, std::uint32_t value);
  std::optional<Outcome> serve_tohost();
  std::optional<Outcome> serve_syscall(std::uint32_t magic);
  std::optional<Outcome> after_stop();
  std::optional<Outcome> unhandled_trap();
  Outcome asleep_forever() const;
  bool spins_forever();
  bool traps_forever();

  RunnerConfig config_;
  bool ok_ = false;
  std::vector<std::uint8_t> ram_;
  Clint clint_;
  Hart hart_;
  std::uint32_t tohost_;    // 0: the program has none
  std::uint32_t fromhost_;  // likewise
  // A command's low word was stored; the high word may follow within a few instructions.
  bool tohost_pending_ = false;
  std::uint64_t tohost_deadline_ = 0;  // in steps
  std::uint64_t retired_before_ = 0;   // at the latest quantum's start
  std::uint64_t traps_before_ = 0;
};

}  // namespace fp::riscv
