// SPDX-License-Identifier: Apache-2.0
//
// CRC32C by another route than the code's, checked against RFC 3720 B.4 in
// exact_placement_test.cpp.
#pragma once

#include <cstdint>
#include <vector>

namespace fp::explain {

// CRC32C from RFC 3720's generator polynomial 0x11EDC6F41, the message's bits taken least
// significant first, register most significant first: not the code's way.
inline uint32_t reference_crc(const std::vector<uint8_t>& bytes) {
  uint32_t reg = 0xffffffff;
  for (const uint8_t byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool in = (byte >> bit & 1) != 0;
      const bool top = (reg >> 31) != 0;
      reg <<= 1;
      if (in != top) reg ^= 0x1edc6f41;
    }
  }
  uint32_t out = 0;
  for (int bit = 0; bit < 32; ++bit) out |= (~reg >> bit & 1) << (31 - bit);
  return out;
}

}  // namespace fp::explain
