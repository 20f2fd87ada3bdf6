// SPDX-License-Identifier: Apache-2.0
// Random RV32IMAC programs whose every path stays inside the program and whose every access falls
// into a data window, for running against an independent model.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace fp::riscv::test {

/// Registers that a random program reads as addresses and never writes.
inline constexpr unsigned kWindowLow = 8;    ///< Start of the data window + 2048.
inline constexpr unsigned kWindowHigh = 9;   ///< Start of the data window + 4096.
inline constexpr unsigned kWindowStack = 2;  ///< Start of the data window + 3072; no atomics here.
inline constexpr std::uint32_t kWindowBytes = 8192;

struct RandomProgram {
  std::vector<std::uint8_t> code;      ///< Position-independent; ends in a jump to its start.
  std::vector<std::uint32_t> entries;  ///< Offsets in `code` where execution may start.
};

/// A program of about `length` instructions.
RandomProgram random_program(std::mt19937& random, unsigned length, bool with_a_and_c);

}  // namespace fp::riscv::test
