// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/devices.hpp"

#include <utility>

#include "contract/intc.hpp"
#include "contract/soc.hpp"
#include "contract/sysctl.hpp"

namespace fp::soc {

namespace {

constexpr uint32_t kMsip = kClintMsip;
constexpr uint32_t kMtimecmp = kClintMtimecmp;
constexpr uint32_t kMtime = kClintMtime;

uint32_t half(uint64_t value, bool high) {
  return static_cast<uint32_t>(high ? value >> 32 : value);
}

}  // namespace

Clint::Clint(const sc_core::sc_module_name& name, std::function<uint64_t()> now)
    : Device(name), now_(std::move(now)) {}

bool Clint::peek(uint32_t offset, uint32_t& value) const {
  switch (offset) {
    case kMsip:
      value = msip_;
      return true;
    case kMtimecmp:
    case kMtimecmp + 4:
      value = half(mtimecmp_, offset != kMtimecmp);
      return true;
    case kMtime:
    case kMtime + 4:
      value = half(now_(), offset != kMtime);
      return true;
    default:
      return false;
  }
}

bool Clint::write(uint32_t offset, uint32_t value) {
  switch (offset) {
    case kMsip:
      msip_ = (value & 1) != 0;
      return true;
    case kMtimecmp:
      mtimecmp_ = (mtimecmp_ & ~uint64_t{0xffffffff}) | value;
      return true;
    case kMtimecmp + 4:
      mtimecmp_ = (mtimecmp_ & 0xffffffff) | uint64_t{value} << 32;
      return true;
    default:
      return false;  // mtime is the platform's clock: read only
  }
}

bool Intc::peek(uint32_t offset, uint32_t& value) const {
  if (offset == intc::reg::kPending) {
    value = lines_;
  } else if (offset == intc::reg::kEnable) {
    value = enable_;
  } else {
    return false;
  }
  return true;
}

bool Intc::write(uint32_t offset, uint32_t value) {
  if (offset == intc::reg::kEnable) {
    enable_ = value & intc::reg::Enable::kLinesMask;
    return true;
  }
  return offset == intc::reg::kPending;
}

bool Sysctl::peek(uint32_t offset, uint32_t& value) const {
  if (offset == sysctl::reg::kCrash) {
    value = crash_;
  } else if (offset == sysctl::reg::kClockHz) {
    value = clock_hz_;
  } else {
    return false;
  }
  return true;
}

bool Sysctl::write(uint32_t offset, uint32_t value) {
  if (offset == sysctl::reg::kCrash) {
    crash_ = value;
    return true;
  }
  return offset == sysctl::reg::kClockHz;
}

}  // namespace fp::soc
