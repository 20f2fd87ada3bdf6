// SPDX-License-Identifier: Apache-2.0
//
// Fields in network order and the Internet checksum (RFC 1071), on bytes of any alignment.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace fw::packets {

using Bytes = std::span<const uint8_t>;

inline uint16_t get16(const uint8_t* p) { return static_cast<uint16_t>(p[0] << 8 | p[1]); }
inline uint32_t get32(const uint8_t* p) {
  return static_cast<uint32_t>(get16(p)) << 16 | get16(p + 2);
}
inline void put16(uint8_t* p, uint32_t value) {
  p[0] = static_cast<uint8_t>(value >> 8);
  p[1] = static_cast<uint8_t>(value);
}

// A word at an address that is a multiple of four: the core traps on others, so that the compiler
// would take it byte by byte.
inline uint32_t load_word(const uint8_t* p) {
  uint32_t word;
  __builtin_memcpy(&word, __builtin_assume_aligned(p, 4), 4);
  return word;
}

// Long payloads lie alike in question and answer, so they go by words.
inline void copy(uint8_t* to, const uint8_t* from, uint32_t n) {
  const auto phase = [](const uint8_t* p) { return reinterpret_cast<uintptr_t>(p) % 4; };
  if (phase(to) == phase(from)) {
    for (; n != 0 && phase(to) != 0; --n) *to++ = *from++;
    for (; n >= 4; n -= 4, to += 4, from += 4) {
      const uint32_t word = load_word(from);
      __builtin_memcpy(__builtin_assume_aligned(to, 4), &word, 4);
    }
  }
  for (; n != 0; --n) *to++ = *from++;
}
inline bool equal(const uint8_t* a, const uint8_t* b, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}
inline bool all_zero(const uint8_t* p, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) {
    if (p[i] != 0) return false;
  }
  return true;
}

// Adds bytes to a sum of 16-bit words; an odd last byte counts as if a zero followed. Frames are
// far too short to overflow 32 bits.
inline uint32_t add_words(uint32_t sum, Bytes bytes);

// The checksum of such a sum; 0 for bytes that hold a right one.
inline uint16_t checksum_of(uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

inline uint32_t add_words(uint32_t sum, Bytes bytes) {
  static_assert(std::endian::native == std::endian::little);
  const uint8_t* p = bytes.data();
  auto n = static_cast<uint32_t>(bytes.size());
  if (n >= 2 && reinterpret_cast<uintptr_t>(p) % 4 == 2) {
    sum += get16(p);
    p += 2;
    n -= 2;
  }
  // The sum does not depend on the byte order (RFC 1071 section 2 (B)): turned round at the end.
  if (reinterpret_cast<uintptr_t>(p) % 4 == 0) {
    uint32_t swapped = 0;
    for (; n >= 4; n -= 4, p += 4) {
      const uint32_t word = load_word(p);
      swapped += (word & 0xffff) + (word >> 16);
    }
    const auto folded = static_cast<uint16_t>(~checksum_of(swapped));
    sum += static_cast<uint16_t>(folded << 8 | folded >> 8);
  }
  for (; n >= 2; n -= 2, p += 2) sum += get16(p);
  return n != 0 ? sum + (static_cast<uint32_t>(*p) << 8) : sum;
}

}  // namespace fw::packets
