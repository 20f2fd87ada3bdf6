// SPDX-License-Identifier: Apache-2.0
//
// The console of the embedded platform (rtl/soc/uart.yaml): sends at once, receives what was typed
// ahead of time at the pace of the line.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>

#include "cmodel/common/block.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/soc/device.hpp"

namespace fp::soc {

// One thread. Times are cycles.
class Uart : public Device {
 public:
  // `sink` gets every character sent, in model-time order. `now` gives the core's local time.
  Uart(const sc_core::sc_module_name& name, uint32_t clock_hz, std::function<uint64_t()> now,
       std::function<void(char)> sink);

  // `text` comes in over the line, its first character complete at `cycle` at the earliest, each
  // after the one before it. Cycles must not be before the core's time.
  void type(uint64_t cycle, std::string_view text);

  // Level of the interrupt line: a character waits.
  bool irq();
  // Cycle at which the next character will be complete, or kNever.
  uint64_t next_arrival() const { return typed_.empty() ? kNever : typed_.front().cycle; }

  void checkpoint(StateIo& io) override { io(typed_, fifo_, line_free_, overrun_); }

 private:
  struct Typed {
    uint64_t cycle;
    char c;
  };

  bool read(uint32_t offset, uint32_t& value) override;
  bool peek(uint32_t offset, uint32_t& value) const override;
  bool write(uint32_t offset, uint32_t value) override;
  // Lets everything arrive that is complete by now.
  void receive();

  const uint64_t cycles_per_char_;
  std::function<uint64_t()> now_;
  std::function<void(char)> sink_;
  std::deque<Typed> typed_;  // still on the line
  std::deque<char> fifo_;
  uint64_t line_free_ = 0;  // cycle at which the last character typed is complete
  bool overrun_ = false;
};

}  // namespace fp::soc
