// SPDX-License-Identifier: Apache-2.0
//
// What happens when firmware traps: registers are kept, a record is written, the platform is told.
#include <cstdint>

#include "contract/sysctl.hpp"
#include "firmware/embedded/hal/csr.hpp"
#include "firmware/embedded/hal/mmio.hpp"
#include "firmware/embedded/runtime/log.hpp"

namespace {

// Read by debuggers from RAM; its address stands in sysctl.CRASH.
struct CrashRecord {
  uint32_t magic;
  uint32_t cause;
  uint32_t pc;
  uint32_t value;
  const uint32_t* registers;
};

constexpr uint32_t kMagic = 0x48535243;  // "CRSH"

CrashRecord record;

}  // namespace

extern "C" {

uint32_t crash_registers[32];

[[noreturn]] void crash() {
  record = {kMagic, fw::hal::csr_read<fw::hal::kMcause>(), fw::hal::csr_read<fw::hal::kMepc>(),
            fw::hal::csr_read<fw::hal::kMtval>(), crash_registers};
  fw::log("crash: cause ", record.cause, " pc ", fw::Hex{record.pc}, " value ",
          fw::Hex{record.value}, " ra ", fw::Hex{crash_registers[1]}, " sp ",
          fw::Hex{crash_registers[2]});
  fw::hal::write32(fp::sysctl::reg::kCrashAddr, reinterpret_cast<uint32_t>(&record));
  for (;;) fw::hal::wait_for_interrupt();
}

// The compiler may turn loops into calls of these.
void* memcpy(void* to, const void* from, unsigned n) {
  auto* t = static_cast<unsigned char*>(to);
  const auto* f = static_cast<const unsigned char*>(from);
  while (n-- != 0) *t++ = *f++;
  return to;
}

void* memset(void* to, int value, unsigned n) {
  auto* t = static_cast<unsigned char*>(to);
  while (n-- != 0) *t++ = static_cast<unsigned char>(value);
  return to;
}

int memcmp(const void* a, const void* b, unsigned n) {
  const auto* x = static_cast<const unsigned char*>(a);
  const auto* y = static_cast<const unsigned char*>(b);
  for (; n-- != 0; ++x, ++y) {
    if (*x != *y) return *x - *y;
  }
  return 0;
}

}  // extern "C"
