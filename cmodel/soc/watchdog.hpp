// SPDX-License-Identifier: Apache-2.0
//
// The watchdog of the embedded core (rtl/soc/wdt.yaml).
#pragma once

#include <cstdint>
#include <functional>

#include "cmodel/common/block.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/soc/device.hpp"

namespace fp::soc {

// One thread. Times are cycles in which the core was awake.
class Watchdog : public Device {
 public:
  Watchdog(const sc_core::sc_module_name& name, std::function<uint64_t()> awake)
      : Device(name), awake_(std::move(awake)) {}

  // Awake time at which it expires unless kicked, or kNever.
  uint64_t deadline() const { return timeout_ == 0 ? kNever : kicked_ + timeout_; }
  bool expired() const { return awake_() >= deadline(); }
  uint32_t timeout() const { return timeout_; }

  void checkpoint(StateIo& io) override { io(kicked_, timeout_); }

 private:
  bool peek(uint32_t offset, uint32_t& value) const override;
  bool write(uint32_t offset, uint32_t value) override;

  std::function<uint64_t()> awake_;
  uint64_t kicked_ = 0;
  uint32_t timeout_ = 0;
};

}  // namespace fp::soc
