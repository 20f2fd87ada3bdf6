// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/runtime/log.hpp"

#include "contract/uart.hpp"
#include "firmware/embedded/hal/mmio.hpp"

namespace fw {

void put(char c) {
  while (!hal::read<fp::uart::reg::Status>(fp::uart::kCsrBase).tx_ready()) {
  }
  hal::write32(fp::uart::reg::kTxdataAddr, static_cast<uint8_t>(c));
}

void put(const char* text) {
  while (*text != 0) put(*text++);
}

void put(unsigned long value) {
  char digits[10];
  int n = 0;
  do {
    digits[n++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (n > 0) put(digits[--n]);
}

void put(int value) {
  if (value < 0) put('-');
  put(value < 0 ? 0ul - static_cast<unsigned long>(value) : static_cast<unsigned long>(value));
}

void put(Hex value) {
  put("0x");
  for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[value.value >> shift & 0xf]);
}

}  // namespace fw
