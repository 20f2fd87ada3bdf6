// SPDX-License-Identifier: Apache-2.0
//
// The core's timer (SiFive CLINT layout; base from the contract).
#pragma once

#include <cstdint>

#include "contract/soc.hpp"
#include "firmware/embedded/hal/mmio.hpp"

namespace fw::hal::timer {

inline constexpr uint32_t kMtimecmp = fp::soc::kClintBase + fp::soc::kClintMtimecmp;
inline constexpr uint32_t kMtime = fp::soc::kClintBase + fp::soc::kClintMtime;

inline uint64_t now() {
  uint32_t high, low;
  do {
    high = read32(kMtime + 4);
    low = read32(kMtime);
  } while (read32(kMtime + 4) != high);
  return uint64_t{high} << 32 | low;
}

// The timer line is up from `cycle` on. The high half goes out of the way first, so that no
// moment in between raises it early.
inline void set(uint64_t cycle) {
  write32(kMtimecmp + 4, UINT32_MAX);
  write32(kMtimecmp, static_cast<uint32_t>(cycle));
  write32(kMtimecmp + 4, static_cast<uint32_t>(cycle >> 32));
}

}  // namespace fw::hal::timer
