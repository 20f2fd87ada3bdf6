// SPDX-License-Identifier: Apache-2.0
//
// Ones'-complement sums (RFC 1071) as rtl/common/csum_add.sv computes them: not inverted, terms in
// whatever byte order the caller keeps throughout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fp {

// Adds 16-bit terms (up to 65536 of them) and folds the carries; 0 comes only from all zeros.
inline uint16_t csum_add(std::span<const uint16_t> terms) {
  uint32_t sum = 0;
  for (uint16_t term : terms) sum += term;
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>((sum & 0xffff) + (sum >> 16));
}

inline uint16_t csum_add(uint16_t a, uint16_t b) {
  const uint32_t sum = static_cast<uint32_t>(a) + b;
  return static_cast<uint16_t>((sum & 0xffff) + (sum >> 16));
}

}  // namespace fp
