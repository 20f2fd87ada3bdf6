// SPDX-License-Identifier: Apache-2.0
//
// The serial console (rtl/soc/uart.yaml).
#pragma once

#include <cstdint>
#include <optional>

#include "contract/uart.hpp"
#include "firmware/embedded/hal/mmio.hpp"

namespace fw::hal::console {

inline void send(char c) {
  while (!read<fp::uart::reg::Status>(fp::uart::kCsrBase).tx_ready()) {
  }
  write32(fp::uart::reg::kTxdataAddr, static_cast<uint8_t>(c));
}

struct Received {
  char c;
  bool overrun;  // characters were lost before or after this one
};

// The oldest character received, if any.
inline std::optional<Received> receive() {
  const auto status = read<fp::uart::reg::Status>(fp::uart::kCsrBase);
  if (!status.rx_ready()) return {};
  const char c = static_cast<char>(read32(fp::uart::reg::kRxdataAddr));
  write32(fp::uart::reg::kRxpopAddr, fp::uart::reg::Rxpop{}.set_pop(true).raw);
  return Received{c, status.rx_overrun()};
}

}  // namespace fw::hal::console
