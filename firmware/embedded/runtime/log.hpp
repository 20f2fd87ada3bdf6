// SPDX-License-Identifier: Apache-2.0
//
// Text on the console, made of pieces, and the log: lines that are also kept in RAM, the newest
// kLogBytes of them. No allocation, no format strings.
#pragma once

#include <cstdint>

namespace fw {

inline constexpr unsigned kLogBytes = 4096;

struct Hex {
  uint32_t value;
};

void put(char c);
void put(const char* text);
void put(unsigned long value);
void put(unsigned long long value);
inline void put(unsigned value) { put(static_cast<unsigned long>(value)); }
void put(int value);
void put(Hex value);

// One line on the console only.
template <class... Pieces>
void print(const Pieces&... pieces) {
  (put(pieces), ...);
  put('\n');
}

// While one lives, what is put is kept, too.
class Keep {
 public:
  Keep();
  ~Keep();
  Keep(const Keep&) = delete;
  Keep& operator=(const Keep&) = delete;
};

// One line of the log.
template <class... Pieces>
void log(const Pieces&... pieces) {
  const Keep keep;
  print(pieces...);
}

// Prints the whole lines that are kept, oldest first.
void print_log();

}  // namespace fw
