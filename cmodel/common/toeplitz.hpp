// SPDX-License-Identifier: Apache-2.0
//
// Toeplitz hash of receive-side scaling as rtl/common/toeplitz.sv computes it (Microsoft, "RSS
// hashing types" and "Verifying the RSS hash calculation").
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fp {

// `key` holds at least four bytes more than `data`; both in wire order.
inline uint32_t toeplitz(std::span<const uint8_t> key, std::span<const uint8_t> data) {
  assert(key.size() >= data.size() + 4);
  uint64_t window =
      (uint64_t{key[0]} << 24) | (uint64_t{key[1]} << 16) | (uint64_t{key[2]} << 8) | key[3];
  uint32_t hash = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    window = (window << 8) | key[i + 4];  // 40 key bits: this byte's eight windows
    for (unsigned bit = 0; bit < 8; ++bit) {
      if ((data[i] >> (7 - bit)) & 1) hash ^= static_cast<uint32_t>(window >> (8 - bit));
    }
  }
  return hash;
}

}  // namespace fp
