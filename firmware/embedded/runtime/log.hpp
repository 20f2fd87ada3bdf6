// SPDX-License-Identifier: Apache-2.0
//
// The firmware's log: lines on the console, made of pieces. No allocation, no format strings.
#pragma once

#include <cstdint>

namespace fw {

struct Hex {
  uint32_t value;
};

void put(char c);
void put(const char* text);
void put(unsigned long value);
inline void put(unsigned value) { put(static_cast<unsigned long>(value)); }
void put(int value);
void put(Hex value);

// One line.
template <class... Pieces>
void log(const Pieces&... pieces) {
  (put(pieces), ...);
  put('\n');
}

}  // namespace fw
