// SPDX-License-Identifier: Apache-2.0
//
// The core's own control registers (RISC-V privileged specification, machine mode).
#pragma once

#include <cstdint>

namespace fw::hal {

inline constexpr unsigned kMie = 0x304;
inline constexpr unsigned kMepc = 0x341;
inline constexpr unsigned kMcause = 0x342;
inline constexpr unsigned kMtval = 0x343;
inline constexpr uint32_t kMieTimer = 1u << 7;
inline constexpr uint32_t kMieExternal = 1u << 11;

template <unsigned Number>
uint32_t csr_read() {
  uint32_t value;
  asm volatile("csrr %0, %1" : "=r"(value) : "i"(Number));
  return value;
}

template <unsigned Number>
void csr_write(uint32_t value) {
  asm volatile("csrw %0, %1" : : "i"(Number), "r"(value));
}

// Sleeps until a line enabled in mie is pending; interrupts stay off, so nothing is taken.
inline void wait_for_interrupt() { asm volatile("wfi" : : : "memory"); }

}  // namespace fw::hal
