// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/runtime/log.hpp"

#include "firmware/embedded/hal/console.hpp"

namespace fw {
namespace {

char kept[kLogBytes];
// Characters ever kept; the newest kLogBytes of them stand in `kept`, number n at n % kLogBytes.
uint32_t total = 0;
bool keeping = false;

}  // namespace

Keep::Keep() { keeping = true; }
Keep::~Keep() { keeping = false; }

void put(char c) {
  hal::console::send(c);
  if (keeping) kept[total++ % kLogBytes] = c;
}

void put(const char* text) {
  while (*text != 0) put(*text++);
}

void put(unsigned long value) { put(static_cast<unsigned long long>(value)); }

void put(unsigned long long value) {
  char digits[20];
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

void print_log() {
  uint32_t at = 0;
  if (total > kLogBytes) {
    // The oldest line may have lost its beginning.
    at = total - kLogBytes;
    while (at < total && kept[at++ % kLogBytes] != '\n') {
    }
  }
  for (; at < total; ++at) put(kept[at % kLogBytes]);
}

}  // namespace fw
