// SPDX-License-Identifier: Apache-2.0
//
// Register access by the contract's types: the only way firmware touches hardware.
#pragma once

#include <cstdint>

namespace fw::hal {

inline uint32_t read32(uint32_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

inline void write32(uint32_t address, uint32_t value) {
  *reinterpret_cast<volatile uint32_t*>(address) = value;
}

// A register of the block at `base`.
template <class Reg>
Reg read(uint32_t base) {
  Reg r;
  r.raw = read32(base + Reg::kOffset);
  return r;
}

template <class Reg>
void write(uint32_t base, Reg r) {
  write32(base + Reg::kOffset, r.raw);
}

}  // namespace fw::hal
