// SPDX-License-Identifier: Apache-2.0
//
// Bit helpers under the generated pack/unpack code, and the result type of message validation.
// Freestanding: firmware includes this header.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fp::contract {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "byte runs are copied as they lie; a big-endian host would need swaps");

// Copies `bytes` bytes to byte offset `at` of a word buffer.
inline void put_bytes(uint32_t* words, size_t at, const void* from, size_t bytes) {
  __builtin_memcpy(reinterpret_cast<unsigned char*>(words) + at, from, bytes);
}

// Copies `bytes` bytes from byte offset `at` of a word buffer.
inline void get_bytes(const uint32_t* words, size_t at, void* to, size_t bytes) {
  __builtin_memcpy(to, reinterpret_cast<const unsigned char*>(words) + at, bytes);
}

// Replaces `bits` (1..64) bits at bit position `at`.
inline void put_bits(uint32_t* words, unsigned at, unsigned bits, uint64_t value) {
  while (bits > 0) {
    const unsigned shift = at % 32;
    const unsigned here = bits < 32 - shift ? bits : 32 - shift;
    const uint32_t mask = (here == 32 ? ~0u : (1u << here) - 1) << shift;
    words[at / 32] = (words[at / 32] & ~mask) | ((static_cast<uint32_t>(value) << shift) & mask);
    value >>= here;
    at += here;
    bits -= here;
  }
}

// Reads `bits` (1..64) bits at bit position `at`.
inline uint64_t get_bits(const uint32_t* words, unsigned at, unsigned bits) {
  uint64_t value = 0;
  for (unsigned done = 0; done < bits;) {
    const unsigned shift = at % 32;
    const unsigned here = bits - done < 32 - shift ? bits - done : 32 - shift;
    const uint32_t mask = here == 32 ? ~0u : (1u << here) - 1;
    value |= static_cast<uint64_t>((words[at / 32] >> shift) & mask) << done;
    at += here;
    done += here;
  }
  return value;
}

// Why a message from outside was refused.
enum class MsgError : uint8_t { kNone, kLength, kReserved, kEnum, kRange, kUnknownId };

// Result of a generated validate function; `field` has static storage.
struct MsgCheck {
  MsgError error = MsgError::kNone;
  const char* field = "";

  constexpr bool ok() const { return error == MsgError::kNone; }
};

constexpr const char* to_string(MsgError error) {
  switch (error) {
    case MsgError::kNone:
      return "none";
    case MsgError::kLength:
      return "length";
    case MsgError::kReserved:
      return "reserved bits set";
    case MsgError::kEnum:
      return "undefined enum value";
    case MsgError::kRange:
      return "value above its maximum";
    case MsgError::kUnknownId:
      return "unknown message id";
  }
  return "?";
}

}  // namespace fp::contract
