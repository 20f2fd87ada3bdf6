// SPDX-License-Identifier: Apache-2.0
//
// The watchdog (rtl/soc/wdt.yaml): counts while the core is awake, expires unless kicked.
#pragma once

#include <cstdint>

#include "contract/wdt.hpp"
#include "firmware/embedded/hal/mmio.hpp"

namespace fw::hal::watchdog {

// Starts it, for good. `cycles` are awake cycles allowed between two kicks.
inline void start(uint32_t cycles) { write32(fp::wdt::reg::kTimeoutAddr, cycles); }

inline void kick() { write32(fp::wdt::reg::kKickAddr, fp::wdt::kKickKey); }

}  // namespace fw::hal::watchdog
