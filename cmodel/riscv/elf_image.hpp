// SPDX-License-Identifier: Apache-2.0
// Reads a 32-bit RISC-V executable: its loadable segments, entry point and symbols, and copies it
// into memory. Every number in the file is checked before use, so a corrupt file ends in an
// ElfError.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fp::riscv {

/// Why a file was refused.
struct ElfError {
  std::string field;     ///< What was looked at: an ELF header field or a symbol.
  std::string found;     ///< Its value in the file.
  std::string expected;  ///< What would have been accepted.

  /// "FIELD: found X, expected Y", without a newline.
  std::string text() const { return field + ": found " + found + ", expected " + expected; }
};

struct ElfSegment {
  std::uint32_t addr = 0;           ///< Physical address (p_paddr).
  std::uint32_t size = 0;           ///< Bytes in memory; those behind `bytes` are zero.
  std::vector<std::uint8_t> bytes;  ///< Contents from the file, at most `size`.
};

class ElfImage {
 public:
  /// Parses the bytes of an ELF file. On failure returns nothing and fills `error`.
  static std::optional<ElfImage> parse(std::span<const std::uint8_t> file, ElfError& error);

  /// Reads and parses the file at `path`. On failure returns nothing and fills `error`.
  static std::optional<ElfImage> read(const std::string& path, ElfError& error);

  std::uint32_t entry() const { return entry_; }
  const std::vector<ElfSegment>& segments() const { return segments_; }

  /// Value of the defined symbol `name`; global symbols win over local ones of the same name.
  std::optional<std::uint32_t> symbol(std::string_view name) const;

  /// Copies the segments into `memory`, which stands at guest address `base`, and zeroes what the
  /// file leaves out. False, with `error` filled and `memory` unchanged, if a segment does not fit
  /// or the entry is outside `memory`.
  bool place(std::span<std::uint8_t> memory, std::uint32_t base, ElfError& error) const;

 private:
  std::uint32_t entry_ = 0;
  std::vector<ElfSegment> segments_;
  std::map<std::string, std::uint32_t, std::less<>> symbols_;
};

}  // namespace fp::riscv
