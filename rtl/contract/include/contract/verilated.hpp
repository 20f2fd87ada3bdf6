// SPDX-License-Identifier: Apache-2.0
//
// Moves contract structs to and from the ports of Verilated models. A packed struct port is an
// integer up to 64 bits and a VlWide above; its bit 0 is the struct's first field, as in pack().
#pragma once

#include <cstdint>
#include <type_traits>

namespace fp::contract {

// Drives `port` with `value`. Bits above the struct's width are written zero.
template <class Port, class T>
inline void to_port(Port& port, const T& value) {
  if constexpr (std::is_integral_v<Port>) {
    static_assert(sizeof(Port) * 8 >= T::kBits, "port narrower than the struct");
    uint32_t words[T::kWords];
    value.pack(words);
    if constexpr (T::kWords == 2) {
      port = static_cast<Port>(words[0] | static_cast<uint64_t>(words[1]) << 32);
    } else {
      port = static_cast<Port>(words[0]);
    }
  } else {
    static_assert(sizeof(Port) == T::kWords * 4, "port and struct differ in width");
    value.pack(port.data());
  }
}

// Reads `port` as a T.
template <class T, class Port>
inline T from_port(const Port& port) {
  if constexpr (std::is_integral_v<Port>) {
    static_assert(sizeof(Port) * 8 >= T::kBits, "port narrower than the struct");
    uint32_t words[2] = {static_cast<uint32_t>(port), static_cast<uint32_t>(uint64_t{port} >> 32)};
    return T::unpack(words);
  } else {
    static_assert(sizeof(Port) == T::kWords * 4, "port and struct differ in width");
    return T::unpack(port.data());
  }
}

}  // namespace fp::contract
