// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/watchdog.hpp"

#include "contract/wdt.hpp"

namespace fp::soc {

bool Watchdog::peek(uint32_t offset, uint32_t& value) const {
  if (offset != wdt::reg::kTimeout && offset != wdt::reg::kKick) return false;
  value = offset == wdt::reg::kTimeout ? timeout_ : 0;
  return true;
}

bool Watchdog::write(uint32_t offset, uint32_t value) {
  switch (offset) {
    case wdt::reg::kTimeout:
      if (timeout_ == 0) {
        timeout_ = value;
        kicked_ = awake_();
      }
      return true;
    case wdt::reg::kKick:
      if (value == wdt::kKickKey) kicked_ = awake_();
      return true;
    default:
      return false;
  }
}

}  // namespace fp::soc
