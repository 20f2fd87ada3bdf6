// SPDX-License-Identifier: Apache-2.0
//
// CRC-32C as rtl/common/crc32c.sv computes it (Castagnoli, RFC 3720 section 12.1 and B.4): start
// value all ones, reflected, result inverted. Eight bytes a step from eight tables.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace fp {

namespace internal {

inline constexpr uint32_t kCrc32cPoly = 0x82f63b78u;  // 0x1EDC6F41 reflected

// table[k][b]: byte b followed by k zero bytes.
constexpr std::array<std::array<uint32_t, 256>, 8> make_crc32c_tables() {
  std::array<std::array<uint32_t, 256>, 8> table{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kCrc32cPoly : 0);
    table[0][b] = crc;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (uint32_t b = 0; b < 256; ++b) {
      table[k][b] = (table[k - 1][b] >> 8) ^ table[0][table[k - 1][b] & 0xff];
    }
  }
  return table;
}
inline constexpr auto kCrc32cTables = make_crc32c_tables();

}  // namespace internal

// CRC of the bytes in order; 0 for none.
inline uint32_t crc32c(std::span<const uint8_t> bytes) {
  const auto& t = internal::kCrc32cTables;
  uint32_t crc = ~0u;
  const uint8_t* p = bytes.data();
  size_t n = bytes.size();
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t w;
    std::memcpy(&w, p, 8);
    w ^= crc;
    crc = t[7][w & 0xff] ^ t[6][(w >> 8) & 0xff] ^ t[5][(w >> 16) & 0xff] ^ t[4][(w >> 24) & 0xff] ^
          t[3][(w >> 32) & 0xff] ^ t[2][(w >> 40) & 0xff] ^ t[1][(w >> 48) & 0xff] ^ t[0][w >> 56];
  }
  for (; n > 0; --n, ++p) crc = (crc >> 8) ^ t[0][(crc ^ *p) & 0xff];
  return ~crc;
}

}  // namespace fp
