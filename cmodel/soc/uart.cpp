// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/uart.hpp"

#include <algorithm>
#include <utility>

#include "contract/uart.hpp"

namespace fp::soc {
namespace {

constexpr uint64_t kBitsPerChar = 10;  // start, eight data, stop

}  // namespace

Uart::Uart(const sc_core::sc_module_name& name, uint32_t clock_hz, std::function<uint64_t()> now,
           std::function<void(char)> sink)
    : Device(name),
      cycles_per_char_(clock_hz * kBitsPerChar / uart::kBaud),
      now_(std::move(now)),
      sink_(std::move(sink)) {}

void Uart::type(uint64_t cycle, std::string_view text) {
  for (const char c : text) {
    line_free_ = std::max(cycle, line_free_ + cycles_per_char_);
    typed_.push_back({line_free_, c});
  }
}

// Characters fall into the FIFO in the order of their times, so it does not matter when this is
// called: only software takes characters out, and it is called before.
void Uart::receive() {
  const uint64_t now = now_();
  for (; !typed_.empty() && typed_.front().cycle <= now; typed_.pop_front()) {
    if (fifo_.size() == uart::kRxDepth) {
      overrun_ = true;
    } else {
      fifo_.push_back(typed_.front().c);
    }
  }
}

bool Uart::irq() {
  receive();
  return !fifo_.empty();
}

bool Uart::read(uint32_t offset, uint32_t& value) {
  receive();
  return peek(offset, value);
}

// What the core would find had nothing arrived since the line was sampled last.
bool Uart::peek(uint32_t offset, uint32_t& value) const {
  switch (offset) {
    case uart::reg::kStatus:
      value = uart::reg::Status{}
                  .set_tx_ready(true)
                  .set_rx_ready(!fifo_.empty())
                  .set_rx_overrun(overrun_)
                  .raw;
      return true;
    case uart::reg::kRxdata:
      value = fifo_.empty() ? 0 : static_cast<uint8_t>(fifo_.front());
      return true;
    case uart::reg::kTxdata:
    case uart::reg::kRxpop:
      value = 0;
      return true;
    default:
      return false;
  }
}

bool Uart::write(uint32_t offset, uint32_t value) {
  receive();
  switch (offset) {
    case uart::reg::kTxdata:
      sink_(static_cast<char>(value & 0xff));
      return true;
    case uart::reg::kRxpop:
      if (uart::reg::Rxpop{value}.pop()) {
        overrun_ = false;
        if (!fifo_.empty()) fifo_.pop_front();
      }
      return true;
    case uart::reg::kStatus:
    case uart::reg::kRxdata:
      return true;
    default:
      return false;
  }
}

}  // namespace fp::soc
