// SPDX-License-Identifier: Apache-2.0
//
// The small devices of the embedded platform: timer, interrupt controller, system control.
// Registers are those of rtl/soc/*.yaml; the timer has the SiFive CLINT layout.
#pragma once

#include <cstdint>
#include <functional>

#include "cmodel/common/state_io.hpp"
#include "cmodel/soc/device.hpp"

namespace fp::soc {

// Core-local interruptor of one hart. mtime counts cycles.
class Clint : public Device {
 public:
  // `now` gives the core's local time in cycles.
  Clint(const sc_core::sc_module_name& name, std::function<uint64_t()> now);

  bool software_pending() const { return msip_; }
  bool timer_pending(uint64_t now) const { return now >= mtimecmp_; }
  // Cycle at which the timer line rises.
  uint64_t deadline() const { return mtimecmp_; }

  void checkpoint(StateIo& io) override { io(mtimecmp_, msip_); }

 private:
  bool peek(uint32_t offset, uint32_t& value) const override;
  bool write(uint32_t offset, uint32_t value) override;

  std::function<uint64_t()> now_;
  uint64_t mtimecmp_ = UINT64_MAX;
  bool msip_ = false;
};

// Interrupt controller.
class Intc : public Device {
 public:
  explicit Intc(const sc_core::sc_module_name& name) : Device(name) {}

  // Levels of all lines, bit n is line n.
  void set_lines(uint32_t lines) { lines_ = lines; }
  bool external_pending() const { return (lines_ & enable_) != 0; }

  void checkpoint(StateIo& io) override { io(lines_, enable_); }

 private:
  bool peek(uint32_t offset, uint32_t& value) const override;
  bool write(uint32_t offset, uint32_t value) override;

  uint32_t lines_ = 0;
  uint32_t enable_ = 0;
};

// System control.
class Sysctl : public Device {
 public:
  Sysctl(const sc_core::sc_module_name& name, uint32_t clock_hz)
      : Device(name), clock_hz_(clock_hz) {}

  // Address of firmware's crash record, 0 while it is alive.
  uint32_t crash_record() const { return crash_; }

  void checkpoint(StateIo& io) override { io(crash_); }

 private:
  bool peek(uint32_t offset, uint32_t& value) const override;
  bool write(uint32_t offset, uint32_t value) override;

  uint32_t clock_hz_;
  uint32_t crash_ = 0;
};

}  // namespace fp::soc
