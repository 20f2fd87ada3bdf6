// SPDX-License-Identifier: Apache-2.0
//
// Moves bits between contract structs and the port types that Verilator gives a top module: CData,
// SData, IData, QData up to 64 bits, VlWide above. Streams of a vector lie side by side, stream 0
// in the lowest bits, without padding.
#pragma once

#include <verilated.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace fp::sim {

// Width of a payload on its wire, in bits: a contract struct's own, one for bool, all bits of any
// other scalar.
template <class T>
constexpr unsigned wire_bits() {
  if constexpr (requires { T::kBits; }) {
    return T::kBits;
  } else if constexpr (std::is_same_v<T, bool>) {
    return 1;
  } else {
    return 8 * sizeof(T);
  }
}
template <class T>
constexpr unsigned wire_words() {
  return (wire_bits<T>() + 31) / 32;
}

// Payload to words; bits above the width are zero.
template <class T>
void to_words(const T& value, uint32_t* words) {
  if constexpr (requires { T::kBits; }) {
    value.pack(words);
  } else {
    const auto bits = static_cast<uint64_t>(value);
    words[0] = static_cast<uint32_t>(bits);
    if constexpr (wire_words<T>() > 1) words[1] = static_cast<uint32_t>(bits >> 32);
  }
}
template <class T>
T from_words(const uint32_t* words) {
  if constexpr (requires { T::kBits; }) {
    return T::unpack(words);
  } else if constexpr (wire_words<T>() > 1) {
    return static_cast<T>(words[0] | (static_cast<uint64_t>(words[1]) << 32));
  } else {
    return static_cast<T>(words[0]);
  }
}

template <class S>
struct IsWide : std::false_type {};
template <std::size_t Words>
struct IsWide<VlWide<Words>> : std::true_type {};

// Bits [at, at + bits) of a signal from words / to words. `bits` > 0, and the range is inside it.
template <class S>
void put_signal(S& signal, unsigned at, unsigned bits, const uint32_t* words) {
  if constexpr (IsWide<S>::value) {
    uint32_t* const out = signal.data();
    for (unsigned done = 0; done < bits; done += 32) {
      const unsigned here = bits - done < 32 ? bits - done : 32;
      const unsigned shift = (at + done) % 32;
      const unsigned word = (at + done) / 32;
      const uint64_t mask = ((uint64_t{1} << here) - 1) << shift;
      const uint64_t value = (static_cast<uint64_t>(words[done / 32]) << shift) & mask;
      out[word] = (out[word] & ~static_cast<uint32_t>(mask)) | static_cast<uint32_t>(value);
      if ((mask >> 32) != 0) {
        out[word + 1] = (out[word + 1] & ~static_cast<uint32_t>(mask >> 32)) |
                        static_cast<uint32_t>(value >> 32);
      }
    }
  } else {
    uint64_t value = words[0];
    if (bits > 32) value |= static_cast<uint64_t>(words[1]) << 32;
    const uint64_t mask = (bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1) << at;
    signal = static_cast<S>((static_cast<uint64_t>(signal) & ~mask) | ((value << at) & mask));
  }
}
template <class S>
void get_signal(const S& signal, unsigned at, unsigned bits, uint32_t* words) {
  if constexpr (IsWide<S>::value) {
    const uint32_t* const in = signal.data();
    for (unsigned done = 0; done < bits; done += 32) {
      const unsigned here = bits - done < 32 ? bits - done : 32;
      const unsigned shift = (at + done) % 32;
      const unsigned word = (at + done) / 32;
      uint64_t value = in[word];
      if (shift + here > 32) value |= static_cast<uint64_t>(in[word + 1]) << 32;
      words[done / 32] = static_cast<uint32_t>((value >> shift) & ((uint64_t{1} << here) - 1));
    }
  } else {
    const uint64_t value = static_cast<uint64_t>(signal) >> at;
    const uint64_t cut = bits == 64 ? value : value & ((uint64_t{1} << bits) - 1);
    words[0] = static_cast<uint32_t>(cut);
    if (bits > 32) words[1] = static_cast<uint32_t>(cut >> 32);
  }
}

template <class S>
void put_bit(S& signal, unsigned at, bool bit) {
  const uint32_t word = bit ? 1 : 0;
  put_signal(signal, at, 1, &word);
}
template <class S>
bool get_bit(const S& signal, unsigned at) {
  uint32_t word = 0;
  get_signal(signal, at, 1, &word);
  return word != 0;
}

// One payload as element `index` of a signal. A payload that fills its signal is packed in place.
template <class T, class S>
void put_payload(S& signal, unsigned index, const T& value) {
  constexpr unsigned kBits = wire_bits<T>();
  if constexpr (IsWide<S>::value && sizeof(S) == 4 * wire_words<T>()) {
    if (index == 0) {
      to_words(value, signal.data());
      return;
    }
  }
  uint32_t words[wire_words<T>() + 1] = {};
  to_words(value, words);
  put_signal(signal, index * kBits, kBits, words);
}
template <class T, class S>
T get_payload(const S& signal, unsigned index) {
  constexpr unsigned kBits = wire_bits<T>();
  if constexpr (IsWide<S>::value && sizeof(S) == 4 * wire_words<T>()) {
    if (index == 0) return from_words<T>(signal.data());
  }
  uint32_t words[wire_words<T>() + 1] = {};
  get_signal(signal, index * kBits, kBits, words);
  return from_words<T>(words);
}

template <class S>
void zero_signal(S& signal) {
  std::memset(&signal, 0, sizeof signal);
}

}  // namespace fp::sim
