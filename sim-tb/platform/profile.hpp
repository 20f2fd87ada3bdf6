// SPDX-License-Identifier: Apache-2.0
//
// Clock and line rate of a run (docs/architecture.md, 4: `paper` and `asic`), and how frames are
// offered.
#pragma once

#include <cstdint>

namespace fp::platform {

struct Profile {
  const char* name;
  uint32_t ns_per_cycle;
  uint32_t bits_per_ns;  // of one MAC port

  constexpr uint32_t bits_per_cycle() const { return bits_per_ns * ns_per_cycle; }
};

inline constexpr Profile kPaper{"paper", 4, 25};  // 250 MHz, 25 Gb/s
inline constexpr Profile kAsic{"asic", 1, 100};   // 1 GHz, 100 Gb/s

enum class Rate : uint8_t {
  kCapture,  // at the capture's own stamps, but never faster than the line
  kLine,     // back to back at line rate
  kMax,      // as fast as the pipeline accepts
};

}  // namespace fp::platform
